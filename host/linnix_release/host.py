"""This host's identity, which user data writes, and its data volume."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from .errors import ReleaseError
from .files import read_json, read_text
from .paths import HOST_FILE, ROOT


class Host(NamedTuple):
    """The stack of this host, and where it finds the stack's parameters and data."""

    stack: str
    region: str
    # Of the stack's parameters: `/linnix/<stack>`.
    prefix: str
    # Of the metrics.
    namespace: str
    # Mount point of the data volume.
    data: str


def read_host() -> Host:
    """Reads this host's identity."""
    try:
        facts = read_json(HOST_FILE)
        host = Host(*(facts[key] for key in Host._fields))
        if not all(isinstance(value, str) and value for value in host):
            raise TypeError("a fact is no text")
        return host
    except (TypeError, KeyError) as error:
        text = f"{HOST_FILE} must contain {Host._fields}: user data writes it, see /var/log/cloud-init-output.log"
        raise ReleaseError(text, 2) from error


def data_volume(host: Host) -> Path | None:
    """Mount point of the data volume; None if it is not mounted, so that nothing is written to the root volume."""
    mounts = [line.split()[1:2] for line in read_text(ROOT / "proc/mounts").splitlines()]
    return ROOT / host.data.lstrip("/") if [host.data] in mounts else None


def no_data_volume(host: Host) -> str:
    """The problem of a host without its data volume."""
    return f"the data volume is not mounted at {host.data}: see journalctl -u linnix-host"
