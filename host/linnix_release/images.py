"""Pulls the images of a release, verifies that they run, and removes those that no kept release needs."""

from __future__ import annotations

import base64
import os
import re

from .bundle import prune_bundles
from .document import SCHEMA, images, services
from .errors import ReleaseError, with_remedy
from .files import Json, compact, write
from .paths import STATE
from .process import docker, pause, run
from .secret_files import CREDENTIALS, remember
from .state import stored_document
from .task import Task
from .text import mask


def log_in(task: Task, document: Json) -> None:
    """Writes the registries' credentials, in memory. ECR's credential helper uses the host's role."""
    names = {image.split("/")[0] for image in images(document)}
    config: Json = {"credHelpers": {name: "ecr-login" for name in names if re.match(r"\d{12}\.dkr\.ecr[.-]", name)}}
    if "login" in document:
        login = document["login"]
        pair = f"{login['user']}:{task.secret(document, login['secret'])}"
        mask([pair])
        remember(task)
        config["auths"] = {login["address"]: {"auth": base64.b64encode(pair.encode()).decode()}}
    write(CREDENTIALS, compact(config), 0o600)


def pull(task: Task, image: str) -> None:
    """Pulls an image; retries transient errors, and makes room on a full disk."""
    for seconds in (5, 15, 0):
        done = docker("pull", "--quiet", image, timeout=3600)
        if done.returncode == 0:
            # After a power failure soon after a pull, the engine lists the image but its layers are empty.
            run("sync", timeout=600)
            return
        if "no space left" in done.stderr:
            prune(task)
        missing = re.search("manifest .*(unknown|not found)", done.stderr)
        if missing:
            break
        pause(seconds)
    raise ReleaseError(f"{image} can't be pulled: {with_remedy(done.stderr)}", transient=not missing)


def pull_again(task: Task, image: str) -> None:
    """Removes and pulls an image, unless a container runs from it: then the image can't be broken."""
    of_image = f"--filter=ancestor={image}"
    if not docker("ps", "--quiet", of_image).stdout:
        for container in docker("ps", "--all", "--quiet", of_image).stdout.split():
            docker("rm", container)
        docker("image", "rm", "--force", image)
        pull(task, image)


def why_broken(image: str, probe: list[str] | None) -> str:
    """Why an image does not run, or "". Runs its readiness probe, which ends at once because nothing listens.

    Where it does not end, or prints without end, only the client was ended: the container is removed.
    """
    if not probe:
        return ""
    name = f"linnix-try-{os.getpid()}"
    words = ("--rm", "--name", name, "--pull", "never", "--network", "none", "--read-only", "--cap-drop", "ALL")
    tried = docker("run", *words, "--entrypoint", probe[0], image, *probe[1:])
    if tried.returncode in (124, 125):
        docker("rm", "--force", "--volumes", name)
    return "" if re.search(r"(?m)^\d{3}$", tried.stdout) else with_remedy(tried.stderr)


def pull_images(task: Task, document: Json) -> None:
    """Pulls and verifies every image. An image is trusted later only if it ran after a sync."""
    known = task.state.images
    probes = {step["image"]: step["probes"]["ready"] for step in services(document)}
    listed = {image for image in images(document) if docker("image", "inspect", image).returncode == 0}
    wanted = [image for image in images(document) if image not in listed or not known.get(image)]
    if not wanted:
        return
    # Layers that an interrupted pull has left may be empty. Now they belong to an image, and are removed with it.
    doubt = not all(known.values())
    known.update(dict.fromkeys(wanted, False))
    task.state.save()
    try:
        log_in(task, document)
        for image in wanted:
            task.progress("pull", image)
            pull(task, image)
            why = "unverified" if doubt or image in listed else why_broken(image, probes.get(image))
            if why:
                pull_again(task, image)
                why = why_broken(image, probes.get(image))
            if why:
                raise ReleaseError(f"{image} does not run here: {why}")
            known[image] = True
        task.state.save()
    finally:
        CREDENTIALS.unlink(missing_ok=True)


def prune(task: Task) -> None:
    """Removes the images, documents and bundles that no release needs which runs, may be restored or is requested."""
    state = task.state
    kept = {state.current, state.previous, state.pending, state.desired, task.release}
    documents = [document for document in (stored_document(task.host, release) for release in kept) if document]
    # A newer program knows what is needed by a document that this one does not know.
    if any(document["schema"] != SCHEMA for document in documents):
        return
    needed = {image for document in documents for image in images(document)}
    for image in set(state.images) - needed:
        docker("image", "rm", image)
        del state.images[image]
    for file in (STATE / "releases").glob("*.json"):
        if file.stem not in kept:
            file.unlink(missing_ok=True)
    prune_bundles({document["bundle"]["sha256"] for document in documents})
