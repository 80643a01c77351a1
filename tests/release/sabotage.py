"""Runs linnix-release and injects an error into one of its writes: sabotage.py WHAT NUMBER ARGUMENTS

`before` and `after` end the process like kill -9, before or after that file is renamed. `full` and `read-only` make
that write and all later ones fail, except those in memory (under run/).
"""

from __future__ import annotations

import errno
import os
import runpy
import sys
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve().parent.parent.parent / "host" / "linnix-release"
what, number, sys.argv = sys.argv[1], int(sys.argv[2]), [str(PROGRAM), *sys.argv[3:]]
done = 0
replace, fsync = Path.replace, os.fsync


def killing(path: Path, target: Any) -> Any:
    global done
    done += 1
    if done == number and what == "before":
        os._exit(137)
    result = replace(path, target)
    if done == number:
        os._exit(137)
    return result


def failing(descriptor: int) -> None:
    global done
    if "/run/" not in os.readlink(f"/proc/self/fd/{descriptor}"):
        done += 1
        if done >= number:
            error = errno.ENOSPC if what == "full" else errno.EROFS
            raise OSError(error, os.strerror(error), os.readlink(f"/proc/self/fd/{descriptor}"))
    fsync(descriptor)


if what in ("before", "after"):
    setattr(Path, "replace", killing)  # noqa: B010 -- mypy rejects an assignment to a method
else:
    setattr(os, "fsync", failing)  # noqa: B010
runpy.run_path(str(PROGRAM), run_name="__main__")
