#!/bin/sh
# Starts the embedded Docker engine in its own root and mount namespace, and leaves it running:
#   start.sh ROOT HOME SOCKET BRIDGE ADDRESS [PID]
# ROOT is Debian 13 with docker.io; HOME keeps data, sockets and process ids. BRIDGE is the default network's interface, made
# with ADDRESS when it is missing. PID is a process in the mount namespace of the engine that ran before, when containers of
# it still live. Nothing is mounted outside of that namespace, which ends with the engine. Needs root.
set -eu

export LINNIX_ENGINE_ROOT="$1" LINNIX_ENGINE_HOME="$2" LINNIX_ENGINE_SOCKET="$3" LINNIX_ENGINE_BRIDGE="$4"
address=$5 pid=${6:-}
enter=$(dirname "$0")/enter.sh
log=$LINNIX_ENGINE_HOME/dockerd.log
mkdir -p "$LINNIX_ENGINE_HOME/data" "$LINNIX_ENGINE_HOME/run"

# By default 10 GB of build cache are kept: less than both images' builders take, so that each build would begin anew.
echo '{ "builder": { "gc": { "enabled": true, "defaultKeepStorage": "30GB" } } }' >"$LINNIX_ENGINE_HOME/daemon.json"

# dockerd makes no default bridge but docker0, and that one is the system's.
if [ ! -e "/sys/class/net/$LINNIX_ENGINE_BRIDGE" ]; then
	chroot "$LINNIX_ENGINE_ROOT" ip link add name "$LINNIX_ENGINE_BRIDGE" type bridge
	chroot "$LINNIX_ENGINE_ROOT" ip address add "$address" dev "$LINNIX_ENGINE_BRIDGE"
	chroot "$LINNIX_ENGINE_ROOT" ip link set "$LINNIX_ENGINE_BRIDGE" up
fi

# The log of one run is enough.
: >"$log"
if [ -n "$pid" ]; then
	# As text: the checkout need not be visible in there.
	setsid nsenter "--mount=/proc/$pid/ns/mnt" sh -c "$(cat "$enter")" "$enter" again >>"$log" 2>&1 </dev/null &
else
	setsid unshare --mount --propagation private sh "$enter" >>"$log" 2>&1 </dev/null &
fi
