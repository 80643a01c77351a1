#!/bin/sh
# Starts the embedded Docker engine in its own root and mount namespace, in the background:
#   start.sh ROOT HOME SOCKET BRIDGE ADDRESS TRACE_GROUP [PID]
# ROOT is Debian 13 with docker.io; HOME stores data, sockets and process ids. BRIDGE is the default network's interface,
# created with ADDRESS if it is missing. TRACE_GROUP is the number of the group that may read trace events. PID is a process in
# the previous engine's mount namespace, if that engine's containers are still running. Nothing is mounted outside that namespace,
# which ends with the engine. Needs root.
set -eu

export LINNIX_ENGINE_ROOT="$1" LINNIX_ENGINE_HOME="$2" LINNIX_ENGINE_SOCKET="$3" LINNIX_ENGINE_BRIDGE="$4"
export LINNIX_ENGINE_TRACE_GROUP="$6"
address=$5 pid=${7:-}
enter=$(dirname "$0")/enter.sh
log=$LINNIX_ENGINE_HOME/dockerd.log
mkdir -p "$LINNIX_ENGINE_HOME/data" "$LINNIX_ENGINE_HOME/run"

# The default limit of 10 GB for the build cache is less than both images' builders need, so each build would start cold.
# README.md states the limit; `npm run prune` empties the cache.
echo '{ "builder": { "gc": { "enabled": true, "defaultKeepStorage": "15GB" } } }' >"$LINNIX_ENGINE_HOME/daemon.json"

# dockerd creates no default bridge except docker0, which belongs to the system's engine.
if [ ! -e "/sys/class/net/$LINNIX_ENGINE_BRIDGE" ]; then
	chroot "$LINNIX_ENGINE_ROOT" ip link add name "$LINNIX_ENGINE_BRIDGE" type bridge
	chroot "$LINNIX_ENGINE_ROOT" ip address add "$address" dev "$LINNIX_ENGINE_BRIDGE"
	chroot "$LINNIX_ENGINE_ROOT" ip link set "$LINNIX_ENGINE_BRIDGE" up
fi
# Unless its MAC address is set (type 3), a bridge takes that of one of its ports, and another one whenever a container comes
# or goes. Until they notice, the other containers send to an address that nobody has: downloads of a build hang, names are not
# resolved. It gets one that is made of an IPv4 address, as Docker's own bridge does.
if [ "$(cat "/sys/class/net/$LINNIX_ENGINE_BRIDGE/addr_assign_type")" != 3 ]; then
	# shellcheck disable=SC2046,SC2183 # four numbers
	mac=$(printf '02:42:%02x:%02x:%02x:%02x' $(echo "${address%/*}" | tr . ' '))
	chroot "$LINNIX_ENGINE_ROOT" ip link set "$LINNIX_ENGINE_BRIDGE" address "$mac"
fi

# Only the log of the last run is kept.
: >"$log"
if [ -n "$pid" ]; then
	# Passed as text, because the checkout may not be visible in that namespace.
	setsid nsenter "--mount=/proc/$pid/ns/mnt" sh -c "$(cat "$enter")" "$enter" again >>"$log" 2>&1 </dev/null &
else
	setsid unshare --mount --propagation private sh "$enter" >>"$log" 2>&1 </dev/null &
fi
