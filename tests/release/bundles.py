"""Host bundles for tests: small archives with a stub of `set-up` and a launcher of the program under test."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

PROGRAM = Path(__file__).resolve().parent.parent.parent / "host" / "linnix-release"
LAUNCHER = f"""#!{sys.executable} -S
import runpy
runpy.run_path({str(PROGRAM)!r}, run_name="__main__")
"""


class Bundle(NamedTuple):
    """A bundle in the stack's bucket."""

    archive: bytes
    sha256: str

    @property
    def address(self) -> str:
        return f"s3://linnix-dev-host/host/{self.sha256}.tar"

    @property
    def reference(self) -> dict[str, str]:
        """As the document names it."""
        return {"address": self.address, "sha256": self.sha256}


def of_archive(archive: bytes) -> Bundle:
    """The bundle with this archive."""
    return Bundle(archive, hashlib.sha256(archive).hexdigest())


def entry(name: str, text: str = "", kind: bytes = tarfile.REGTYPE, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    """An entry of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, len(text.encode())
    info.mode = 0o755 if text.startswith("#!") or kind == tarfile.DIRTYPE else 0o644
    return info, text.encode()


def pack(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """An archive as the program makes it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def bundle(name: str, *more: tuple[tarfile.TarInfo, bytes], **files: str) -> Bundle:
    """A bundle whose set-up records its name. `program` and `set_up` replace its programs; None leaves one out."""
    set_up = files.get("set_up", f'#!/bin/sh\nexec "$LINNIX_RELEASE_ROOT/stubs/set-up" {name}\n')
    programs = {"linnix-release": files.get("program", LAUNCHER), "set-up": set_up}
    entries = [entry(path, text) for path, text in programs.items() if text]
    return of_archive(pack(*entries, entry("linnix_release", "", tarfile.DIRTYPE), entry("name", name), *more))


FIRST = bundle("first")
SECOND = bundle("second")
