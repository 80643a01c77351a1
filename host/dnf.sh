#!/bin/sh
# Sourced by first-boot as `packages`: what it needs of a package manager, for Amazon Linux and its kin.
# shellcheck disable=SC2154 # variables of common

installed() { rpm --query --quiet "$1"; }

install_packages() { act retry dnf install --assumeyes --quiet "$@"; }

install_file() { install_packages "$1"; }

# Amazon Linux 2023 stays at the repositories of its image's day unless told otherwise, and would never see an update.
repositories() { write "$root/etc/dnf/vars/releasever" latest; }

security_updates() { unit_on dnf-automatic.timer; }
