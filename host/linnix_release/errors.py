"""The error that ends a command, and remedies for errors of other programs."""

from __future__ import annotations

import re
from typing import Any

from .text import redacted


class ReleaseError(Exception):
    """Ends a command; the text includes a remedy.

    `status` is the exit status. `transient`: not caused by the release, so that a boot retries it. `observed`: the
    observation of the service that failed, or the record of the step.
    """

    def __init__(
        self, text: str, status: int = 1, transient: bool = False, observed: dict[str, Any] | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.transient = transient
        self.observed = observed or {}


REMEDIES = (
    ("no space left", "free some, or raise linnix:rootGiB or linnix:dataGiB, whichever volume is full"),
    ("read-only file", "see dmesg, then reboot"),
    ("exec format", "corrupt, or built for another architecture"),
    ("docker daemon", "see journalctl -u docker"),
    ("(?<!permission )denied|unauthorized|credential|basic auth", "check the host's role, or linnix:registryPassword"),
    ("manifest", "run pulumi up to push the missing image, or correct linnix:images"),
    (
        r"timed? ?out|no such host|lookup|refused|connect|no answer from aws|\beof\b|\btls\b",
        "check that the host can reach this address, on its port",
    ),
)


def with_remedy(text: str) -> str:
    """The last line of an output, with a remedy if one is known."""
    line = redacted((text.strip().splitlines() or ["no error message"])[-1])[:400]
    return next((f"{line} ({todo})" for pattern, todo in REMEDIES if re.search(pattern, line, re.IGNORECASE)), line)
