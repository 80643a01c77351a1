#!/bin/sh
# Sourced by each-boot: the data volume, found by its serial number (device names lie), formatted only when it is blank.
# Nothing here ever writes to $DATA while the volume isn't mounted there.
# shellcheck disable=SC2154 # variables of common
serial=$(echo "$DATA_VOLUME" | tr -d -)

find_device() {
	lsblk --nodeps --noheadings --raw --output NAME,SERIAL | while read -r name found; do
		if [ "$found" = "$serial" ]; then echo "$root/dev/$name"; fi
	done
}

# EC2 attaches the volume when the machine runs already.
wait_for_device() {
	waited=0 limit=${LINNIX_WAIT-300}
	device=$(find_device)
	while [ -z "$device" ]; do
		# Told at once: whoever looks at the host meanwhile sees what it waits for.
		[ "$waited" -ne 10 ] || tell "$problems/data-volume" "data-volume: waiting for $DATA_VOLUME to be attached"
		[ "$waited" -lt "$limit" ] ||
			fail "$DATA_VOLUME is not attached: no disk has the serial number $serial. Attach it (pulumi up); nothing runs without it"
		sleep 2
		waited=$((waited + 2))
		device=$(find_device)
	done
}

# Neither a signature that blkid knows (file system, partitions, LVM, encryption) nor any byte but 0 in the first MiB.
blank() {
	[ -z "$(blkid --probe --output export "$1")" ] && [ "$(head -c 1048576 "$1" | tr -d '\0' | head -c 1 | wc -c)" -eq 0 ]
}

format() {
	mark=$state/formatting
	kind=$(blkid --probe --match-tag TYPE --output value "$device") || true
	# The mark is this host's word that it began to format this volume and was cut off: what is on it is no one's data.
	if [ "$kind" != ext4 ]; then
		blank "$device" || [ "$(cat "$mark" 2>/dev/null)" = "$DATA_VOLUME" ] ||
			fail "$DATA_VOLUME holds ${kind:-something that is no file system} where ext4 or nothing is expected; it is left as it is. Save what is on it, then erase it with: wipefs --all $device; blkdiscard --zeroout $device"
		write "$mark" "$DATA_VOLUME"
		sync
		act mkfs.ext4 -q -m 1 -L linnix-data "$device"
	fi
	[ ! -e "$mark" ] || act rm -f "$mark"
}

check() {
	status=0
	act e2fsck -p "$device" || status=$?
	# 1: mended.
	[ "$status" -le 1 ] || fail "the file system of $DATA_VOLUME is damaged; mend it by hand with: e2fsck $device"
}

# Without the volume the folder must stay empty: a release that fills the root volume would lose its data with the host.
seal() {
	[ -d "$root$DATA" ] || act mkdir -p "$root$DATA"
	case $(lsattr -d "$root$DATA" 2>/dev/null) in
	*i*' '*) ;;
	*) act chattr +i "$root$DATA" || say "$DATA can't be made immutable on this file system" ;;
	esac
}

# As a unit, for the sake of shutdown: the engine and its containers end before the volume is let go. Made anew at each
# boot, because the device may have another name then.
mount_volume() {
	write "$root/run/systemd/system/var-lib-linnix.mount" "[Unit]
Description=Linnix's data volume $DATA_VOLUME
Before=docker.service
[Mount]
What=$device
Where=$DATA
Type=ext4
Options=noatime,nodev,nosuid,noexec"
	act systemctl daemon-reload
	act systemctl start var-lib-linnix.mount || fail "$DATA_VOLUME ($device) can't be mounted: see systemctl status var-lib-linnix.mount"
}

# A volume that was enlarged, by the setting linnix:dataGiB, is used whole.
grow() {
	device=$(find_device)
	blocks=$(dumpe2fs -h "$device" 2>/dev/null | sed -n 's/^Block count: *//p')
	size=$(dumpe2fs -h "$device" 2>/dev/null | sed -n 's/^Block size: *//p')
	spare=$(($(blockdev --getsize64 "$device") - ${blocks:-0} * ${size:-0}))
	# EBS grows by whole GiB; less than half of one is rounding.
	[ "$spare" -lt 536870912 ] || act resize2fs "$device" || fail "$spare bytes of $DATA_VOLUME stay unused: see above"
}

data_volume() {
	wait_for_device
	if mountpoint -q "$root$DATA"; then
		mounted=$(findmnt --noheadings --output SOURCE --mountpoint "$root$DATA")
		[ "$mounted" = "$device" ] ||
			fail "$mounted is mounted at $DATA, not $DATA_VOLUME ($device): unmount it, then systemctl restart linnix-host"
	else
		seal
		format
		check
		mount_volume
	fi
}
