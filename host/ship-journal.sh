#!/bin/sh
# Appends the new journal entries of Linnix's units to a file that the CloudWatch agent ships. linnix-health.service runs it
# every minute.
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=host/common.sh
. "$here/common"

file=$root/var/log/linnix/system.log
mkdir -p "$state" "$(dirname "$file")"
if [ "$(stat -c %s "$file" 2>/dev/null || echo 0)" -gt 10000000 ]; then mv -f "$file" "$file.1"; fi
journalctl --cursor-file="$state/journal.cursor" --quiet --no-pager --no-hostname --output=short-iso \
	--unit='linnix-*' --unit=docker.service >>"$file"
