#!/bin/sh
# Writes a minimal, slimmed Debian root file system as a tar archive: debootstrap.sh SUITE MIRROR ARCHIVE
# Needs root and debootstrap. Replaces an existing archive, and renames the new one only when it is complete.
set -eu

suite=$1 mirror=$2 archive=$3
root=$(mktemp -d "$(dirname "$archive")/root-$suite.XXXXXX")
trap 'rm -rf "$root" "$archive.part"' EXIT

# For a suite that this machine's debootstrap does not know yet: all suites use sid's script.
script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid

debootstrap --variant=minbase "$suite" "$root" "$mirror" "$script"

# Omits the files that Debian's slim images omit, also from packages that are installed later.
cat >"$root/etc/dpkg/dpkg.cfg.d/slim" <<'SLIM'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/lintian/*
SLIM
find "$root/usr/share/doc" -type f ! -name copyright -delete
find "$root/usr/share/doc" -depth -type d -empty -delete
rm -rf "$root"/usr/share/man/* "$root"/usr/share/info/* "$root"/usr/share/locale/* "$root"/usr/share/lintian
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/cache/debconf/*-old "$root"/var/log/*
# A testing suite's index expires after a week, and mirrors lag behind. The index is still signed.
cat >"$root/etc/apt/apt.conf.d/slim" <<'SLIM'
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
SLIM
printf 'deb %s %s main\n' "$mirror" "$suite" >"$root/etc/apt/sources.list"

tar --numeric-owner --xattrs -C "$root" -cf "$archive.part" .
mv "$archive.part" "$archive"
