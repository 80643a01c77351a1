#!/bin/sh
# Sourced by each-boot and each-minute: grows partition and file system, while they are in use, after linnix:rootGiB or
# linnix:dataGiB has enlarged a volume. The kernel's event triggers each-boot (files/all/etc/udev); each-minute is for an
# event that was lost, or a growth that failed.
# shellcheck disable=SC2154 # variables of common

# too_little BYTES: true for a difference that is rounding. EBS grows by whole GiB.
too_little() { [ "$1" -lt 536870912 ]; }

# grow_partition DEVICE: does nothing if the device is a whole disk. The space must follow the partition; it does in the
# images of Debian and Amazon Linux, whose other partitions are at the beginning.
grow_partition() {
	part=$root/sys/class/block/${1##*/}
	[ -e "$part/partition" ] || return 0
	disk=$(dirname "$(readlink -f "$part")") end=0
	for other in "$disk"/*/partition; do
		other=${other%/partition}
		sectors=$(($(cat "$other/start") + $(cat "$other/size")))
		[ "$sectors" -le "$end" ] || end=$sectors
	done
	spare=$(((($(cat "$disk/size")) - end) * 512))
	! too_little "$spare" || return 0
	# With its temporary files in memory: the volume that is to grow may be full.
	act env TMPDIR="$run" growpart "${1%/*}/${disk##*/}" "$(cat "$part/partition")" ||
		fail "$spare bytes of ${disk##*/} are unused: its partition can't grow, see the output above"
}

# filesystem_bytes KIND DEVICE FOLDER: the size of a mounted file system.
filesystem_bytes() {
	case $1 in
	ext4) numbers=$(dumpe2fs -h "$2" 2>/dev/null | sed -n 's/^Block count: *//p; s/^Block size: *//p') ;;
	xfs) numbers=$(xfs_info "$3" | sed -n 's/^data .*bsize=\([0-9]*\) *blocks=\([0-9]*\),.*/\1 \2/p') ;;
	esac
	device=$2
	# shellcheck disable=SC2086 # two numbers
	set -- $numbers
	[ $# -eq 2 ] || fail "the size of the file system on $device can't be read"
	echo $(($1 * $2))
}

# grow_filesystem KIND DEVICE FOLDER
grow_filesystem() {
	bytes=$(filesystem_bytes "$@")
	spare=$(($(blockdev --getsize64 "$2") - bytes))
	! too_little "$spare" || return 0
	case $1 in
	ext4) act resize2fs "$2" ;;
	xfs) act xfs_growfs -d "$3" ;;
	esac || fail "$spare bytes of $2 are unused: its file system can't grow, see the output above"
}

of_mount() { findmnt --noheadings --output "$1" --mountpoint "$2"; }

root_growth() {
	device=$(of_mount SOURCE "$root/") kind=$(of_mount FSTYPE "$root/")
	# Any other was chosen by whoever made linnix:machineImage.
	case $kind in
	ext4 | xfs) ;;
	*) return 0 ;;
	esac
	grow_partition "$device"
	grow_filesystem "$kind" "$device" "$root/"
}

data_growth() {
	! mountpoint -q "$root$DATA" || grow_filesystem ext4 "$(of_mount SOURCE "$root$DATA")" "$root$DATA"
}
