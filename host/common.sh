#!/bin/sh
# Sourced by the scripts beside it: who the host is, how a change is made, how a fault is told.
# LINNIX_DRY_RUN=1: say what would be changed, and change nothing. LINNIX_ROOT: a folder in place of / (tests).
set -eu

root=${LINNIX_ROOT-}
state=$root/var/lib/linnix-host run=$root/run/linnix
if [ -n "${LINNIX_DRY_RUN-}" ]; then
	run=$(mktemp -d)
	export LINNIX_WAIT=0
	trap 'rm -rf "$run"' EXIT
fi
problems=$run/problems
mkdir -p "$problems" "$run/warnings"

# shellcheck source=/dev/null
. "$root/etc/linnix/host.env"

say() { echo "linnix: $*" >&2; }

# Every change to the machine goes through here, so that a run that changes nothing says nothing.
act() {
	say "+ $*"
	[ -n "${LINNIX_DRY_RUN-}" ] || "$@"
}

# Writes a file, whole or not at all, unless it holds that text already.
write() {
	[ "$(cat "$1" 2>/dev/null)" != "$2" ] || return 0
	say "+ write $1"
	[ -z "${LINNIX_DRY_RUN-}" ] || return 0
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" >"$1.new"
	mv -f "$1.new" "$1"
}

# Ends a step; the sentence is what people read.
fail() {
	say "$*"
	exit 1
}

# Tells a fault where it is looked for: on the console, and in a file that health reads.
tell() {
	echo "linnix: $2" 2>/dev/null >>"$root/dev/console" || true
	printf '%s\n' "$2" >"$1.new"
	mv -f "$1.new" "$1"
}

# step KIND NAME COMMAND…: runs one step; what fails in it is told, and those after it run all the same. KIND is `problems`,
# which make the host unhealthy and the first boot fail, or `warnings`, which don't.
step() {
	kind=$1 name=$2
	shift 2
	output=$run/$name.output
	# Not as a condition: the shell would then run on after a command that fails.
	set +e
	(
		set -e
		"$@"
	) >"$output" 2>&1
	status=$?
	set -e
	cat "$output" >&2
	if [ "$status" -eq 0 ]; then
		rm -f "$run/problems/$name" "$run/warnings/$name"
	else
		last=$(tail -n 1 "$output" | sed 's/^linnix: //')
		tell "$run/$kind/$name" "$name: ${last:-failed, and said nothing}"
	fi
	rm -f "$output"
}

# on_change NAME FILE COMMAND…: runs a command when the file isn't what it was when the command last succeeded.
on_change() {
	mark=$state/$1 sum=$(sha256sum <"$2")
	shift 2
	[ "$(cat "$mark" 2>/dev/null)" != "$sum" ] || return 0
	act "$@"
	write "$mark" "$sum"
}

enabled() { systemctl is-enabled --quiet "$1" 2>/dev/null || act systemctl enable --quiet "$1"; }

# Enables a unit, and starts it unless it runs or is just starting. Further arguments are `systemctl start`'s.
unit_on() {
	unit=$1
	shift
	enabled "$unit"
	case $(systemctl is-active "$unit") in
	active | activating | reloading) ;;
	*) act systemctl start "$@" "$unit" ;;
	esac
}

# retry COMMAND…: package managers wait for one another, and for a network that is just coming up.
retry() {
	tries=5
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep "${LINNIX_PAUSE-10}"
	done
}
