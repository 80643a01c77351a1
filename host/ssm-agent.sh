#!/bin/sh
# Sourced by each-minute: wakes an SSM agent that sleeps. Systems Manager refuses an agent whose role is seconds old, and the
# agent then tries again after 25 to 30 minutes; a restarted one tries at once.
# shellcheck disable=SC2154 # variables of common

lines() { if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi; }

# The worker of a registered agent keeps a connection open. That of a refused one may be seen twice, until it is idle for too
# long; after three times the agent is not examined again until the next boot.
wake_ssm_agent() {
	unit=amazon-ssm-agent.service seen=$run/ssm-agent-seen restarts=$run/ssm-agent-restarts
	[ "$(lines "$seen")" -lt 3 ] || return 0
	systemctl is-active --quiet "$unit" || return 0
	# The kernel cuts names to 15 characters.
	if ss --no-header --tcp --numeric --processes state established | grep -q '"ssm-agent-worke"'; then
		echo seen >>"$seen"
		return 0
	fi
	rm -f "$seen"
	since=$(systemctl show --value --property=ActiveEnterTimestampMonotonic "$unit")
	[ -n "$since" ] || return 0
	now=$(cut -d . -f 1 "$root/proc/uptime")
	[ $((now - since / 1000000)) -ge 120 ] || return 0
	[ "$(lines "$restarts")" -lt 20 ] ||
		fail "the SSM agent has not connected to Systems Manager and was restarted $(lines "$restarts") times: see /var/log/amazon/ssm/amazon-ssm-agent.log"
	act systemctl restart "$unit"
	echo restarted >>"$restarts"
}
