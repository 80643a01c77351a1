#!/bin/sh
# Appends what Linnix's units have said since the last call to a file that the CloudWatch agent ships. linnix-health.service
# calls it each minute.
here=$(dirname "$0")
# shellcheck source=host/common.sh
. "$here/common"

log=$root/var/log/linnix/system.log
mkdir -p "$state" "$(dirname "$log")"
if [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -gt 10000000 ]; then mv -f "$log" "$log.1"; fi
journalctl --cursor-file="$state/journal.cursor" --quiet --no-pager --no-hostname --output=short-iso \
	--unit='linnix-*' --unit=docker.service >>"$log"
