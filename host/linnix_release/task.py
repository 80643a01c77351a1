"""What the modules that apply a release share: the host, its state, and the report of progress and outcome."""

from __future__ import annotations

import time
from typing import Any

from .errors import ReleaseError, with_remedy
from .files import Json
from .host import Host
from .lock import write_progress
from .parameters import get_parameter, put_parameter
from .process import pause, say
from .report import Reporter, make_result
from .state import load_state


class Task:
    """The work on one release. The caller holds the lock."""

    def __init__(self, host: Host, release: str | None = None) -> None:
        self.host = host
        self.state = load_state(host)
        # The release that is being worked on.
        self.release = release
        self.began = time.monotonic()
        self.last_progress: Json = {}
        # Values of secrets by `parameter:version`.
        self.secrets: dict[str, str] = {}
        self.reporter = Reporter(host)

    def result(self, outcome: str, phase: str, detail: str, step: str | None = None, **more: Any) -> Json:
        """A result about the release."""
        return make_result(self.release, self.began, outcome, phase, detail=detail, step=step, **more)

    def progress(self, phase: str, detail: str, step: str | None = None) -> None:
        """Reports what happens now."""
        say(f"{phase}: {detail}")
        self.last_progress = self.result("running", phase, detail, step)
        write_progress(f"release {self.release}: {phase}: {self.last_progress['detail']}")
        self.reporter.report(self.last_progress)

    def finish(self, result: Json) -> None:
        """Records the final result. Its write is retried: a client that waits for it has no other source."""
        short = {key: value for key, value in result.items() if key not in ("answer", "log")}
        self.state.last = result
        self.state.history = [*self.state.history, short][-50:]
        try:
            self.state.save()
        except OSError as error:
            say(f"the state can't be saved: {with_remedy(str(error))}")
        self.reporter.stop()
        for seconds in (2, 5, 10, 0):
            if put_parameter(self.host, "result", result):
                return
            pause(seconds)

    def secret(self, document: Json, name: str) -> str:
        """The value of a secret."""
        reference = document["secrets"][name]
        versioned = f"{reference['parameter']}:{reference['version']}"
        if versioned not in self.secrets:
            value = get_parameter(self.host, versioned, "--with-decryption")
            if value is None:
                raise ReleaseError(f"the secret {versioned} does not exist: run pulumi up --refresh")
            self.secrets[versioned] = value
        return self.secrets[versioned]
