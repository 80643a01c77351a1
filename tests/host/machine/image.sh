#!/bin/sh
# Creates disk.img, vmlinuz and initrd in FOLDER from a Debian 13 root: image.sh ROOT FOLDER CA UDEV-RULES GIB
# Adds the replacements for parts of EC2: the certificate authority that has signed the certificates of the simulated
# AWS services, and the udev rule that names EBS volumes. Must run in its own mount namespace.
set -eu

root=$1 folder=$2 authority=$3 rules=$4 gib=$5

cp "$authority" "$root/usr/local/share/ca-certificates/linnix-stand-in.crt"
chroot "$root" update-ca-certificates
cp "$rules" "$root/etc/udev/rules.d/70-ebs-stand-in.rules"

echo 'LABEL=linnix-root / ext4 defaults,discard 0 1' >"$root/etc/fstab"
# Like a machine image, it has no machine id: the first boot creates one.
: >"$root/etc/machine-id"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
ln -s /run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

cp "$root"/boot/vmlinuz-* "$folder/vmlinuz"
cp "$root"/boot/initrd.img-* "$folder/initrd"
truncate -s "${gib}G" "$folder/disk.img"
mkfs.ext4 -q -L linnix-root -d "$root" "$folder/disk.img"
