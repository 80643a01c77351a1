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

	# cognitod reads trace events through tracefs. If the host has not mounted it, it is mounted for containers only.
	mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing || true
}

if [ "${1-}" != again ]; then
	project=$(cd "$(dirname "$0")/../.." && pwd -P)
	make_root
fi

# With live-restore, containers keep running after this process ends, and the next engine manages them.
exec dockerd --config-file "$LINNIX_ENGINE_HOME/daemon.json" --live-restore --data-root "$LINNIX_ENGINE_HOME/data" --exec-root "$LINNIX_ENGINE_HOME/run" \
	--pidfile "$LINNIX_ENGINE_HOME/dockerd.pid" --host "unix://$LINNIX_ENGINE_SOCKET" \
	--bridge "$LINNIX_ENGINE_BRIDGE" --log-opt max-size=10m --log-opt max-file=3
