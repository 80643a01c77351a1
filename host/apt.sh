#!/bin/sh
# Sourced by set-up as `packages`: the package manager's functions, for Debian.
# shellcheck disable=SC2154 # variables of common
export DEBIAN_FRONTEND=noninteractive

installed() { dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

apt() { apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"; }

install_packages() {
	act retry apt update
	act retry apt install --yes --no-install-recommends "$@"
}

install_file() { act retry apt install --yes --no-install-recommends "$1"; }

# Security groups allow outgoing traffic to port 443 only, whichever mirror the image names.
repositories() {
	for list in "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/mirrors/*; do
		if grep -qs 'http://' "$list"; then
			act sed -i 's#http://#https://#g' "$list"
		fi
	done
}

security_updates() {
	unit_on apt-daily.timer
	unit_on apt-daily-upgrade.timer
}
