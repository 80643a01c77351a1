"""The command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, Callable

from .apply import apply, boot, continue_release, roll_back
from .errors import ReleaseError, with_remedy
from .files import compact
from .health import publish_health
from .host import Host, read_host
from .log_link import link_log
from .observation import fitting, observe
from .paths import RUN
from .process import say
from .proxy import use_proxy
from .removal import remove
from .secret_files import mask_known
from .state import load_state
from .usage import with_usage

Arguments = argparse.Namespace
Command = Callable[[Host, Arguments], bool]


def print_json(value: Any, on_one_line: bool) -> None:
    """Prints a document for a program or for a person."""
    print(compact(value) if on_one_line else json.dumps(value, indent=2, ensure_ascii=False))


def apply_command(host: Host, arguments: Arguments) -> bool:
    """Applies the desired release."""
    apply(host, arguments.release)
    return True


def boot_command(host: Host, _: Arguments) -> bool:
    """Starts the releases after a boot."""
    boot(host)
    return True


def status_command(host: Host, arguments: Arguments) -> bool:
    """Prints the observation."""
    observation = with_usage(observe(host))
    print_json(fitting(observation) if arguments.json else observation, arguments.json)
    return bool(observation["healthy"])


def health_command(host: Host, _: Arguments) -> bool:
    """Publishes the health."""
    publish_health(host)
    return True


def rollback_command(host: Host, arguments: Arguments) -> bool:
    """Goes back to the previous release."""
    roll_back(host, arguments.release)
    return True


def history_command(host: Host, arguments: Arguments) -> bool:
    """Prints the history."""
    print_json(load_state(host).history, arguments.json)
    return True


def remove_command(host: Host, _: Arguments) -> bool:
    """Removes the release."""
    remove(host)
    return True


def continue_command(host: Host, arguments: Arguments) -> bool:
    """Starts a release for the program of the bundle before."""
    continue_release(host, arguments.release)
    return True


def log_link_command(_: Host, arguments: Arguments) -> bool:
    """Links a container's log."""
    link_log(arguments.name)
    return True


# Each returns whether the command has succeeded.
COMMANDS: dict[str, tuple[Command, str]] = {
    "apply": (apply_command, "apply the desired release; restore the previous one if it does not become healthy"),
    "boot": (boot_command, "start the current release, then apply the desired one, unless that has failed before"),
    "status": (status_command, "observe the host and its services, and print the observation"),
    "health": (health_command, "publish the same as metrics, and as the health parameter if it has changed"),
    "rollback": (rollback_command, "apply the release before the current one"),
    "history": (history_command, "print the releases that were applied, and their results"),
    "remove": (remove_command, "remove the stack's services, networks and images; keep the data volume"),
    "continue": (continue_command, "start a release for the program of the host bundle before, which supervises"),
    "log-link": (log_link_command, "link /var/log/linnix/NAME.log to the container's log"),
}


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    made = argparse.ArgumentParser(
        prog="linnix-release",
        description="Runs on this host what its stack desires: one document in the parameter store.",
        epilog="Exit status 0: done and healthy, 1: failed, 2: bad input. Progress is written to standard error and to "
        "the parameter `result`. If a run is interrupted, even by a power failure, the next run continues.",
        allow_abbrev=False,
    )
    commands = made.add_subparsers(dest="command", metavar="COMMAND", required=True)
    added = {name: commands.add_parser(name, help=text, description=text) for name, (_, text) in COMMANDS.items()}
    added["apply"].add_argument("--release", metavar="ID", help="fail unless this release is the desired one")
    added["rollback"].add_argument("--release", metavar="ID", help="fail unless this is the one before the current one")
    added["continue"].add_argument("--release", metavar="ID", required=True, help="the release, which is stored")
    for name in ("status", "history"):
        added[name].add_argument("--json", action="store_true", help="print one line of JSON, for a program")
    added["log-link"].add_argument("name", metavar="NAME", help="the container")
    return made


def main() -> None:
    """Runs the command of the command line and exits."""
    arguments = parser().parse_args()
    # The engine's credentials are stored here during a pull, and there are no others.
    os.environ.update(DOCKER_CONFIG=str(RUN / "docker"), AWS_PAGER="")
    # Amazon's credential helper would store its token in a file on the disk.
    os.environ["AWS_ECR_DISABLE_CACHE"] = "1"
    os.environ.setdefault("HOME", "/root")
    command, _ = COMMANDS[arguments.command]
    try:
        use_proxy()
        mask_known()
        sys.exit(0 if command(read_host(), arguments) else 1)
    except ReleaseError as error:
        say(str(error))
        sys.exit(error.status)
    except OSError as error:
        say(with_remedy(str(error)))
        sys.exit(1)
    except Exception as error:
        say(f"linnix-release {arguments.command} can't go on: {with_remedy(repr(error))}. This is a defect: report it")
        sys.exit(1)
