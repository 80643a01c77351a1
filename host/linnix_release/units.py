"""Installs, starts and removes the systemd units of the services."""

from __future__ import annotations

import re
import time
from typing import Container

from .containers import is_ready, observe_service
from .document import secrets_of, services
from .errors import ReleaseError, with_remedy
from .files import Json, compact, read_json, read_text, write
from .paths import start_record, unit_file
from .process import docker, systemctl
from .secret_files import remove_other_secrets, remove_secrets
from .state import is_installed
from .task import Task

# The bootstrap and the bundle install these.
HOST_UNITS = ("linnix-apply", "linnix-bootstrap", "linnix-health", "linnix-host")


def is_service(name: str) -> bool:
    """True if a unit runs a service's container. The host's own units begin with `linnix-`, too."""
    try:
        text = read_text(unit_file(name))
    except OSError:
        return False
    return re.search(rf"(?m)^ExecStart=.*docker run .*--name {re.escape(name)}\s", text) is not None


def installed_services(task: Task) -> list[str]:
    """The stack's services that have a unit."""
    names = (file.stem for file in unit_file("").parent.glob(f"linnix-{task.host.stack}-*.service"))
    return [name for name in names if is_service(name)]


def install_unit(step: Json) -> None:
    """Writes a service's unit. Raises ReleaseError if a unit of the host has that name."""
    name = step["name"]
    if name in HOST_UNITS:
        raise ReleaseError(f"{name}.service is a unit of the host: rename the stack")
    write(unit_file(name), step["unit"])


def is_stuck(step: Json, document: Json) -> bool:
    """True if the service is past its deadline and not ready."""
    unit = f"{step['name']}.service"
    since = systemctl("show", "--value", "--property=ActiveEnterTimestampMonotonic", unit).stdout.strip()
    deadline = (int(since) if re.fullmatch(r"\d+", since, re.ASCII) else 0) / 1e6 + document["deadlineSeconds"]
    return time.monotonic() > deadline and not is_ready(observe_service(step))


def matches(step: Json, document: Json) -> bool:
    """True if a service runs and was started from this document. The record is lost at a boot, when nothing runs."""
    name = step["name"]
    same = is_installed(step) and read_json(start_record(name)) == [step["unit"], secrets_of(step, document)]
    return same and systemctl("is-active", "--quiet", f"{name}.service").returncode == 0


def remove_service(task: Task, name: str) -> None:
    """Stops a service and removes its container, unit, records and secrets."""
    task.progress("swap", f"{name} is removed", name)
    systemctl("stop", f"{name}.service")
    docker("rm", "--force", name)
    remove_secrets(name)
    start_record(name).unlink(missing_ok=True)
    # Last: a run that continues this one finds the service by its unit.
    unit_file(name).unlink(missing_ok=True)


def start_service(task: Task, step: Json, document: Json) -> None:
    """Restarts a service, and records from what it was started."""
    name = step["name"]
    task.progress("swap", f"{name} starts", name)
    start_record(name).unlink(missing_ok=True)
    done = systemctl("restart", f"{name}.service")
    # systemd restarts a service that exits at once, and `wait_until_ready` observes it. It starts no invalid unit.
    state = systemctl("show", "--property=LoadState,ActiveState", f"{name}.service").stdout
    if done.returncode and not re.search("(?s)LoadState=loaded.*ActiveState=activ", state):
        raise ReleaseError(f"{name} can't be started: {with_remedy(done.stderr)}; see journalctl -u {name}")
    write(start_record(name), compact([step["unit"], secrets_of(step, document)]))


def swap_services(task: Task, document: Json, without: Container[str]) -> None:
    """Restarts only the services that differ from the document or are stuck."""
    wanted = services(document)
    removed = set(installed_services(task)) - {step["name"] for step in wanted}
    for name in removed:
        remove_service(task, name)
    for step in wanted:
        install_unit(step)
    remove_other_secrets(document)
    differing = [step for step in wanted if not matches(step, document) or is_stuck(step, document)]
    # Even if no file was written now: the run that wrote it may have been interrupted before the reload.
    if removed or differing:
        systemctl("daemon-reload")
    for step in differing:
        if step["name"] not in without:
            start_service(task, step, document)
