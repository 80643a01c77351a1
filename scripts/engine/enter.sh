#!/bin/sh
# Runs inside the engine's mount namespace: makes its root of the host's folders and Debian's programs, and becomes dockerd.
set -eu
root=$LINNIX_ENGINE_ROOT

# A root can be pivoted into only when it is a mount of its own.
mount --bind "$root" "$root"
cd "$root"
for folder in proc sys dev run; do
	mkdir -p "$folder"
	mount --rbind "/$folder" "$folder"
done
# The host's own folders, at their own places: containers mount files of the checkout, of home, of a model's folder.
for folder in /*; do
	case $folder in
	/bin | /boot | /dev | /etc | /lib* | /old-root | /proc | /run | /sbin | /sys | /usr | /var | /lost+found) continue ;;
	esac
	if [ -d "$folder" ] && [ ! -L "$folder" ]; then
		mkdir -p ".$folder"
		mount --rbind "$folder" ".$folder"
	fi
done
# The engine's own folder, wherever it lies: below /var, say.
mkdir -p ".$LINNIX_ENGINE_HOME"
mountpoint -q ".$LINNIX_ENGINE_HOME" || mount --bind "$LINNIX_ENGINE_HOME" ".$LINNIX_ENGINE_HOME"
cp /etc/resolv.conf etc/resolv.conf
mkdir -p old-root
pivot_root . old-root
umount -l /old-root

# cognitod reads trace events through tracefs; where the host has not mounted it, it is mounted for containers only.
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing || true

# Containers outlive this process, and the next engine takes them over.
exec dockerd --live-restore --data-root "$LINNIX_ENGINE_HOME/data" --exec-root "$LINNIX_ENGINE_HOME/run" \
	--pidfile "$LINNIX_ENGINE_HOME/dockerd.pid" --host "unix://$LINNIX_ENGINE_SOCKET" \
	${LINNIX_ENGINE_BRIDGE:+--bip "$LINNIX_ENGINE_BRIDGE"} \
	--log-opt max-size=10m --log-opt max-file=3
