"""What the host measures at this moment: its services, its steps and its own problems."""

from __future__ import annotations

import os
import zlib
from typing import Any, Callable, Iterator

from .containers import is_ready, observe_service, run_once
from .document import SCHEMA, services
from .errors import with_remedy
from .files import Json, compact, read_object
from .host import Host, data_volume
from .lock import is_locked
from .paths import ROOT, step_record
from .problems import host_problems, memory_used_percent, used_percent
from .state import State, known_document, load_state
from .text import cut, cut_front, redacted_all
from .units import matches

# Bytes, compressed: Systems Manager keeps the first 24,000 characters of an output, which is encoded in Base64.
OBSERVATION_LIMIT = 17_500


class Observer:
    """Observes part by part: a part that can't be observed is a problem, and does not prevent the others."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def part(self, what: str, observe: Callable[[], Any], otherwise: Any) -> Any:
        """The part, or `otherwise` and a problem."""
        try:
            return observe()
        except Exception as error:
            self.problems.append(f"{what} can't be observed: {with_remedy(repr(error))}")
            return otherwise


def observe_steps(document: Json | None, at_work: bool, ready: bool) -> Json:
    """The records of the steps that run to their end. Runs an observed step again while a service is not ready."""
    steps = {}
    for step in document["steps"] if document else ():
        record = read_object(step_record(step["name"]))
        valid = isinstance(record.get("exitCode"), int) and isinstance(record.get("output"), str)
        if step.get("observed") and not at_work and not (ready and valid):
            record, valid = run_once(step, f"{step['name']}-{os.getpid()}", lambda _: None), True
        if valid:
            steps[step["name"]] = {"exitCode": record["exitCode"], "output": record["output"]}
    return steps


def running_release(host: Host, state: State) -> Json | None:
    """The document of the release that runs. While a release is being applied that is the current or the new one."""
    known = [known_document(host, release) for release in (state.current, state.pending)]
    documents = [document for document in known if document]
    for document in documents:
        if all(matches(step, document) for step in services(document)):
            return document
    return documents[-1] if documents else None


def foreign_services(document: Json | None, observed: Json) -> Iterator[str]:
    """Services that run, but not as the release describes them: their health is not the release's."""
    for step in services(document):
        name = step["name"]
        if document and observed.get(name, {}).get("running") and not matches(step, document):
            yield f"{name} does not run as release {document['release']} describes it: linnix-release apply restarts it"


def observe(host: Host) -> Json:
    """Observes the host and its services. Changes nothing, needs no lock, and always returns an observation."""
    observer = Observer()
    problems, part = observer.problems, observer.part
    state: State = part("the state", lambda: load_state(host), State())
    part("the host", lambda: problems.extend(host_problems(host)), None)
    at_work = is_locked()
    if state.pending and state.pending not in state.failed and not at_work:
        problems.append(f"release {state.pending} was interrupted: linnix-release apply continues it")
    document: Json | None = part("the release", lambda: running_release(host, state), None)
    observed: Json = part(
        "the services", lambda: {step["name"]: observe_service(step) for step in services(document)}, {}
    )
    ready = document is not None and len(observed) == len(services(document)) and all(map(is_ready, observed.values()))
    if not at_work:
        part("the units", lambda: problems.extend(foreign_services(document, observed)), None)
    data = part("the data volume", lambda: data_volume(host), None)
    made = {
        "schema": SCHEMA,
        "release": state.current,
        "desired": state.desired,
        "kernel": os.uname().release,
        "memoryUsedPercent": part("the memory", memory_used_percent, 0),
        "rootUsedPercent": part("the root volume", lambda: used_percent(ROOT), 0),
        "dataUsedPercent": part("the data volume", lambda: used_percent(data), None) if data else None,
        "services": observed,
        "steps": part("the steps", lambda: observe_steps(document, at_work, ready), {}),
        "last": state.last,
    }
    proven = document is not None and document["release"] == state.current
    safe: Json = redacted_all({**made, "problems": problems, "healthy": proven and ready and not problems})
    return safe


def shortened(observation: Json, lines: int, text: int, problems: int) -> Json:
    """The observation with at most so many log lines, bytes of each text, and problems."""

    def short(answer: Json | None) -> Json | None:
        return answer and {**answer, "body": cut(answer["body"], text)}

    services = {}
    for name, it in observation["services"].items():
        answers = {probe: short(it[probe]) for probe in ("ready", "live", "rules") if probe in it}
        log = it["log"][-lines:] if lines else []
        services[name] = {**it, **answers, "state": cut(it["state"], text), "log": log}
    steps = {name: {**it, "output": cut_front(it["output"], 4 * text)} for name, it in observation["steps"].items()}
    found = observation["problems"]
    more = [f"{len(found) - problems} more problems: linnix-release status"] if len(found) > problems else []
    return {
        **observation,
        "services": services,
        "steps": steps,
        "problems": [*(cut(problem, text) for problem in found[:problems]), *more],
        "last": observation["last"] and {**observation["last"], "log": [], "answer": None},
    }


def versions(observation: Json) -> Iterator[Json]:
    """The observation, then ever shorter ones."""
    yield observation
    for lines, text, problems in ((10, 500, 20), (5, 300, 10), (2, 200, 5), (0, 100, 3)):
        yield shortened(observation, lines, text, problems)
    yield {**shortened(observation, 0, 100, 2), "steps": {}, "last": None}
    yield {**observation, "services": {}, "steps": {}, "last": None, "problems": ["the observation is too long"]}


def fitting(observation: Json) -> Json:
    """The longest version that Systems Manager keeps."""
    for version in versions(observation):
        if len(zlib.compress(compact(version).encode("utf-8", "replace"), 9)) <= OBSERVATION_LIMIT:
            return version
    return {**version, "desired": None, "kernel": ""}
