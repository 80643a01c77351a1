#!/bin/sh
# Sourced by first-boot as `packages`: what it needs of a package manager, for Debian and its kin.
# shellcheck disable=SC2154 # variables of common
export DEBIAN_FRONTEND=noninteractive

installed() { dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

apt() { apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"; }

install_packages() {
	act retry apt update
	act retry apt install --yes --no-install-recommends "$@"
}

install_file() { act retry apt install --yes --no-install-recommends "$1"; }

# The host may send to port 443 only.
repositories() {
	for list in "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/mirrors/*; do
		if grep -Eqs 'http://[a-z.-]*debian\.org' "$list"; then
			act sed -i -E 's#http://([a-z.-]*debian\.org)#https://\1#g' "$list"
		fi
	done
}

security_updates() {
	unit_on apt-daily.timer
	unit_on apt-daily-upgrade.timer
}
