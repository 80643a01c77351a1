#!/bin/sh
# Prepares the host at each boot, before its services start; linnix-host.service runs it. A second run changes nothing.
# Exit status 1 if the data volume is not mounted: no service starts then. Other errors are only recorded, for health to report.
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=host/common.sh
. "$here/common"
# shellcheck source=host/metadata-guard.sh
. "$here/metadata-guard"
# shellcheck source=host/growth.sh
. "$here/growth"
# shellcheck source=host/data-volume.sh
. "$here/data-volume"

# each-minute leaves its work out meanwhile.
exec 8>>"$run/each-boot.lock"
flock 8

kernel() {
	release=$(uname -r) lacks=''
	oldest=$(printf '%s\n%s\n' "$MINIMUM_KERNEL" "$release" | sort -V | head -n 1)
	[ "$oldest" = "$MINIMUM_KERNEL" ] || lacks="$lacks; it is older than $MINIMUM_KERNEL"
	[ -e "$root/sys/kernel/btf/vmlinux" ] || lacks="$lacks; it has no type information (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)"
	# If PSI is compiled in but disabled, the files exist and reading them fails.
	cat "$root/proc/pressure/cpu" >/dev/null 2>&1 || lacks="$lacks; it reports no pressure (/proc/pressure, CONFIG_PSI, psi=1)"
	[ -z "$lacks" ] || fail "kernel $release can't run cognitod's eBPF programs$lacks. Set linnix:machineImage to another image"
}

# Debian's default is 3, at which perf_event_open needs SYS_ADMIN; at 2 it needs only PERFMON.
perf_events() {
	level=$root/proc/sys/kernel/perf_event_paranoid
	[ "$(cat "$level")" = 2 ] || act sysctl --quiet --load="$root/etc/sysctl.d/90-linnix.conf"
	[ "$(cat "$level")" = 2 ] || fail "kernel.perf_event_paranoid is $(cat "$level") and can't be set to 2: see /etc/sysctl.d"
}

# cognitod does not run as root: its group gets read access to the kernel's trace events. A reboot resets mount options.
trace_events() {
	trace=$root/sys/kernel/tracing
	mountpoint -q "$trace" || act mount -t tracefs tracefs "$trace"
	[ "$(stat -c '%g %a' "$trace")" = "$COGNITOD_ID 750" ] || act mount -o "remount,gid=$COGNITOD_ID,mode=750" "$trace"
}

swapping() { swapon --show=NAME --noheadings | grep -qxF "$file"; }

swap() {
	file=$root/swapfile
	bytes=$((SWAP_MIB * 1048576))
	if [ -e "$file" ] && [ "$(stat -c %s "$file")" -ne "$bytes" ]; then
		! swapping || act swapoff "$file"
		act rm -f "$file"
	fi
	[ "$bytes" -gt 0 ] || return 0
	if [ ! -e "$file" ]; then
		act fallocate --length "$bytes" "$file.new"
		act chmod 600 "$file.new"
		act mkswap "$file.new"
		act mv "$file.new" "$file"
	fi
	swapping || act swapon "$file"
}

step problems kernel kernel
step problems perf-events perf_events
step problems trace-events trace_events
step problems metadata-guard metadata_guard
step warnings swap swap
step problems root-growth root_growth
step problems data-volume data_volume
[ ! -e "$problems/data-volume" ] || exit 1
step problems data-growth data_growth
