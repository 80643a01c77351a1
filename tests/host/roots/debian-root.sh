#!/bin/sh
# Creates a Debian root file system with packages: debian-root.sh SUITE MIRROR CACHE ROOT PACKAGE...
# Needs root, debootstrap, and its own mount namespace, with which its mounts end. Starts no service.
set -eu

suite=$1 mirror=$2 cache=$3 root=$4
shift 4

debootstrap --variant=minbase --cache-dir="$cache" "$suite" "$root" "$mirror"

for folder in proc sys dev; do mount --rbind "/$folder" "$root/$folder"; done
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf 'deb %s %s main\n' "$mirror" "$suite" >"$root/etc/apt/sources.list"
# Package scripts run this file before they start a service.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

# debootstrap can't resolve virtual packages; apt can.
chroot "$root" sh -eu -c '
	export DEBIAN_FRONTEND=noninteractive
	apt-get update
	apt-get install --yes --no-install-recommends "$@"
	apt-get clean' install "$@"

rm -rf "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root/usr/sbin/policy-rc.d"
