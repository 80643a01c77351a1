#!/bin/sh
# Starts the embedded Docker engine in its own root and mount namespace, and leaves it running:
#   start.sh ROOT HOME SOCKET BRIDGE-ADDRESS
# ROOT is Debian 13 with docker.io; HOME keeps data, sockets and process ids. Nothing of the system's is touched: what is
# mounted is mounted in a namespace that ends with the engine. Needs root.
set -eu

export LINNIX_ENGINE_ROOT="$1" LINNIX_ENGINE_HOME="$2" LINNIX_ENGINE_SOCKET="$3" LINNIX_ENGINE_BRIDGE="$4"
mkdir -p "$LINNIX_ENGINE_HOME/data" "$LINNIX_ENGINE_HOME/run"

# The log of one run is enough.
: >"$LINNIX_ENGINE_HOME/dockerd.log"
setsid unshare --mount --propagation private sh "$(dirname "$0")/enter.sh" \
	>>"$LINNIX_ENGINE_HOME/dockerd.log" 2>&1 </dev/null &
