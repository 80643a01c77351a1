#!/bin/sh
# What a host needs anew at each boot, before its services start; linnix-host.service runs it. Run again, it changes nothing.
# Exit status 1 when the data volume is not there: no service starts then. Other faults are told, and left to health.
here=$(dirname "$0")
# shellcheck source=host/common.sh
. "$here/common"
# shellcheck source=host/data-volume.sh
. "$here/data-volume"

kernel() {
	release=$(uname -r) lacks=''
	oldest=$(printf '%s\n%s\n' "$MINIMUM_KERNEL" "$release" | sort -V | head -n 1)
	[ "$oldest" = "$MINIMUM_KERNEL" ] || lacks="$lacks; it is older than $MINIMUM_KERNEL"
	[ -e "$root/sys/kernel/btf/vmlinux" ] || lacks="$lacks; it has no type information (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)"
	# Where it is built in but off, the files are there and can't be read.
	cat "$root/proc/pressure/cpu" >/dev/null 2>&1 || lacks="$lacks; it tells no pressure (/proc/pressure, CONFIG_PSI, psi=1)"
	[ -z "$lacks" ] || fail "kernel $release can't run cognitod's programs$lacks. Take another image: linnix:machineImage"
}

# Debian's kernels start at 3, at which perf_event_open needs SYS_ADMIN; at 2 it needs no more than PERFMON.
perf_events() {
	level=$root/proc/sys/kernel/perf_event_paranoid
	[ "$(cat "$level")" = 2 ] || act sysctl --quiet --load="$root/etc/sysctl.d/90-linnix.conf"
	[ "$(cat "$level")" = 2 ] || fail "kernel.perf_event_paranoid is $(cat "$level") and can't be made 2: see /etc/sysctl.d"
}

# cognitod is no root: its group may read the kernel's trace events. The mount's options are gone after a reboot.
trace_events() {
	trace=$root/sys/kernel/tracing
	mountpoint -q "$trace" || act mount -t tracefs tracefs "$trace"
	[ "$(stat -c '%g %a' "$trace")" = "65531 750" ] || act mount -o remount,gid=65531,mode=750 "$trace"
}

# Containers on a bridge have no business with the host's role. The engine keeps what it finds in this chain.
metadata_guard() {
	rule="-d 169.254.169.254/32 -j DROP"
	iptables --wait --list-rules DOCKER-USER >/dev/null 2>&1 || act iptables --wait --new-chain DOCKER-USER
	# shellcheck disable=SC2086 # several words
	iptables --wait --check DOCKER-USER $rule 2>/dev/null || act iptables --wait --insert DOCKER-USER $rule
}

swap() {
	file=$root/swapfile
	[ "$SWAP_MIB" -gt 0 ] || return 0
	if [ ! -e "$file" ]; then
		act fallocate --length "${SWAP_MIB}MiB" "$file.new"
		act chmod 600 "$file.new"
		act mkswap "$file.new"
		act mv "$file.new" "$file"
	fi
	swapon --show=NAME --noheadings | grep -qxF "$file" || act swapon "$file"
}

step problems kernel kernel
step problems perf-events perf_events
step problems trace-events trace_events
step problems metadata-guard metadata_guard
step warnings swap swap
step problems data-volume data_volume
[ ! -e "$problems/data-volume" ] || exit 1
step warnings growth grow
