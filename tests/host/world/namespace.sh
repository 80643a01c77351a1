#!/bin/sh
# Makes the inside of a world: namespace.sh TOOLS SHARED RESOLV ADDRESS... Runs as the first process of fresh network, mount and
# process namespaces, and stays: all that is started in them ends with it, and their mounts and addresses too.
# TOOLS is a Debian root with the world's programs, SHARED a folder seen in it at the same path, RESOLV its /etc/resolv.conf.
set -eu

tools=$1 shared=$2 resolv=$3
shift 3

for place in proc sys dev; do mount --rbind "/$place" "$tools/$place"; done
mkdir -p "$tools$shared"
mount --bind "$shared" "$tools$shared"
# What qemu's user network asks names of.
touch "$tools/etc/resolv.conf"
mount --bind "$resolv" "$tools/etc/resolv.conf"

chroot "$tools" ip link set lo up
for address in "$@"; do chroot "$tools" ip address add "$address/32" dev lo; done

echo ready
exec sleep infinity
