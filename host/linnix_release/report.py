"""The result parameter: progress and outcome of the work on a release."""

from __future__ import annotations

import threading
import time
from typing import Any

from .files import Json
from .host import Host
from .parameters import PARAMETER_LIMIT, parameter_text, put_parameter
from .process import PACE
from .text import cut, redacted_all

# Bytes; of the sentence that says what happens or has happened.
DETAIL_SIZE = 800


def make_result(release: str | None, began: float, outcome: str, phase: str, **more: Any) -> Json:
    """A result that fits in a parameter; the last log lines are the most useful ones."""
    result: Json = {"release": release, "outcome": outcome, "phase": phase, "detail": "", "step": None}
    result["at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    result["seconds"] = round(time.monotonic() - began, 1)
    result = redacted_all({**result, "answer": None, "log": [], "restored": None, **more})
    result["detail"] = cut(result["detail"], DETAIL_SIZE)
    while len(parameter_text(result).encode("utf-8", "replace")) > PARAMETER_LIMIT:
        if result["log"]:
            result["log"] = result["log"][1:]
        elif result["answer"]:
            result["answer"] = None
        else:
            result["detail"] = cut(result["detail"], len(result["detail"].encode()) // 2)
    return result


class Reporter:
    """Writes the result parameter in a thread, so that a slow parameter store delays nothing.

    Only the newest progress is written. The wait combines several steps into one write, and leaves the CPU to a service
    that is starting.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.newest: Json | None = None
        self.changed = threading.Event()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.write_progress, daemon=True)
        self.thread.start()

    def report(self, result: Json) -> None:
        """Has the progress written soon."""
        self.newest = result
        self.changed.set()

    def write_progress(self) -> None:
        """The thread."""
        while True:
            self.changed.wait()
            self.ended.wait(4 * PACE)
            self.changed.clear()
            if self.ended.is_set():
                return
            newest = self.newest
            if newest is not None:
                put_parameter(self.host, "result", newest)

    def stop(self) -> None:
        """Ends the thread; what it has not written yet is dropped."""
        self.ended.set()
        self.changed.set()
        self.thread.join()
