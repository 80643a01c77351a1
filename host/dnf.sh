#!/bin/sh
# Sourced by set-up as `packages`: the package manager's functions, for Amazon Linux.
# shellcheck disable=SC2154 # variables of common

installed() { rpm --query --quiet "$1"; }

install_packages() { act retry dnf install --assumeyes --quiet "$@"; }

install_file() { install_packages "$1"; }

# By default Amazon Linux 2023 stays on the repositories of its image's release, and would never get an update.
repositories() { write "$root/etc/dnf/vars/releasever" latest; }

security_updates() { unit_on dnf-automatic.timer; }
