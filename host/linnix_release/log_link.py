"""The command `log-link`: gives the log of a container a fixed name, which the CloudWatch agent ships."""

from __future__ import annotations

from .errors import ReleaseError
from .paths import ROOT
from .process import docker, pause, run


def link_log(name: str) -> None:
    """Links /var/log/linnix/NAME.log to the container's log. The container is created soon after the unit starts."""
    for _ in range(60):
        target = docker("container", "inspect", "--format", "{{.LogPath}}", name).stdout.strip()
        if target:
            link = ROOT / f"var/log/linnix/{name}.log"
            link.parent.mkdir(parents=True, exist_ok=True)
            run("ln", "--symbolic", "--force", "--no-dereference", target, str(link))
            return
        pause(0.5)
    raise ReleaseError(f"{name} has no log after 30 s")
