"""Observes one service, and runs containers that end."""

from __future__ import annotations

import re
from typing import Any, Callable

from .files import Json, parse_json
from .process import docker, stream, systemctl
from .text import cut, cut_front, redacted

LOG_LINES = 15
# Bytes; of a log line, of a probe's answer, of the output of a step.
LINE_SIZE = 200
ANSWER_SIZE = 500
OUTPUT_SIZE = 8000


def last_lines(text: str) -> list[str]:
    """The last lines of a text, without secrets and terminal sequences."""
    return [cut(line, LINE_SIZE) for line in redacted(text).splitlines() if line.strip()][-LOG_LINES:]


def is_ready(observed: Json) -> bool:
    """True if the service runs and its readiness probe succeeded."""
    return bool(observed["running"]) and 200 <= observed["ready"]["status"] < 300


def container_state(text: str) -> tuple[str, bool]:
    """The state of a container in words, and whether it runs, from the engine's JSON."""
    try:
        state: Any = parse_json(text)
        running = state["Running"] is True
        words = [str(state["Status"]) + ("" if running else f" (exit status {state['ExitCode']})")]
        words += ["out of memory"] if state["OOMKilled"] else []
        words += [cut(redacted(str(state["Error"])), LINE_SIZE)] if state["Error"] else []
        return ", ".join(words), running
    except (ValueError, TypeError, KeyError):
        return "unknown", False


def answer(name: str, command: list[str]) -> Json:
    """Runs a probe in a container. It prints the body, and the HTTP status on the last line."""
    ended = docker("exec", name, *command, timeout=25)
    if ended.returncode in (124, 125):
        return {"status": 0, "body": cut(redacted(ended.stderr), ANSWER_SIZE)}
    body, _, status = ended.stdout.rstrip().rpartition("\n")
    valid = re.fullmatch(r"\d{3}", status, re.ASCII)
    return {"status": int(status) if valid else 0, "body": cut(redacted(body).strip(), ANSWER_SIZE)}


def observe_service(step: Json) -> Json:
    """Observes one service."""
    name = step["name"]
    unit = systemctl("show", "--property=ActiveState,NRestarts", f"{name}.service").stdout
    properties = dict(line.partition("=")[::2] for line in unit.splitlines())
    restarts = re.fullmatch(r"\d{1,9}", properties.get("NRestarts", ""), re.ASCII)
    observed: Json = {"state": "missing", "running": False, "restarts": int(restarts[0]) if restarts else 0}
    inspected = docker("container", "inspect", "--format", "{{json .State}}", name)
    if inspected.returncode == 0:
        observed["state"], running = container_state(inspected.stdout)
        observed["running"] = running and properties.get("ActiveState") == "active"
    observed["live"] = None
    for probe, command in step["probes"].items():
        observed[probe] = answer(name, command) if observed["running"] else None
    logs = docker("logs", "--tail", str(LOG_LINES), name, tail=True)
    return {**observed, "log": last_lines(f"{logs.stdout}\n{logs.stderr}") if logs.returncode == 0 else []}


def run_once(step: Json, name: str, hear: Callable[[str], None]) -> Json:
    """Runs a container until it exits. Passes each line of output to `hear`, except JSON reports for programs."""
    limit, lines = step["timeoutSeconds"], [""]
    docker("rm", "--force", "--volumes", name)
    command = ["timeout", "--kill-after=20", str(limit), "docker", "run", "--rm", "--pull", "never", "--name", name]

    def read(line: str) -> None:
        lines[:] = [*lines, redacted(line).strip()][-LOG_LINES:]
        for shown in last_lines(line):
            if not shown.startswith("{"):
                hear(shown)

    status = stream([*command, *step["run"]], limit + 60, read)
    if status in (124, 137, -9):
        docker("rm", "--force", "--volumes", name)
        lines.append(f"stopped after {limit} s")
    output = cut_front("\n".join(lines[-3:]), OUTPUT_SIZE).strip()
    return {"exitCode": status, "output": output, "log": last_lines("\n".join(lines))}
