"""Allows one process at a time to change the host."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import Callable, Iterator

from .errors import ReleaseError
from .files import compact, read_object, write
from .paths import RUN
from .process import pause

LOCK_FILE = RUN / "lock"
# What the process that holds the lock does now, and until when it reports again.
PROGRESS_FILE = RUN / "progress.json"
# Seconds; longer than any single piece of work: three tries of a pull.
LONGEST_WORK = 4 * 3600
# Seconds; for a process that reports nothing.
PATIENCE = 900
# Passes the lock's descriptor to the program that the holder supervises.
VARIABLE = "LINNIX_RELEASE_LOCK"


class Held:
    """The descriptor of the lock that this process holds."""

    descriptor: int | None = None


def is_locked() -> bool:
    """True if another linnix-release holds the lock."""
    with contextlib.suppress(OSError), open(LOCK_FILE, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def write_progress(detail: str) -> None:
    """Reports to waiting processes what this one does now."""
    with contextlib.suppress(OSError):
        write(PROGRESS_FILE, compact({"detail": detail, "until": time.monotonic() + LONGEST_WORK}))


def inherited() -> int | None:
    """The lock's descriptor, if the process that started this one holds the lock and has passed it on."""
    with contextlib.suppress(ValueError, OSError):
        descriptor = int(os.environ.pop(VARIABLE, ""))
        if os.path.samestat(os.fstat(descriptor), LOCK_FILE.stat()):
            return descriptor
    return None


@contextlib.contextmanager
def inherited_lock() -> Iterator[tuple[int | None, dict[str, str]]]:
    """The descriptor to pass to a program that this one supervises, and the variable that names it.

    The program keeps the lock, should this process be killed.
    """
    descriptor = Held.descriptor
    yield descriptor, {} if descriptor is None else {VARIABLE: str(descriptor)}


def wait(descriptor: int, follow: Callable[[str], None]) -> None:
    """Waits for the lock for as long as its holder may work, and passes on what the holder does."""
    reported, silent = "", 0
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = read_object(PROGRESS_FILE)
        detail, until = str(holder.get("detail", "")), holder.get("until")
        works = isinstance(until, (int, float)) and time.monotonic() < until < time.monotonic() + 2 * LONGEST_WORK
        silent = 0 if works else silent + 1
        if silent > PATIENCE:
            raise ReleaseError(f"another linnix-release has reported nothing for over {PATIENCE} s: stop it (see ps)")
        if detail != reported:
            follow(detail)
        reported = detail
        pause(1)


@contextlib.contextmanager
def locked(follow: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Holds the lock. The kernel releases the lock of a killed process."""
    Held.descriptor = inherited()
    if Held.descriptor is not None:
        yield
        return
    RUN.mkdir(0o700, parents=True, exist_ok=True)
    with open(LOCK_FILE, "ab") as file:
        wait(file.fileno(), follow)
        PROGRESS_FILE.unlink(missing_ok=True)
        Held.descriptor = file.fileno()
        try:
            yield
        finally:
            Held.descriptor = None
            with contextlib.suppress(OSError):
                PROGRESS_FILE.unlink(missing_ok=True)
