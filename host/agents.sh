#!/bin/sh
# Sourced by set-up: installs Amazon's two agents. The services run without them, so a failure is a warning.
# shellcheck disable=SC2154 # variables of common

# fetched_agent URL: installs a package from an address. TLS is all that proves whose package it is: see docs/SECURITY.md.
fetched_agent() {
	file=$run/$(basename "$1")
	act curl -fsSL --proto '=https' --retry 2 --connect-timeout 10 --max-time 300 --output "$file" "$1" || return 1
	install_file "$file" || return 1
	act rm -f "$file"
}

# agent NAME WITHOUT URL GLOBAL-URL: installs an agent, with the package manager if the addresses are empty. WITHOUT is the
# consequence of a failure. The newest regions have no bucket with the agents.
agent() {
	! installed "$1" || return 0
	if [ -z "$3" ]; then
		install_packages "$1" || fail "$2: the package $1 can't be installed; retried at the next boot"
		return 0
	fi
	fetched_agent "$3" || fetched_agent "$4" ||
		fail "$2: $3 can't be installed, and neither can $4; retried at the next boot"
}

ssm_agent() {
	agent amazon-ssm-agent "the host can't be reached through SSM" "$SSM_AGENT_URL" "$SSM_AGENT_GLOBAL_URL"
	unit_on amazon-ssm-agent.service
	# Its workers go on (KillMode=process), so a release that it has started does, too.
	with_proxy amazon-ssm-agent.service
}

cloudwatch_agent() {
	agent amazon-cloudwatch-agent "logs are not shipped" "$CLOUDWATCH_AGENT_URL" "$CLOUDWATCH_AGENT_GLOBAL_URL"
	control=/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl config=etc/linnix/cloudwatch-agent.json
	on_change "$config" "$root$control" -a fetch-config -m ec2 -s -c "file:$root/$config"
	unit_on amazon-cloudwatch-agent.service
	with_proxy amazon-cloudwatch-agent.service
}
