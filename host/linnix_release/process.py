"""Runs other programs with limits of time and output, prints messages and pauses."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
import time
from subprocess import DEVNULL, PIPE, STDOUT
from typing import Any, Callable, Iterator

from .text import redacted

# Tests shorten every pause by this factor.
PACE = float(os.environ.get("LINNIX_RELEASE_PACE", "1"))
# Bytes; what is kept of each output of a command, and of a line.
OUTPUT_LIMIT = 1 << 20
LINE_LIMIT = 32 << 10
# Lines that `stream` passes on.
LINES_LIMIT = 500

Ended = subprocess.CompletedProcess


def say(text: str) -> None:
    """Prints a message to standard error, which may be closed."""
    with contextlib.suppress(OSError, ValueError):
        print(redacted(text), file=sys.stderr, flush=True)


def pause(seconds: float) -> None:
    """Waits."""
    time.sleep(seconds * PACE)


def chunks(streams: list[Any], until: float) -> Iterator[tuple[int, bytes]]:
    """Reads streams until all are closed; yields the index of a stream and what was read. Raises TimeoutError."""
    with selectors.DefaultSelector() as selector:
        for index, stream in enumerate(streams):
            selector.register(stream, selectors.EVENT_READ, index)
        while selector.get_map():
            left = until - time.monotonic()
            ready = selector.select(left) if left > 0 else []
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                chunk = os.read(key.fd, 1 << 16)
                if chunk:
                    yield key.data, chunk
                else:
                    selector.unregister(key.fileobj)


def capture(command: tuple[str, ...], timeout: float, limit: int = OUTPUT_LIMIT, tail: bool = False) -> Ended[bytes]:
    """Runs a command and never raises: the exit status is 124 after a timeout, 127 if the command can't be started.

    A command that prints more than `limit` bytes is ended with status 125. `tail`: it goes on, and the last bytes are
    kept.
    """
    until = time.monotonic() + timeout
    outputs = [bytearray(), bytearray()]
    try:
        with subprocess.Popen(command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE) as process:
            try:
                for index, chunk in chunks([process.stdout, process.stderr], until):
                    kept = outputs[index]
                    kept += chunk
                    if len(kept) > limit and not tail:
                        return Ended(command, 125, b"", f"{command[0]} printed more than {limit} bytes".encode())
                    del kept[:-limit]
                process.wait(max(0.1, until - time.monotonic()))
            except (TimeoutError, subprocess.TimeoutExpired):
                return Ended(command, 124, b"", f"no answer from {command[0]} within {timeout:g} s".encode())
            finally:
                process.kill()
        return Ended(command, process.returncode, bytes(outputs[0]), bytes(outputs[1]))
    except OSError as error:
        return Ended(command, 127, b"", f"{command[0]}: {error.strerror}".encode())


def run(*command: str, timeout: float = 60, limit: int = OUTPUT_LIMIT, tail: bool = False) -> Ended[str]:
    """Like `capture`, for text. A byte that is not UTF-8 is replaced."""
    ended = capture(command, timeout, limit, tail)
    out, err = (output.decode("utf-8", "replace") for output in (ended.stdout, ended.stderr))
    return Ended(command, ended.returncode, out, err)


def docker(*words: str, timeout: float = 60, tail: bool = False) -> Ended[str]:
    """Runs a Docker command."""
    return run("docker", *words, timeout=timeout, tail=tail)


def systemctl(*words: str) -> Ended[str]:
    """Runs a systemctl command. It waits for a service that stops."""
    return run("systemctl", *words, timeout=240)


def lines(stream: Any, until: float) -> Iterator[str]:
    """The lines of a stream, with a limit for each; the rest of a longer line is dropped."""
    rest = bytearray()
    for _, chunk in chunks([stream], until):
        *whole, last = chunk.split(b"\n")
        for part in whole:
            yield (rest + part[:LINE_LIMIT])[:LINE_LIMIT].decode("utf-8", "replace")
            rest.clear()
        rest += last[: LINE_LIMIT - len(rest)]
    if rest:
        yield rest.decode("utf-8", "replace")


def stream(
    command: list[str],
    timeout: float,
    hear: Callable[[str], None],
    variables: dict[str, str] | None = None,
    **more: Any,
) -> int:
    """Runs a command and passes each line of its two outputs to `hear`. Returns its exit status, as `capture` does."""
    until, heard = time.monotonic() + timeout, 0
    environment = {**os.environ, **(variables or {})}
    try:
        with subprocess.Popen(command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=environment, **more) as process:
            try:
                for line in lines(process.stdout, until):
                    heard += 1
                    if heard <= LINES_LIMIT:
                        hear(line)
                process.wait(max(0.1, until - time.monotonic()))
            except (TimeoutError, subprocess.TimeoutExpired):
                hear(f"{command[0]} was stopped after {timeout:g} s")
                return 124
            finally:
                process.kill()
        return process.returncode
    except OSError as error:
        hear(f"{command[0]}: {error.strerror}")
        return 127
