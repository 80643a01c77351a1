"""Sets the host up with a bundle, and has the bundle's own program start the release.

The program of the bundle before supervises: it holds the lock, and restores its own bundle and release if the new one
fails, however it fails. Each step can be repeated, and `current` always runs a program that has proven itself: so after
an interruption the next run continues.
"""

from __future__ import annotations

import os

from .bundle import BUNDLES, PROGRAM, SET_UP, install, is_on_trial, link, link_trial, linked_bundle, proven_bundle
from .document import longest_seconds
from .errors import ReleaseError, with_remedy
from .files import Json, compact, read_object, write
from .lock import inherited_lock
from .parameters import get_parameter
from .paths import RUN, release_file
from .process import say, stream
from .proxy import use_proxy
from .state import load_state
from .task import Task

# Seconds; it may install packages.
SET_UP_SECONDS = 3600
# How the program of the new bundle has failed, for the one that supervises it.
FAILURE_FILE = RUN / "failure.json"


def is_own(document: Json) -> bool:
    """True if the document's bundle is the one of this program."""
    return bool(document["bundle"]["sha256"] == proven_bundle())


def set_up(task: Task, bundle: str) -> bool:
    """Sets the host up with a bundle that is installed. Returns whether the host has another proxy now."""
    task.progress("fetch", f"the host is set up with bundle {bundle[:16]}")
    link_trial(bundle)
    last = ["no error message"]

    def hear(line: str) -> None:
        say(line)
        last[0] = line if line.strip() else last[0]

    status = stream([str(BUNDLES / bundle / SET_UP)], SET_UP_SECONDS, hear, {"LINNIX_RELEASE": "1"})
    changed = use_proxy()
    if status:
        text = f"the set-up of host bundle {bundle[:16]} ended with exit status {status}: {with_remedy(last[0])}"
        raise ReleaseError(f"{text}; see /run/linnix/problems and journalctl -t linnix-release")
    return changed


def require_proxy(task: Task) -> None:
    """Raises ReleaseError if AWS can't be reached through a new proxy: the host could never be repaired through it."""
    try:
        get_parameter(task.host, f"{task.host.prefix}/desired")
    except ReleaseError as error:
        proxy = os.environ.get("https_proxy", "no proxy")
        raise ReleaseError(f"AWS can't be reached through {proxy}: correct linnix:proxy ({error})") from error


def settle(task: Task, document: Json) -> None:
    """Makes the document's bundle the current one: its release is healthy."""
    bundle = document["bundle"]["sha256"]
    if linked_bundle() == bundle or not (BUNDLES / bundle).is_dir():
        return
    if not is_on_trial(bundle):
        set_up(task, bundle)
    link(bundle)


def restore_own(task: Task) -> None:
    """Sets the host up with this program's own bundle again, after a switch that failed or was interrupted."""
    own = proven_bundle()
    if own is None or linked_bundle() == own:
        return
    try:
        set_up(task, own)
    except ReleaseError as error:
        # Its problems are reported by `health`; the services may run nevertheless.
        say(str(error))
    link(own)


def hand_over(task: Task, document: Json) -> None:
    """Brings the document's bundle into place, and has its program start the release. Raises ReleaseError."""
    bundle = document["bundle"]["sha256"]
    task.progress("fetch", f"host bundle {bundle[:16]}")
    install(task.host, document["bundle"])
    write(release_file(task.release), compact(document))
    task.state.pending = task.release
    task.state.save()
    if set_up(task, bundle):
        require_proxy(task)
    FAILURE_FILE.unlink(missing_ok=True)
    last = ["no error message"]

    def hear(line: str) -> None:
        say(line)
        last[0] = line if line.strip() else last[0]

    command = [str(BUNDLES / bundle / PROGRAM), "continue", "--release", str(task.release)]
    with inherited_lock() as (descriptor, variables):
        passed = () if descriptor is None else (descriptor,)
        status = stream(command, longest_seconds(document), hear, variables, pass_fds=passed)
    task.state = load_state(task.host)
    if status == 0:
        return
    failure = read_object(FAILURE_FILE)
    task.last_progress = {"phase": failure.get("phase") or "swap", "step": failure.get("step")}
    text = f"the program of host bundle {bundle[:16]} ended with exit status {status}: {with_remedy(last[0])}"
    observed = failure.get("observed")
    raise ReleaseError(
        str(failure.get("detail") or text),
        transient=failure.get("transient") is True,
        observed=observed if isinstance(observed, dict) else None,
    )


def report_failure(task: Task, error: Exception) -> None:
    """Tells the supervising program how this one has failed."""
    known = error if isinstance(error, ReleaseError) else ReleaseError(with_remedy(repr(error)))
    write(
        FAILURE_FILE,
        compact(
            {
                "detail": str(known),
                "phase": task.last_progress.get("phase"),
                "step": task.last_progress.get("step"),
                "transient": known.transient or isinstance(error, OSError),
                "observed": known.observed,
            }
        ),
        0o600,
    )


def restart_in(bundle: str, *words: str) -> None:
    """Replaces this process by the program of another bundle, which has proven itself."""
    program = str(BUNDLES / bundle / PROGRAM)
    os.execv(program, [program, *words])
