#!/bin/sh
# Sets up a world's namespaces: namespace.sh TOOLS SHARED RESOLV ADDRESS...
# Runs as the first process of new network, mount and PID namespaces, and keeps running: all their processes, mounts and
# addresses end with it. TOOLS is a Debian root with the world's programs, SHARED a folder that is mounted in it at the
# same path, RESOLV its /etc/resolv.conf.
set -eu

tools=$1 shared=$2 resolv=$3
shift 3

for place in proc sys dev; do mount --rbind "/$place" "$tools/$place"; done
mkdir -p "$tools$shared"
mount --bind "$shared" "$tools$shared"
# The name servers of QEMU's user network.
touch "$tools/etc/resolv.conf"
mount --bind "$resolv" "$tools/etc/resolv.conf"

chroot "$tools" ip link set lo up
for address in "$@"; do chroot "$tools" ip address add "$address/32" dev lo; done

echo ready
exec sleep infinity
