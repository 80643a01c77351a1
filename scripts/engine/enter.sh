#!/bin/sh
# Runs in the engine's mount namespace: builds its root from the host's folders and Debian's programs, and executes dockerd.
# `enter.sh again` only executes dockerd, in a namespace whose root was built before.
set -eu

make_root() {
	# pivot_root requires the new root to be a mount point.
	mount --bind "$LINNIX_ENGINE_ROOT" "$LINNIX_ENGINE_ROOT"
	cd "$LINNIX_ENGINE_ROOT"
	for folder in proc sys dev run; do
		mkdir -p "$folder"
		mount --rbind "/$folder" "$folder"
	done
	# The host's folders keep their paths: containers mount files of the checkout, the home folder and a model's folder.
	for folder in /* /var/*; do
		case $folder in
		/bin | /boot | /dev | /etc | /lib* | /lost+found | /old-root | /proc | /run | /sbin | /sys | /usr | /var) continue ;;
		/var/cache | /var/lib | /var/local | /var/lock | /var/log | /var/run | /var/spool) continue ;;
		esac
		if [ -d "$folder" ] && [ ! -L "$folder" ]; then
			mkdir -p ".$folder"
			mount --rbind "$folder" ".$folder"
		fi
	done
	# The engine's folder and the checkout may be in a folder that was skipped above, such as /var/lib.
	for folder in "$LINNIX_ENGINE_HOME" "$project"; do
		[ "$(stat -c %d:%i "$folder")" = "$(stat -c %d:%i ".$folder" 2>/dev/null)" ] && continue
		mkdir -p ".$folder"
		mount --rbind "$folder" ".$folder"
	done
	cp /etc/resolv.conf etc/resolv.conf
	mkdir -p old-root
	pivot_root . old-root
	umount -l /old-root
}

# Whether this machine has mounted tracefs itself, or may have: in another PID namespace than the machine's first one, process 1 is
# not the machine's. grep's status is 1 if there is no such line, and more if the file cannot be read.
is_mounted_by_machine() {
	[ "$(readlink /proc/self/ns/pid)" = 'pid:[4026531836]' ] || return 0
	grep -q ' - tracefs ' /proc/1/mountinfo || [ $? -ne 1 ]
}

# cognitod reads trace events through tracefs. If the machine has not mounted it, it is mounted for containers only, and open to
# cognitod's group, so that cognitod need not be root. There is one tracefs, whose options are the same in every mount of it: what
# the machine has mounted keeps its own. Without trace events, the preflight says what is missing.
mount_trace_events() {
	trace=/sys/kernel/tracing
	if is_mounted_by_machine; then
		mountpoint -q "$trace" || mount -t tracefs tracefs "$trace" || true
		return
	fi
	options=gid=$LINNIX_ENGINE_TRACE_GROUP,mode=750
	mountpoint -q "$trace" || mount -t tracefs -o "$options" tracefs "$trace" || return 0
	# An earlier version mounted it without options; and some kernels ignore those of a second mount.
	[ "$(stat -c '%g %a' "$trace")" = "$LINNIX_ENGINE_TRACE_GROUP 750" ] || mount -o "remount,$options" "$trace" || true
}

if [ "${1-}" != again ]; then
	project=$(cd "$(dirname "$0")/../.." && pwd -P)
	make_root
fi
mount_trace_events

# With live-restore, containers keep running after this process ends, and the next engine manages them.
exec dockerd --config-file "$LINNIX_ENGINE_HOME/daemon.json" --live-restore --data-root "$LINNIX_ENGINE_HOME/data" --exec-root "$LINNIX_ENGINE_HOME/run" \
	--pidfile "$LINNIX_ENGINE_HOME/dockerd.pid" --host "unix://$LINNIX_ENGINE_SOCKET" \
	--bridge "$LINNIX_ENGINE_BRIDGE" --log-opt max-size=10m --log-opt max-file=3
