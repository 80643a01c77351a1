"""Where this program keeps files on the host."""

from __future__ import annotations

import os
from pathlib import Path

# Tests set another root folder.
ROOT = Path(os.environ.get("LINNIX_RELEASE_ROOT", "/"))
# On the root volume: this state belongs to the installation, and is lost with it.
STATE = ROOT / "var/lib/linnix-release"
# In memory: secrets, and state that is valid only until the next boot.
RUN = ROOT / "run/linnix"
HOST_FILE = ROOT / "etc/linnix/host.json"


def unit_file(name: str) -> Path:
    """The systemd unit of a service."""
    return ROOT / f"etc/systemd/system/{name}.service"


def release_file(release: str | None) -> Path:
    """The stored document of a release."""
    return STATE / f"releases/{release}.json"


def step_record(name: str) -> Path:
    """How a step that runs to its end has ended since the last boot."""
    return RUN / f"steps/{name}.json"


def start_record(name: str) -> Path:
    """From which unit and secrets a service was started since the last boot."""
    return RUN / f"started/{name}.json"
