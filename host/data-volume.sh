#!/bin/sh
# Sourced by each-boot: finds the data volume by its serial number, because device names change between boots, and mounts
# it. Formats it only if it is provably blank. Never writes to $DATA while the volume is not mounted there.
# shellcheck disable=SC2154 # variables of common
serial=$(echo "$DATA_VOLUME" | tr -d -)

find_device() {
	lsblk --nodeps --noheadings --raw --output NAME,SERIAL | while read -r name found; do
		if [ "$found" = "$serial" ]; then echo "$root/dev/$name"; fi
	done
}

# EC2 attaches the volume after the machine has started.
wait_for_device() {
	waited=0 limit=${LINNIX_WAIT-300}
	device=$(find_device)
	while [ -z "$device" ]; do
		# Recorded early, so that status shows what the host is waiting for.
		[ "$waited" -ne 10 ] || record "$problems/data-volume" "data-volume: waiting for $DATA_VOLUME to be attached"
		[ "$waited" -lt "$limit" ] ||
			fail "$DATA_VOLUME is not attached: no disk has the serial number $serial. Attach it (pulumi up --refresh); no service starts without it"
		sleep 2
		waited=$((waited + 2))
		device=$(find_device)
	done
}

# unformatted WORDS…: fails unless nothing that this volume holds can be lost by formatting it. See linnix_release/blank.py.
unformatted() {
	status=0
	found=$(PYTHONPATH="$here" python3 -B -m linnix_release.blank "$@" "$device") || status=$?
	case $status in
	0) ;;
	3) foreign "$found" ;;
	*) fail "$DATA_VOLUME can't be read and was left unchanged: ${found:-see the output above}. Check it with: aws ec2 describe-volume-status --region $REGION --volume-ids $DATA_VOLUME" ;;
	esac
}

foreign() {
	fail "$DATA_VOLUME contains $1 instead of ext4 and was left unchanged. Back it up, then erase it with: wipefs --all $device; blkdiscard --zeroout $device"
}

# Formats a blank volume. The mark means that this host started to format this volume and was interrupted, so what it has
# written does not count; the mark has the file system's UUID, because that includes superblocks.
format() {
	mark=$state/formatting status=0
	signature=$(blkid --probe --output export "$device") || status=$?
	kind=$(printf '%s\n' "$signature" | sed -n 's/^TYPE=//p')
	if [ "$kind" != ext4 ]; then
		[ -z "$signature" ] || foreign "${kind:-a partition table}"
		# blkid's status 2: no signature, or it can't read the volume; 8: several signatures.
		[ "$status" -eq 2 ] || foreign "data that blkid can't identify"
		marked='' uuid=''
		if [ -e "$mark" ]; then read -r marked uuid <"$mark" || true; fi
		if [ "$marked" = "$DATA_VOLUME" ]; then
			unformatted --interrupted "$uuid"
		else
			uuid=''
			unformatted
		fi
		case $uuid in
		????????-????-????-????-????????????) ;;
		*) uuid=$(cat /proc/sys/kernel/random/uuid) ;;
		esac
		write "$mark" "$DATA_VOLUME $uuid"
		sync
		act mkfs.ext4 -q -m 1 -L linnix-data -U "$uuid" "$device"
	fi
	if [ -e "$mark" ]; then
		act rm -f "$mark"
		sync
	fi
}

check() {
	status=0
	act e2fsck -p "$device" || status=$?
	# 1: errors were corrected.
	[ "$status" -le 1 ] || fail "the file system of $DATA_VOLUME is damaged; repair it by hand with: e2fsck $device"
}

# Keeps the folder empty while the volume is not mounted: data written to the root volume would be lost with the host.
seal() {
	[ -d "$root$DATA" ] || act mkdir -p "$root$DATA"
	case $(lsattr -d "$root$DATA" 2>/dev/null) in
	*i*' '*) ;;
	*) act chattr +i "$root$DATA" || log "$DATA can't be made immutable on this file system" ;;
	esac
}

# A mount unit orders the shutdown: the engine and its containers stop before the volume is unmounted. The unit is written
# at each boot, because the device name may have changed.
mount_volume() {
	unit=$(systemd-escape --path --suffix=mount "$DATA")
	write "$root/run/systemd/system/$unit" "[Unit]
Description=Linnix's data volume $DATA_VOLUME
Before=docker.service
[Mount]
What=$device
Where=$DATA
Type=ext4
Options=noatime,nodev,nosuid,noexec"
	act systemctl daemon-reload
	act systemctl start "$unit" || fail "$DATA_VOLUME ($device) can't be mounted: see systemctl status $unit"
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
