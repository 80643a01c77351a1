#!/bin/sh
# Sourced by the other host scripts, which set `here`, the bundle's folder: the host's settings, and the functions that
# change the machine and report errors.
# LINNIX_DRY_RUN=1: print what would be changed, and change nothing. LINNIX_ROOT: a folder to use instead of / (tests).
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

# The facts about this machine, from user data.
fact() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$root/etc/linnix/host.json"; }
# shellcheck disable=SC2034 # for the other scripts
REGION=$(fact region) PREFIX=$(fact prefix) DATA=$(fact data) DATA_VOLUME=$(fact dataVolume)
# The stack's settings.
# shellcheck source=/dev/null disable=SC2154
. "$here/host.env"
# The bundle's proxy, or none: a release runs set-up with the variables of the bundle before.
unset https_proxy no_proxy
set -a
# shellcheck source=/dev/null
. "$here/files/etc/linnix/proxy.env"
set +a

log() { echo "linnix: $*" >&2; }

# Runs a command that changes the machine, and logs it. A run without such a line has changed nothing.
act() {
	log "+ $*"
	[ -n "${LINNIX_DRY_RUN-}" ] || "$@"
}

# Replaces a file atomically, unless it has that content already.
write() {
	[ "$(cat "$1" 2>/dev/null)" != "$2" ] || return 0
	log "+ write $1"
	[ -z "${LINNIX_DRY_RUN-}" ] || return 0
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" >"$1.new"
	mv -f "$1.new" "$1"
}

# The printable characters of a program's output: others would reach a terminal, or make a report that is no JSON.
plain() { LC_ALL=C tr -cd '\n -~'; }

# Ends a step with an error. The message is what the user reads.
fail() {
	log "$*"
	exit 1
}

# record FILE TEXT: reports an error on the console and in a file that `linnix-release health` reads.
record() {
	echo "linnix: $2" 2>/dev/null >>"$root/dev/console" || true
	printf '%s\n' "$2" >"$1.new"
	mv -f "$1.new" "$1"
}

# step KIND NAME COMMAND…: runs one step and records its error. Later steps run anyway. KIND is `problems`, which make the
# host unhealthy and set-up fail, or `warnings`, which don't.
step() {
	kind=$1 name=$2
	shift 2
	output=$run/$name.output
	# Not in an `if`: the shell ignores `set -e` there.
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
		last=$(tail -n 1 "$output" | plain | cut -c 1-500 | sed 's/^linnix: //')
		record "$run/$kind/$name" "$name: ${last:-failed without a message}"
	fi
	rm -f "$output"
}

# unless_done NAME VALUE COMMAND…: runs a command, unless it has succeeded with this value before.
unless_done() {
	mark=$state/$1 value=$2
	shift 2
	[ "$(cat "$mark" 2>/dev/null)" != "$value" ] || return 0
	act "$@"
	write "$mark" "$value"
}

# The name under which a file's version that is in use is recorded.
used() { echo "used-$(echo "$1" | tr / -)"; }

# on_change FILE COMMAND…: runs a command if this file of the bundle has changed since the command last succeeded.
on_change() {
	file=$1
	shift
	unless_done "$(used "$file")" "$(sha256sum <"$here/files/$file")" "$@"
}

# with_proxy UNIT: restarts a unit that was started with another proxy.
with_proxy() { unless_done "proxy-$1" "${https_proxy+$https_proxy $no_proxy}" systemctl restart "$1"; }

enabled() { systemctl is-enabled --quiet "$1" 2>/dev/null || act systemctl enable --quiet "$1"; }

# Enables a unit, and starts it unless it is running or starting. Further arguments are passed to `systemctl start`.
unit_on() {
	unit=$1
	shift
	enabled "$unit"
	case $(systemctl is-active "$unit") in
	active | activating | reloading) ;;
	*) act systemctl start "$@" "$unit" ;;
	esac
}

# retry COMMAND…: tries five times. The package manager may be locked by another process, or the network may not be up yet.
retry() {
	tries=5
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep "${LINNIX_PAUSE-10}"
	done
}
