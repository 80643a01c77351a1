"""Starts a release on this host, and waits until its services are ready."""

from __future__ import annotations

import time

from .containers import is_ready, observe_service, run_once
from .document import require_schema, services
from .errors import ReleaseError, with_remedy
from .files import Json, change_owner, compact, read_object, write
from .host import data_volume, no_data_volume
from .images import pull_images
from .paths import ROOT, release_file, step_record
from .process import docker, pause, say
from .secret_files import write_secrets
from .task import Task
from .units import matches, swap_services

# After this many restarts, waiting longer will not make a service ready.
RESTARTS_TO_GIVE_UP = 5


def make_folders_and_networks(task: Task, document: Json) -> None:
    """Creates the folders and networks that the containers use."""
    if not data_volume(task.host):
        raise ReleaseError(no_data_volume(task.host), transient=True)
    for folder in document["folders"]:
        path = ROOT / folder["path"].lstrip("/")
        path.mkdir(parents=True, exist_ok=True)
        change_owner(path, folder["owner"])
        path.chmod(int(folder["mode"], 8))
    for name in document["networks"]:
        if docker("network", "inspect", name).returncode:
            docker("network", "create", name)


def run_step(task: Task, step: Json) -> None:
    """Runs a container to its end, and records how it ended."""
    name = step["name"]
    task.progress("steps", f"{name} runs", name)
    record = run_once(step, name, lambda line: task.progress("steps", f"{name}: {line}", name))
    write(step_record(name), compact({**record, "release": task.release}))
    if record["exitCode"] and step["mustSucceed"]:
        text = f"{name} ended with exit status {record['exitCode']}: {with_remedy(record['output'])}"
        raise ReleaseError(text, observed=record)


def start_release(task: Task, document: Json, again: bool = False) -> None:
    """Starts a release. `again`: it was healthy before, so an error of one step does not stop the others."""
    require_schema(document)
    make_folders_and_networks(task, document)
    pull_images(task, document)
    errors: dict[str, ReleaseError] = {}
    for step in document["steps"]:
        record = read_object(step_record(step["name"]))
        ran = again and record.get("release") == task.release and record.get("exitCode") == 0
        try:
            write_secrets(task, step, document)
            if step["kind"] == "once" and not ran:
                run_step(task, step)
        except ReleaseError as error:
            if not again:
                raise
            say(str(error))
            errors[step["name"]] = error
    if not again:
        task.state.pending = task.release
        task.state.save()
    swap_services(task, document, errors)
    for left in errors.values():
        if left.transient:
            raise left


def wait_until_ready(task: Task, document: Json) -> None:
    """Waits until every service is ready."""
    limit, reported = document["deadlineSeconds"], ""
    until = time.monotonic() + limit
    before: dict[str, int] = {}
    last: dict[str, Json] = {}
    while True:
        observed = {step["name"]: observe_service(step) for step in services(document)}
        waiting = {name: it for name, it in observed.items() if not is_ready(it)}
        if not waiting:
            return
        now = ", ".join(f"{name} is {it['state']}, probe: {it['ready']}" for name, it in waiting.items())
        if now != reported:
            task.progress("probe", now, next(iter(waiting)))
        reported = now
        for name, it in waiting.items():
            ends = it["restarts"] - before.setdefault(name, it["restarts"])
            why = "keeps exiting" if ends >= RESTARTS_TO_GIVE_UP else f"is not ready within {limit} s"
            # Between two starts there is no container, and so no log that shows the cause.
            if it["state"] != "missing":
                last[name] = it
            if ends >= RESTARTS_TO_GIVE_UP or time.monotonic() > until:
                shown = last.get(name, it)
                raise ReleaseError(f"{name} {why} ({shown['state']})", observed=shown)
        pause(1.5)


def bring_up(task: Task, document: Json) -> None:
    """Starts a release and waits until it is ready. Does nothing if it is running and ready."""
    require_schema(document)
    if task.state.current == task.release and all(
        matches(step, document) and is_ready(observe_service(step)) for step in services(document)
    ):
        return
    write(release_file(task.release), compact(document))
    start_release(task, document)
    wait_until_ready(task, document)
