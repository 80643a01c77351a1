"""The command `remove`: removes the stack's services from the host."""

from __future__ import annotations

import shutil

from .bundle import prune_bundles
from .host import Host
from .lock import locked
from .paths import RUN, STATE
from .process import docker, systemctl
from .secret_files import CREDENTIALS, SECRETS
from .switch import restore_own
from .task import Task
from .units import installed_services, remove_service


def remove(host: Host) -> None:
    """Stops and removes the stack's services, networks, images and other bundles; keeps the data volume.

    The secrets are removed first, and the state last: a run that was cut off leaves no secret, and can be repeated.
    """
    with locked():
        task = Task(host)
        shutil.rmtree(SECRETS, ignore_errors=True)
        CREDENTIALS.unlink(missing_ok=True)
        for name in installed_services(task):
            remove_service(task, name)
        systemctl("daemon-reload")
        for kind, words in {"container": ("ls", "--all"), "network": ("ls",)}.items():
            listed = docker(kind, *words, "--quiet", "--filter", f"name=^linnix-{host.stack}-")
            for left in listed.stdout.split():
                docker(kind, "rm", left)
        for image in task.state.images:
            docker("image", "rm", image)
        restore_own(task)
        prune_bundles(set())
        task.reporter.stop()
        for folder in (SECRETS, RUN / "steps", RUN / "started", STATE):
            shutil.rmtree(folder, ignore_errors=True)
