#!/bin/sh
# Sourced by first-boot: Amazon's two agents. A host lives without either, so their absence is a warning.
# shellcheck disable=SC2154 # variables of common

# agent NAME URL WITHOUT: installs an agent, from the package manager where URL is empty. WITHOUT says what is lost.
agent() {
	! installed "$1" || return 0
	if [ -z "$2" ]; then
		install_packages "$1" || fail "$3: the package $1 can't be installed; tried again at the next boot"
		return 0
	fi
	file=$run/$(basename "$2")
	act curl -fsSL --retry 2 --connect-timeout 10 --max-time 300 --output "$file" "$2" ||
		fail "$3: $2 can't be fetched; tried again at the next boot"
	install_file "$file" || fail "$3: $2 can't be installed; tried again at the next boot"
	act rm -f "$file"
}

ssm_agent() {
	agent amazon-ssm-agent "$SSM_AGENT_URL" "the host can't be reached through SSM"
	unit_on amazon-ssm-agent.service
}

cloudwatch_agent() {
	agent amazon-cloudwatch-agent "$CLOUDWATCH_AGENT_URL" "logs are not shipped"
	control=/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl config=$root/etc/linnix/cloudwatch-agent.json
	on_change cloudwatch-agent "$config" "$root$control" -a fetch-config -m ec2 -s -c "file:$config"
	unit_on amazon-cloudwatch-agent.service
}
