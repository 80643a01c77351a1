#!/bin/sh
# Makes a Debian root file system with the packages given: debian-root.sh SUITE MIRROR CACHE ROOT PACKAGE...
# Needs root and debootstrap, and a mount namespace of its own: what it mounts is left to end with that. No service is started.
set -eu

suite=$1 mirror=$2 cache=$3 root=$4
shift 4

debootstrap --variant=minbase --cache-dir="$cache" "$suite" "$root" "$mirror"

for folder in proc sys dev; do mount --rbind "/$folder" "$root/$folder"; done
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf 'deb %s %s main\n' "$mirror" "$suite" >"$root/etc/apt/sources.list"
# A package's scripts ask this file before they start anything.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

# debootstrap itself knows no package that another one only provides: apt does.
chroot "$root" sh -eu -c '
	export DEBIAN_FRONTEND=noninteractive
	apt-get update
	apt-get install --yes --no-install-recommends "$@"
	apt-get clean' install "$@"

rm -rf "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root/usr/sbin/policy-rc.d"
