"""What the services' containers use, for people. It changes each second, so the published health has nothing of it."""

from __future__ import annotations

import re

from .files import Json
from .process import docker

STATS = re.compile(r"(\S+) (\d[\d.]*%) (\d[\w.]* / \d[\w.]*)", re.ASCII)
START = re.compile(r"/(\S+) (\d[\w.:+-]*)", re.ASCII)


def lines_like(pattern: re.Pattern[str], command: tuple[str, ...], names: list[str]) -> dict[str, tuple[str, ...]]:
    """What the engine printed for each container, by name. If it fails, that is less or nothing."""
    printed = docker(*command, *names, timeout=20).stdout
    found = [pattern.fullmatch(line.strip()) for line in printed.splitlines()]
    return {match[1]: match.groups()[1:] for match in found if match}


def with_usage(observation: Json) -> Json:
    """The observation with the use of each running service; without it where the engine does not report it."""
    services = observation["services"]
    running = [name for name, it in services.items() if it["running"]]
    if not running:
        return observation
    # The engine measures for a second.
    stats = lines_like(STATS, ("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.MemUsage}}"), running)
    starts = lines_like(START, ("container", "inspect", "--format", "{{.Name}} {{.State.StartedAt}}"), running)
    usages = {
        name: {"usage": {"started": starts[name][0], "cpu": stats[name][0], "memory": stats[name][1]}}
        for name in running
        if name in stats and name in starts
    }
    return {**observation, "services": {name: {**it, **usages.get(name, {})} for name, it in services.items()}}
