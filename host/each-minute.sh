#!/bin/sh
# Restores what may be undone, or become necessary, between two boots. linnix-health.service runs it every minute before it
# reports, and set-up at its end. A run that finds everything in order changes nothing.
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=host/common.sh
. "$here/common"
# shellcheck source=host/metadata-guard.sh
. "$here/metadata-guard"
# shellcheck source=host/growth.sh
. "$here/growth"
# shellcheck source=host/ssm-agent.sh
. "$here/ssm-agent"

# each-boot does the same, and records problems under the same names.
exec 8>>"$run/each-boot.lock"
flock --nonblock 8 || exit 0

step problems metadata-guard metadata_guard
step problems root-growth root_growth
step problems data-growth data_growth
step warnings ssm-connection wake_ssm_agent
