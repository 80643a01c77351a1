#!/bin/sh
# Starts Linnix from published images with docker compose, without Pulumi and Node.js: checks this machine, writes the compose
# file and a token beside this script, pulls the images, fetches the model, waits until both services are healthy, and prints
# the first insight. A second run keeps the token and changes only what differs.
#
#   sh quickstart.sh           starts, or brings up to date
#   sh quickstart.sh --help    prints this text
#
# Needs Linux, a Docker engine, and `docker compose` or docker-compose 1.29. curl, for the first insight only.
# Exit status 0: running; 1: something failed, which the last lines name with its remedy; 2: bad usage.
set -eu

# BEGIN VALUES: an example. `npm run render -- <stack> --file quickstart` puts those of the stack here.
services='linnix-local-cognitod'
jobs='linnix-local-preflight'
owner='linnix-local-owner'
cognitod='linnix-local-cognitod'
cognitod_user='0:0'
preflight='linnix-local-preflight'
model=''
model_volume=''
images='ghcr.io/my-org/cognitod@sha256:0'
variables=''
kernel_checks='btf kprobe'
kernel_required='false'
live='/usr/local/bin/http-probe 9464 /healthz'
api='http://127.0.0.1:3000'
insight='true'
disk_mib='1024'
memory_mib='512'
wait_seconds='600'
btf='/sys/kernel/btf/vmlinux'
meminfo='/proc/meminfo'
is_model_error() { case $1 in 'LLM API error'*) return 0 ;; *) return 1 ;; esac }
write_files() {
	write docker-compose.yaml <<'END_OF_FILE'
services: {}
END_OF_FILE
}
# END VALUES

row() { printf '%-12s %s\n' "$1" "$2" >&2; }
die() {
	printf '\n%s\n    %s\n' "$1" "$2" >&2
	exit 1
}

# What containers and the model wrote must not change the terminal: without control characters, except for line breaks.
c1=$(printf '\302[\200-\237]')
plain() { LC_ALL=C sed "s/$c1//g" | LC_ALL=C tr -d '\000-\011\013-\037\177'; }
last_lines() { docker logs --tail 15 "$1" 2>&1 | plain | sed 's/^/    /' >&2; }

# --- the checks: all of them, before anything is written

problems=0
problem() {
	row "$1" "$2"
	row '' "$3"
	problems=$((problems + 1))
}

check_docker() {
	if ! command -v docker >/dev/null 2>&1; then
		problem docker 'is missing' 'install Docker Engine: https://docs.docker.com/engine/install/'
	elif ! version=$(docker version --format '{{.Server.Version}}' 2>&1); then
		problem docker "does not answer: $(printf '%s\n' "$version" | plain | head -n 1)" \
			'start it (systemctl start docker), or run this as a user of the group docker'
	else
		row docker "$version"
	fi
}

# Sets compose_1 to true if the one that there is has the version 1.
check_compose() {
	compose_1=false separate=false
	version=$(docker compose version --short 2>/dev/null) || version=''
	if [ -z "$version" ]; then
		separate=true
		version=$(docker-compose version --short 2>/dev/null) || version=''
	fi
	case ${version#v} in
	1.29*)
		compose_1=true
		row compose "$version, which cannot show cognitod the host's control groups: it names those of containers only"
		;;
	'' | 0.* | 1.*)
		problem compose "${version:-is missing}" 'install docker compose 2 (package docker-compose-plugin), or docker-compose 1.29'
		;;
	*) row compose "$version" ;;
	esac
}

compose() {
	if [ "$separate" = true ]; then docker-compose "$@"; else docker compose "$@"; fi
}

check_kernel() {
	if [ -r "$btf" ]; then
		row kernel "$(uname -r), BTF"
	elif [ "$kernel_required" = true ]; then
		problem kernel "$(uname -r) has no BTF at $btf, which the stack requires" \
			'boot a kernel with CONFIG_DEBUG_INFO_BTF, such as that of Debian 12, Ubuntu 22.04 or newer'
	else
		row kernel "$(uname -r) has no BTF at $btf: cognitod will be degraded, without eBPF"
	fi
}

check_disk() {
	# A model that was fetched once needs its room no more.
	if [ -n "$model_volume" ] && docker volume inspect "$model_volume" >/dev/null 2>&1; then return; fi
	place=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null) || place=''
	[ -d "$place" ] || place=.
	free=$(df -Pk "$place" | {
		read -r _
		read -r _ _ _ available _
		echo "$((available / 1024))"
	})
	if [ "$free" -lt "$disk_mib" ]; then
		problem disk "$free MiB are free in $place, and $disk_mib are needed" 'free some: docker system prune'
	else
		row disk "$free MiB free in $place"
	fi
}

check_memory() {
	# Running services have theirs.
	if docker inspect "$cognitod" >/dev/null 2>&1; then return; fi
	while read -r name value _; do
		[ "$name" = MemAvailable: ] || continue
		available=$((value / 1024))
		if [ "$available" -lt "$memory_mib" ]; then
			row memory "$available MiB are available; the services may use $memory_mib: with less, the model is slow or is killed"
		else
			row memory "$available MiB available"
		fi
	done <"$meminfo"
}

# --- files

# Writes a file that this script made, or that does not exist yet; its readers see all of it or the one before.
mark='# Written by quickstart.sh, which replaces it.'
write() {
	if [ -e "$1" ] && [ "$(head -n 1 "$1")" != "$mark" ]; then
		die "$folder/$1 was not written by this script." 'move it away, or put quickstart.sh into a folder of its own'
	fi
	{
		echo "$mark"
		cat
	} >"$1.new"
	chmod 644 "$1.new"
	mv "$1.new" "$1"
}

# Writes the token once: whoever has it can use cognitod's API.
write_token() {
	(: >>.env && chmod 600 .env) || die "$folder/.env cannot be written." 'run this as its owner'
	if grep -q '^LINNIX_API_TOKEN=.' .env; then
		row token 'kept, in .env'
		return
	fi
	made=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
	[ "${#made}" -eq 64 ] || die 'No token could be made from /dev/urandom.' 'put LINNIX_API_TOKEN=<32 random characters> into .env'
	# A last line without its end would swallow the token.
	[ -z "$(tail -c 1 .env)" ] || echo >>.env
	echo "LINNIX_API_TOKEN=$made" >>.env
	row token 'made, in .env'
}

# --- containers

pull_images() {
	for image in $images; do
		# A digest names one image for ever, so that one which is there need not be asked for.
		docker image inspect "$image" >/dev/null 2>&1 && continue
		row images 'pulling'
		compose pull ||
			die 'The images cannot be pulled (above).' "check the network, or log in: docker login ${image%%/*}"
		return
	done
	row images 'present'
}

# Shows what a job prints, until it ends.
follow() {
	docker logs --follow --since "$begun" "$1" 2>&1 | while IFS= read -r line; do
		row "$2" "$(printf '%s' "${line#fetch-model: }" | plain)"
	done
}

# Before a job gives cognitod's files to its user: one with another user may not write any more.
stop_other_user() {
	user=$(docker inspect --format '{{.Config.User}}' "$cognitod" 2>/dev/null) || return 0
	[ "$user" != "$cognitod_user" ] || return 0
	row cognitod "stopping the one that runs as $user: the new one runs as $cognitod_user"
	docker stop "$cognitod" >/dev/null || die "$cognitod cannot be stopped (above)." "docker rm --force $cognitod"
}

run_jobs() {
	begun=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	compose up -d --no-deps "$@" || die 'The jobs before the services cannot be started (above).' 'free the names or ports that it tells'
	for job in "$@"; do
		if [ "$job" = "$model" ]; then
			row model 'fetching; a run that is interrupted goes on where it ended'
			follow "$job" model
		fi
		code=$(docker wait "$job")
		[ "$code" != 0 ] || continue
		if [ "$job" = "$preflight" ]; then
			kernel_verdict
		else
			[ "$job" = "$model" ] || last_lines "$job"
			die "$job ended with exit status $code (above)." 'fix what it says, and run this again'
		fi
	done
}

# Tells what the kernel cannot do for cognitod.
kernel_verdict() {
	degraded=true
	failed=$(docker logs --since "$begun" "$preflight" 2>&1 | plain | tr '}' '\n' |
		sed -n 's/.*"\([a-z_]*\)":{"ok":false.*"remedy":"\([^"]*\)".*/\1: \2/p')
	for check in $kernel_checks; do
		printf '%s\n' "$failed" | grep "^$check: " | while IFS= read -r line; do row preflight "$line"; done
	done
	[ "$kernel_required" != true ] ||
		die 'This kernel cannot run eBPF programs of cognitod, which the stack requires.' 'boot another kernel, or set linnix:requireKernelInstrumentation to false'
	row preflight 'cognitod will be degraded, without some of its eBPF programs'
}

# Prints how a service is: healthy, degraded, starting, or why it is none of these.
health_of() {
	found=$(docker inspect --format \
		'{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.RestartCount}}' "$1" 2>/dev/null) ||
		found='missing none 0'
	# shellcheck disable=SC2086 # three words
	set -- "$1" $found
	# shellcheck disable=SC2086 # a command and its arguments
	case $2 in
	running | restarting | created)
		if [ "$3" = healthy ]; then
			echo healthy
		# Its health is that of its eBPF programs, which this kernel cannot run: that it lives is enough then.
		elif [ "$1" = "$cognitod" ] && [ "$degraded" = true ] && docker exec "$1" $live >/dev/null 2>&1; then
			echo degraded
		elif [ "$4" -ge 3 ]; then
			echo "restarted again and again ($4 times)"
		else
			echo starting
		fi
		;;
	*) echo "$2" ;;
	esac
}

wait_for_health() {
	waited=0
	for service in $services; do
		name=${service##*-}
		while :; do
			health=$(health_of "$service")
			case $health in healthy | degraded) break ;; esac
			if [ "$health" != starting ] || [ "$waited" -ge "$wait_seconds" ]; then
				last_lines "$service"
				[ "$health" != starting ] || health="not healthy after $wait_seconds s"
				die "$service is $health; its last lines are above." \
					"look at all of them (docker logs $service), fix it, and run this again"
			fi
			[ $((waited % 30)) -ne 0 ] || row "$name" "starting; waiting for $((wait_seconds - waited)) s at most"
			sleep 3
			waited=$((waited + 3))
		done
		row "$name" "$health"
	done
}

first_insight() {
	[ "$insight" = true ] || return 0
	if ! command -v curl >/dev/null 2>&1; then
		row insight 'left out: curl is missing'
		return
	fi
	token=$(sed -n 's/^LINNIX_API_TOKEN=//p' .env | head -n 1 | tr -d "\"'")
	row insight 'asking the model'
	tries=0 text=''
	while [ "$tries" -lt 20 ]; do
		# The token comes from standard input: a list of processes would show an argument.
		text=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
			curl -q -fs --noproxy '*' --max-time 130 -K - "$api/insights" | head -c 65536 | tr '\n' ' ' |
			sed -nE 's/.*"summary" *: *"(([^"\\]|\\.)*)".*/\1/p' |
			sed -E 's/\\[nrt]/ /g; s/\\u[0-9a-fA-F]{4}/?/g; s/\\(.)/\1/g' | plain)
		if [ -n "$text" ] && ! is_model_error "$text"; then
			printf '\nFirst insight:\n'
			printf '%s\n' "$text" | fold -s -w 76 | sed 's/^/  /'
			return
		fi
		tries=$((tries + 1))
		sleep 5
	done
	row insight "none yet; both services run, so ask again later"
}

case ${1-} in
'') ;;
-h | --help)
	sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"
	exit 0
	;;
*)
	echo "$1: is not an option; allowed: --help" >&2
	exit 2
	;;
esac
folder=$(cd "$(dirname "$0")" && pwd)
cd "$folder"

[ "$(uname -s)" = Linux ] || die "$(uname -s) is not supported: both services need the network and the kernel of a Linux host." 'run this on a Linux machine'
check_docker
if [ "$problems" -eq 0 ]; then
	check_compose
	check_kernel
	check_disk
	check_memory
fi
[ "$problems" -eq 0 ] || die "This machine lacks something (above); nothing was changed." 'fix it, and run this again'

write_files
if [ "$compose_1" = true ]; then
	# It refuses a file with a key that it does not know.
	sed '/^    cgroup: host$/d' docker-compose.yaml >docker-compose.yaml.new
	mv docker-compose.yaml.new docker-compose.yaml
fi
write_token
for variable in $variables; do
	grep -q "^$variable=." .env || die "$variable is not in $folder/.env, and a container needs it." "add a line $variable=… to it, and run this again"
done
pull_images
degraded=false
# shellcheck disable=SC2086 # names without spaces
run_jobs $jobs
stop_other_user
run_jobs "$owner"
# shellcheck disable=SC2086 # names without spaces
compose up -d --no-deps $services || die 'The services cannot be started (above).' 'free the names or ports that it tells'
wait_for_health
first_insight

[ "$separate" = true ] && command='docker-compose' || command='docker compose'
cat <<END

api          $api (needs the token in $folder/.env)
logs         docker logs --follow $cognitod
stop         cd $folder && $command down
remove       cd $folder && $command down --volumes
END
