#!/bin/sh
# Installs the host bundle that the stack's desired state names, and runs its set-up. Later bundles come with releases.
# linnix-bootstrap.service runs this at each boot, and again while it fails.
set -eu

fact() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" /etc/linnix/host.json; }
AWS_DEFAULT_REGION=$(fact region) AWS_PAGER='' LINNIX_UNIT=1
export AWS_DEFAULT_REGION AWS_PAGER LINNIX_UNIT
desired=$(fact prefix)/desired lib=/usr/local/lib/linnix problem=/run/linnix/problems/bootstrap errors=/run/linnix/errors
mkdir -p "$lib/bundles" "${problem%/*}"

# Reports an error on the console, to linnix-release, and in the health parameter, which the stack reads.
fail() {
	echo "linnix: bootstrap: $1" | tee /dev/console >&2 || true
	echo "bootstrap: $1" >"$problem"
	aws ssm put-parameter --name "$(fact prefix)/health" --type String --overwrite \
		--value "{\"schema\":2,\"healthy\":false,\"problems\":[\"bootstrap: $1\"]}" >/dev/null || true
	exit 1
}

# The host may send to port 443 only, whichever mirror Debian's image names.
install_cli() {
	grep -lsZ http:// /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/mirrors/* | xargs -r0 sed -i 's#http://#https://#g'
	apt-get -q update
	apt-get -qy -o DPkg::Lock::Timeout=300 install --no-install-recommends awscli
}

# Waits until there is a desired state, and prints it.
wait_for_state() {
	until aws ssm get-parameter --name "$desired" --query Parameter.Value --output text 2>"$errors"; do
		grep -q ParameterNotFound "$errors" || fail "$desired cannot be read: check the role of the host, and port 443"
		sleep 5
	done
}

field() { printf %s "$state" | python3 -c 'import json, sys; print(json.load(sys.stdin)["bundle"][sys.argv[1]])' "$1"; }

fetch() {
	new=$lib/bundles/.new-$id
	rm -rf "$new" && mkdir "$new"
	aws s3 cp --only-show-errors "$1" "$new.tar" || fail "$1 cannot be fetched: check the role of the host, and port 443"
	echo "$id  $new.tar" | sha256sum --check --quiet || fail "$1 is not what $desired names: run pulumi up --refresh"
	tar --extract --file "$new.tar" --directory "$new" || fail "$1 cannot be unpacked: check the space on the root volume"
	rm "$new.tar"
	sync
	mv "$new" "$lib/bundles/$id"
}

if [ ! -e "$lib/current" ]; then
	command -v aws >/dev/null || install_cli || fail "awscli cannot be installed: check that port 443 of its mirrors is reachable"
	state=$(wait_for_state)
	id=$(field sha256) address=$(field address) || fail "$desired names no host bundle: run pulumi up --refresh"
	[ -d "$lib/bundles/$id" ] || fetch "$address"
	ln -s "bundles/$id" "$lib/current"
fi
rm -f "$problem"
exec "$lib/current/set-up"
