#!/bin/sh
# Makes this machine a Linnix host. User data runs it on the first boot, linnix-first-boot.service at each boot after that and
# again while something is wrong, and people whenever they like: a step that finds its work done does nothing.
# LINNIX_DRY_RUN=1 says what would be changed. Exit status 1 when there is a problem, told in /run/linnix/problems.
# shellcheck disable=SC2317 # step calls the functions
here=$(dirname "$0")
# shellcheck source=host/common.sh
. "$here/common"
# shellcheck source=host/apt.sh
. "$here/packages"
# shellcheck source=host/agents.sh
. "$here/agents"

exec 9>>"$run/first-boot.lock"
flock 9

# First of all: cut off at any later point, the next boot goes on.
again_at_boot() { enabled linnix-first-boot.service; }

packages() {
	missing=''
	for package in $PACKAGES; do installed "$package" || missing="$missing $package"; done
	# shellcheck disable=SC2086 # several words
	[ -z "$missing" ] || install_packages $missing || fail "can't be installed:$missing. See above, and that the host may reach port 443"
}

account() {
	getent group "$2" >/dev/null || act groupadd --system --gid "$2" "$1"
	getent passwd "$2" >/dev/null ||
		act useradd --system --uid "$2" --gid "$2" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$1"
}

# The numbers are the containers' users; names make `ps` and `ls` readable.
accounts() {
	account linnix 65531
	account llama 65532
}

engine() {
	[ -d "$root/var/log/linnix" ] || act mkdir -p "$root/var/log/linnix"
	on_change docker "$root/etc/docker/daemon.json" systemctl restart docker.service
	unit_on docker.service
}

journal() { on_change journald "$root/etc/systemd/journald.conf.d/90-linnix.conf" systemctl restart systemd-journald.service; }

# Nothing listens to the network: people come through SSM, names are asked of the VPC's server alone.
no_listeners() {
	for unit in ssh.socket sshd.socket ssh.service sshd.service; do
		if systemctl is-enabled --quiet "$unit" 2>/dev/null || systemctl is-active --quiet "$unit"; then
			act systemctl disable --quiet --now "$unit"
		fi
	done
	if systemctl is-active --quiet systemd-resolved.service; then
		on_change resolved "$root/etc/systemd/resolved.conf.d/90-linnix.conf" systemctl restart systemd-resolved.service
	fi
}

host() {
	enabled linnix-host.service
	if ! systemctl is-active --quiet linnix-host.service; then
		act systemctl start linnix-host.service ||
			fail "linnix-host.service failed: see systemctl status linnix-host, and the other problems"
	elif [ -n "$(ls "$problems")" ]; then
		act systemctl reload linnix-host.service
	fi
}

services() {
	unit_on linnix-health.timer
	# Not waited for: it takes as long as a release takes.
	unit_on linnix-apply.service --no-block
}

# Puts the problems where the stack reads them, once: later ones come from linnix-release, when it can run.
report() {
	list=$(cat "$problems"/* | sed 's/[\\"]/\\&/g; s/.*/"&"/' | paste -s -d , -)
	value="{\"schema\":1,\"healthy\":false,\"problems\":[$list]}"
	[ "$(cat "$run/reported" 2>/dev/null)" != "$value" ] || return 0
	act timeout 60 aws ssm put-parameter --region "$REGION" --name "$PREFIX/health" --type String --overwrite --value "$value"
	write "$run/reported" "$value"
}

step problems boot again_at_boot
step warnings listeners no_listeners
step warnings journal journal
step problems repositories repositories
step problems packages packages
step problems accounts accounts
step problems engine engine
step problems host host
step problems services services
step warnings updates security_updates
step warnings ssm-agent ssm_agent
step warnings logs cloudwatch_agent

if [ -z "$(ls "$problems")" ]; then
	say "this host is ready"
	exit 0
fi
step warnings report report
# From now on the unit tries again; it waits for the lock that this run holds.
[ -n "${LINNIX_UNIT-}" ] || unit_on linnix-first-boot.service --no-block || true
exit 1
