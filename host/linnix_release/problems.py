"""Use of memory and volumes, and the problems of the host itself."""

from __future__ import annotations

import ctypes
import math
import os
import tempfile
import time
from pathlib import Path
from typing import Iterator

from .errors import with_remedy
from .files import read_json, read_text, write
from .host import Host, data_volume, no_data_volume
from .paths import ROOT, RUN, STATE
from .process import docker
from .text import cut, redacted

# Bytes; a volume with less free space is reported as full.
LEAST_FREE = 64 << 20
# Seconds; AWS rejects a request whose time is wrong by 300.
CLOCK_TOLERANCE = 60
CLOCK_FILE = RUN / "clock"
# How many problem files are read, and how many bytes of each.
PROBLEM_FILES = 50
PROBLEM_SIZE = 2000


def used_percent(path: Path) -> float:
    """Use of a volume like df's: as a share of the space that an ordinary user can use."""
    volume = os.statvfs(path)
    used = volume.f_blocks - volume.f_bfree
    return round(100 * used / max(1, used + volume.f_bavail), 1)


def memory_used_percent() -> float:
    """Use of memory."""
    lines = read_text(ROOT / "proc/meminfo").splitlines()
    memory = {line.split(":")[0]: int(line.split()[1]) for line in lines if ":" in line}
    return round(100 * (1 - memory["MemAvailable"] / memory["MemTotal"]), 1)


def volume_problems(what: str, path: Path) -> Iterator[str]:
    """Reports a volume that is full or can't be written."""
    try:
        path.mkdir(0o700, parents=True, exist_ok=True)
        volume = os.statvfs(path)
        if volume.f_bavail * volume.f_frsize < LEAST_FREE:
            yield f"the {what} volume is full: less than {LEAST_FREE >> 20} MiB are free at {path}"
        # A file without a name: two processes don't disturb each other, and none is left.
        with tempfile.TemporaryFile(prefix=".linnix-writes-", dir=path, buffering=0) as file:
            file.write(b"x")
    except OSError as error:
        yield f"the {what} volume can't be written at {path}: {with_remedy(str(error))}"


def clock_offset() -> float:
    """The wall clock's distance from the monotonic one: it changes only when the wall clock is set."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


def is_synchronised() -> bool:
    """True if the kernel's clock follows a time server: its error is then less than 16 s. See adjtimex(2)."""
    clock_is_wrong = 5
    try:
        status: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(1024))
    except (OSError, AttributeError):
        return False
    return 0 <= status < clock_is_wrong


def remember_clock() -> None:
    """Takes the clock as it is now for the right one: it follows a time server, or AWS has just accepted it."""
    write(CLOCK_FILE, str(clock_offset()))


def clock_jump() -> float:
    """By how many seconds the clock was set since it was last known to be right."""
    known = read_json(CLOCK_FILE)
    if isinstance(known, bool) or not isinstance(known, (int, float)) or not math.isfinite(known):
        return 0.0
    return clock_offset() - float(known)


def clock_problems() -> Iterator[str]:
    """Reports a clock that was set to another time, unless it was set right."""
    jump = clock_jump()
    if abs(jump) > CLOCK_TOLERANCE and not is_synchronised():
        yield f"the clock has jumped by {jump:.0f} s, and AWS rejects requests with a wrong time: see chronyc tracking"


def recorded_problems() -> Iterator[str]:
    """The problems that the host's scripts have recorded in files."""
    files = sorted(RUN.glob("problems/*"))
    for file in files[:PROBLEM_FILES]:
        # A file that is being replaced.
        if file.name.endswith(".new"):
            continue
        try:
            text = redacted(read_text(file, PROBLEM_SIZE)).strip()
        except FileNotFoundError:
            continue
        except OSError as error:
            text = f"{file} can't be read: {with_remedy(str(error))}"
        yield cut(text, PROBLEM_SIZE) or f"{file.name}: failed without a message"
    if len(files) > PROBLEM_FILES:
        yield f"{len(files) - PROBLEM_FILES} more files in {RUN / 'problems'}"


def engine_problems() -> Iterator[str]:
    """Reports an engine that does not answer."""
    engine = docker("version", timeout=20)
    if engine.returncode:
        yield f"the Docker engine does not answer: {with_remedy(engine.stderr)}"


def host_problems(host: Host) -> Iterator[str]:
    """The problems of the host itself."""
    yield from recorded_problems()
    yield from volume_problems("root", STATE)
    data = data_volume(host)
    yield from volume_problems("data", data) if data else [no_data_volume(host)]
    yield from clock_problems()
    yield from engine_problems()
