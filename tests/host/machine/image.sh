#!/bin/sh
# Makes a disk image of a Debian 13 root: image.sh ROOT FOLDER CA UDEV-RULES GIB. Leaves disk.img, vmlinuz and initrd in FOLDER.
# What the machine gets beyond Debian's packages, in place of what EC2 has: a certificate authority that the stand-ins for
# AWS are signed by, and the udev rule that gives EBS volumes their names. In a mount namespace of its own.
set -eu

root=$1 folder=$2 authority=$3 rules=$4 gib=$5

cp "$authority" "$root/usr/local/share/ca-certificates/linnix-stand-in.crt"
chroot "$root" update-ca-certificates
cp "$rules" "$root/etc/udev/rules.d/70-ebs-stand-in.rules"

echo 'LABEL=linnix-root / ext4 defaults,discard 0 1' >"$root/etc/fstab"
# As a machine image leaves the factory: an identity of its own comes with the first boot.
: >"$root/etc/machine-id"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
ln -s /run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

cp "$root"/boot/vmlinuz-* "$folder/vmlinuz"
cp "$root"/boot/initrd.img-* "$folder/initrd"
truncate -s "${gib}G" "$folder/disk.img"
mkfs.ext4 -q -L linnix-root -d "$root" "$folder/disk.img"
