#!/bin/sh
# Sourced by each-boot and each-minute: closes the instance metadata, and with it the host's role, to the services.
# shellcheck disable=SC2154 # variables of common

# raw_rule CHAIN WORDS…: inserts a rule in the raw table unless it is there. The engine and an administrator's firewall use
# other tables, and packets pass this one first.
raw_rule() {
	case $rules in *"-A $*"*) return 0 ;; esac
	# The listing may spell a rule differently.
	"$tables" --wait --table raw --check "$@" 2>/dev/null || act "$tables" --wait --table raw --insert "$@"
}

# close PROGRAM ADDRESS…: closes addresses to containers on a bridge, and to the services' users on the host's own network.
close() {
	tables=$1
	shift
	rules=$("$tables" --wait --table raw --list-rules) || fail "$tables can't read its raw table, so the services may reach the instance metadata"
	for address; do
		raw_rule PREROUTING -d "$address" -j DROP
		for entry in $ACCOUNTS; do raw_rule OUTPUT -d "$address" -m owner --uid-owner "${entry#*:}" -j DROP; done
	done
}

# Containers on a bridge network also by the engine's chain, whose rules it keeps.
close_bridges() {
	rule="-d 169.254.169.254/32 -j DROP"
	iptables --wait --list-rules DOCKER-USER >/dev/null 2>&1 || act iptables --wait --new-chain DOCKER-USER
	# shellcheck disable=SC2086 # several words
	iptables --wait --check DOCKER-USER $rule 2>/dev/null || act iptables --wait --insert DOCKER-USER $rule
}

# The instance's metadata, and what serves credentials to tasks and pods in other set-ups of AWS.
metadata_guard() {
	close iptables 169.254.169.254/32 169.254.170.2/32 169.254.170.23/32
	# Absent if the kernel has no IPv6.
	[ ! -e "$root/proc/net/if_inet6" ] || close ip6tables fd00:ec2::254/128 fd00:ec2::23/128
	close_bridges
}
