"""The commands that change the release: `apply`, `boot`, `rollback`, and `continue` of the program that took over."""

from __future__ import annotations

import contextlib
import time
from typing import Callable

from .document import parse_document, require_schema
from .errors import ReleaseError, with_remedy
from .files import Json
from .host import Host
from .images import prune
from .lock import locked
from .parameters import get_parameter, put_parameter
from .process import pause, say
from .report import Reporter, make_result
from .start import bring_up, start_release, wait_until_ready
from .state import load_state, stored_document
from .switch import hand_over, is_own, report_failure, restart_in, restore_own, settle
from .task import Task


def desired_document(task: Task) -> Json | None:
    """The desired release; None if there is none."""
    name = f"{task.host.prefix}/desired"
    text = get_parameter(task.host, name)
    if text is None:
        return None
    try:
        document = parse_document(text, task.host)
    except ValueError as error:
        raise ReleaseError(f"{name} is not a valid release: {error}. Run pulumi up again", 2) from error
    if task.release not in (None, document["release"]):
        raise ReleaseError(f"{name} is {document['release']}, not {task.release}: another update has replaced it", 2)
    if is_own(document):
        require_schema(document)
    task.state.desired = document["release"]
    return document


def restore_previous(task: Task, release: str, error: ReleaseError) -> ReleaseError:
    """Restores the release before the failed one, and waits until it is healthy. Returns the error to raise."""
    state, phase, step = task.state, task.last_progress.get("phase", "fetch"), task.last_progress.get("step")
    say(f"release {release} failed: {error}")
    text, restored = str(error), None
    try:
        if not error.transient and state.current != release:
            state.failed = [*(other for other in state.failed if other != release), release][-20:]
            state.save()
        restore_own(task)
        before = stored_document(task.host, state.current)
        if before and state.current != release:
            say(f"restoring release {state.current}")
            task.release = state.current
            start_release(task, before, again=True)
            wait_until_ready(task, before)
            restored = state.current
            text += f"; release {restored} is healthy again"
    except (ReleaseError, OSError) as other:
        text += f"; release {state.current} can't be restored: {with_remedy(str(other))}"
    if state.current:
        state.pending = None
    task.release = release
    answer, log = error.observed.get("ready"), error.observed.get("log", [])
    outcome = "rolled-back" if restored else "failed"
    task.finish(task.result(outcome, phase, text, step, answer=answer, log=log, restored=restored))
    more = [f"the probe's answer: {answer['status']} {answer['body']}"] if answer else []
    text = "\n  ".join([f"release {release} failed: {text}", *more, *log])
    return ReleaseError(text, error.status, error.transient)


def bring_into_place(task: Task, document: Json) -> None:
    """Starts a release, with the program of its bundle, and waits until it is ready."""
    if is_own(document):
        restore_own(task)
        bring_up(task, document)
    else:
        hand_over(task, document)


def try_release(task: Task, document: Json, work: Callable[[Task, Json], None]) -> None:
    """Runs `work` on a release, then records its success, or restores the previous release."""
    release = document["release"]
    task.release = release
    try:
        work(task, document)
    except Exception as error:
        if not isinstance(error, ReleaseError):
            error = ReleaseError(with_remedy(repr(error)), transient=isinstance(error, OSError))
        raise restore_previous(task, release, error) from None
    state = task.state
    if state.current != release:
        state.previous, state.current = state.current, release
    state.pending = None
    state.failed = [other for other in state.failed if other != release]
    try:
        # Before the bundle becomes the current one: the next run does that if this one is interrupted here.
        state.save()
        settle(task, document)
        prune(task)
    except (ReleaseError, OSError) as error:
        say(f"the next run completes release {release}: {with_remedy(str(error))}")
    task.finish(task.result("healthy", "done", "every service is ready"))


def already_failed(host: Host, release: str | None, before: Json | None) -> ReleaseError | None:
    """The error of another process that has tried this release while this one waited for it."""
    state = load_state(host)
    if not state.last or state.last == before or state.last.get("release") != release or release not in state.failed:
        return None
    put_parameter(host, "result", state.last)
    return ReleaseError(f"release {release} failed in another linnix-release: {state.last.get('detail')}")


def apply(host: Host, release: str | None) -> None:
    """Applies the desired release; restores the previous one if it does not become healthy."""
    before, began, waited = load_state(host).last, time.monotonic(), []
    reporter = Reporter(host)

    def follow(detail: str) -> None:
        waited.append(detail)
        text = f"waiting for another linnix-release: {detail or 'it starts'}"
        say(f"fetch: {text}")
        reporter.report(make_result(release, began, "running", "fetch", detail=text))

    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(follow))
        except ReleaseError as error:
            put_parameter(host, "result", make_result(release, began, "failed", "fetch", detail=str(error)))
            raise
        finally:
            reporter.stop()
        failure = already_failed(host, release, before) if waited else None
        if failure:
            raise failure
        apply_locked(host, release)


def apply_locked(host: Host, release: str | None) -> None:
    """The same, with the lock."""
    task = Task(host, release)
    task.progress("fetch", "reading the desired release")
    try:
        document = desired_document(task)
        if document is None:
            raise ReleaseError(f"{host.prefix}/desired does not exist: run pulumi up --refresh")
    except ReleaseError as error:
        task.finish(task.result("failed", "fetch", str(error)))
        raise
    try_release(task, document, bring_into_place)


def complete_switch(task: Task, current: Json) -> None:
    """Sets the host up with the current release's bundle, if a switch was interrupted; goes on in its program."""
    if is_own(current):
        restore_own(task)
        return
    try:
        settle(task, current)
    except ReleaseError as error:
        # Its problems are reported by `health`; the services may run nevertheless.
        say(str(error))
        return
    if is_own(current):
        task.reporter.stop()
        restart_in(current["bundle"]["sha256"], "boot")


def boot_once(host: Host) -> None:
    """Starts the current release, then applies the desired one, unless that has failed before."""
    task = Task(host)
    state = task.state
    current = stored_document(host, state.current)
    if current:
        task.release = state.current
        try:
            complete_switch(task, current)
            start_release(task, current, again=True)
        except ReleaseError as error:
            if error.transient:
                raise
            say(str(error))
        state.pending = task.release = None
        state.save()
    document = desired_document(task)
    if document and document["release"] in state.failed:
        say(f"release {document['release']} has failed before: linnix-release apply retries it")
        document = current
    if document is None:
        say("no release is desired yet")
    else:
        own = document == current and is_own(document)
        try_release(task, document, wait_until_ready if own else bring_into_place)


def boot(host: Host) -> None:
    """Retries transient errors with growing pauses: the network may come up later than the host."""
    for seconds in (5, 10, 20, 40, *[60] * 30, 0):
        try:
            with locked():
                boot_once(host)
            return
        except ReleaseError as error:
            if not error.transient or not seconds:
                raise
            say(f"{error}; retrying in {seconds} s")
        pause(seconds)


def roll_back(host: Host, release: str | None) -> None:
    """Applies the release before the current one, with its bundle. Fails if `release` is another one: none is kept."""
    with locked():
        task = Task(host)
        left, document = task.state.current, stored_document(host, task.state.previous)
        if document is None:
            raise ReleaseError("there is no release to go back to: see linnix-release history", 2)
        if release not in (None, document["release"]):
            raise ReleaseError(
                f"release {release} is not kept here: only {document['release']}, the one before the current, is", 2
            )
        try_release(task, document, bring_into_place)
        task.state.failed.append(str(left))
        task.state.save()


def continue_release(host: Host, release: str) -> None:
    """Starts a release for the program of another bundle, which holds the lock and restores what ran if this fails."""
    with locked():
        task = Task(host, release)
        try:
            document = stored_document(host, release)
            if document is None:
                raise ReleaseError(f"the document of release {release} is missing: run linnix-release apply")
            bring_up(task, document)
        except Exception as error:
            report_failure(task, error)
            raise
        finally:
            task.reporter.stop()
