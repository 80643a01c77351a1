#!/bin/sh
# Makes this machine a Linnix host with the programs of the bundle that contains this script. linnix-bootstrap.service runs
# it at each boot and while there are problems, linnix-release (with LINNIX_RELEASE=1) when it switches to this bundle. It
# can be run by hand at any time: a step whose work is done changes nothing. LINNIX_DRY_RUN=1 prints what would be changed.
# Exit status 1 if there are problems; /run/linnix/problems describes them.
# shellcheck disable=SC2317 # step calls the functions
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=host/common.sh
. "$here/common"
# shellcheck source=host/apt.sh
. "$here/packages"
# shellcheck source=host/agents.sh
. "$here/agents"

lib=$root/usr/local/lib/linnix
exec 9>>"$run/set-up.lock"
flock 9
# While this run waited, a release may have switched to another bundle, and installed its files.
current=$(readlink -f "$lib/current/set-up") || current=''
if [ -z "${LINNIX_RELEASE-}${LINNIX_DRY_RUN-}" ] && [ -n "$current" ] && [ "$current" != "$here/set-up" ]; then
	exec "$lib/current/set-up"
fi

# forget FILE: an installed file is about to change, so whatever uses it must read it again.
forget() {
	[ ! -e "$state/$(used "$1")" ] || act rm -f "$state/$(used "$1")"
	case $1 in
	etc/systemd/system/*) [ ! -e "$state/units" ] || act rm -f "$state/units" ;;
	esac
}

put_file() {
	! cmp -s "$here/files/$1" "$root/$1" || return 0
	forget "$1"
	act mkdir -p "$(dirname "$root/$1")"
	act cp "$here/files/$1" "$root/$1.new"
	act mv -f "$root/$1.new" "$root/$1"
}

# Removes a file that another bundle has installed.
remove_file() {
	[ -e "$root/$1" ] || return 0
	forget "$1"
	case $1 in
	etc/systemd/system/*/*) ;;
	etc/systemd/system/*) act systemctl disable --quiet --now "${1##*/}" ;;
	esac
	act rm -f "$root/$1"
}

# Installs what is below files/, and removes what other bundles have installed. The list of installed files is written
# before the files, so that an interrupted run leaves none behind.
files() {
	list=$state/files wanted=$(cd "$here/files" && find . -type f | cut -c 3- | sort)
	before=$(cat "$list" 2>/dev/null || true)
	write "$list" "$(printf '%s\n' "$before" "$wanted" | sed '/^$/d' | sort -u)"
	for file in $wanted; do put_file "$file"; done
	for file in $before; do
		printf '%s\n' "$wanted" | grep -qxF "$file" || remove_file "$file"
	done
	write "$list" "$wanted"
	unless_done units "$(find "$here/files/etc/systemd/system" -type f -exec sha256sum {} + | cut -c -64 | sort)" systemctl daemon-reload
	# For the rollout, and for an administrator's shell.
	program=$root/usr/local/sbin/linnix-release target=../lib/linnix/current/linnix-release
	[ "$(readlink "$program")" = "$target" ] || act ln -sfn "$target" "$program"
}

packages() {
	missing=''
	for package in $PACKAGES; do installed "$package" || missing="$missing $package"; done
	# shellcheck disable=SC2086 # several words
	[ -z "$missing" ] || install_packages $missing || fail "can't be installed:$missing. See the output above, and check that the host can reach port 443"
}

account() {
	# Another bundle has given the name to another id. Not usermod: it refuses while a service of that user runs.
	if getent passwd "$1" >/dev/null && ! getent passwd "$2" >/dev/null; then act userdel --force "$1"; fi
	if getent group "$1" >/dev/null && ! getent group "$2" >/dev/null; then act groupdel "$1"; fi
	getent group "$2" >/dev/null || act groupadd --system --gid "$2" "$1"
	getent passwd "$2" >/dev/null ||
		act useradd --system --uid "$2" --gid "$2" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$1"
}

# The user ids of the containers' processes; the names make `ps` and `ls` readable.
accounts() {
	for entry in $ACCOUNTS; do account "${entry%:*}" "${entry#*:}"; done
}

engine() {
	[ -d "$root/var/log/linnix" ] || act mkdir -p "$root/var/log/linnix"
	on_change etc/docker/daemon.json systemctl restart docker.service
	unit_on docker.service
	with_proxy docker.service
}

journal() { on_change etc/systemd/journald.conf.d/90-linnix.conf systemctl restart systemd-journald.service; }

# No program listens on the network: access is through SSM, and the VPC's DNS server resolves names.
no_listeners() {
	for unit in ssh.socket sshd.socket ssh.service sshd.service; do
		if systemctl is-enabled --quiet "$unit" 2>/dev/null || systemctl is-active --quiet "$unit"; then
			act systemctl disable --quiet --now "$unit"
		fi
	done
	if systemctl is-active --quiet systemd-resolved.service; then
		on_change etc/systemd/resolved.conf.d/90-linnix.conf systemctl restart systemd-resolved.service
	fi
}

# The kernel settings that systemd reads at boot.
kernel_settings() {
	on_change etc/sysctl.d/90-linnix.conf sysctl --quiet --load="$root/etc/sysctl.d/90-linnix.conf"
}

host() {
	enabled linnix-host.service
	if ! systemctl is-active --quiet linnix-host.service; then
		act systemctl start linnix-host.service ||
			fail "linnix-host.service failed: see the other problems and systemctl status linnix-host"
		write "$state/bundle" "${here##*/}"
	elif [ -n "$(ls "$problems")" ]; then
		act systemctl reload linnix-host.service
	else
		unless_done bundle "${here##*/}" systemctl reload linnix-host.service
	fi
}

services() {
	unit_on linnix-health.timer
	on_change etc/systemd/system/linnix-health.timer systemctl restart linnix-health.timer
	# A release that is at work starts the services itself.
	[ -z "${LINNIX_RELEASE-}" ] || return 0
	# Without waiting: it takes as long as a release takes.
	unit_on linnix-apply.service --no-block
}

# Writes the problems to the health parameter, which the stack reads. linnix-release reports later ones, if it can run.
report() {
	# A parameter has room for 4096 bytes.
	list=$(cat "$problems"/* | plain | cut -c 1-250 | head -n 14 | sed 's/[\\"]/\\&/g; s/.*/"&"/' | paste -s -d , -)
	value="{\"schema\":2,\"healthy\":false,\"problems\":[$list]}"
	[ "$(cat "$run/reported" 2>/dev/null)" != "$value" ] || return 0
	act timeout 60 aws ssm put-parameter --region "$REGION" --name "$PREFIX/health" --type String --overwrite --value "$value"
	write "$run/reported" "$value"
}

step problems files files
step problems kernel-settings kernel_settings
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
# Among the rest, it restarts an SSM agent that started before its role was known.
step problems each-minute "$here/each-minute"

if [ -z "$(ls "$problems")" ]; then
	log "this host is ready"
	exit 0
fi
step warnings report report
# From now on the unit retries, unless linnix-release takes the bundle back. It waits for the lock that this run holds.
[ -n "${LINNIX_UNIT-}${LINNIX_RELEASE-}" ] || act systemctl restart --no-block linnix-bootstrap.service || true
exit 1
