"""The parameters through which the stack and this host exchange documents."""

from __future__ import annotations

import contextlib
import re

from .errors import ReleaseError, with_remedy
from .files import Json, compact, parse_json
from .host import Host
from .process import Ended, run, say
from .text import redacted_all

# Bytes; the maximum size of a result. A standard parameter is limited to 4096.
PARAMETER_LIMIT = 3800


def aws(host: Host, *words: str) -> Ended[str]:
    """Runs a command of the AWS CLI in the stack's region."""
    return run("aws", *words, "--region", host.region, "--output", "json", "--cli-connect-timeout", "10", timeout=120)


def get_parameter(host: Host, name: str, *options: str) -> str | None:
    """A parameter's value; None if the parameter does not exist."""
    got = aws(host, "ssm", "get-parameter", "--name", name, *options)
    if got.returncode == 0:
        with contextlib.suppress(ValueError, TypeError, KeyError):
            return str(parse_json(got.stdout)["Parameter"]["Value"])
        raise ReleaseError(f"the parameter {name} can't be read: aws printed no parameter", transient=True)
    if re.search("Parameter(Version)?NotFound", got.stderr):
        return None
    raise ReleaseError(f"the parameter {name} can't be read: {with_remedy(got.stderr)}", transient=True)


def parameter_text(value: Json) -> str:
    """A document as the text of a parameter. AWS rejects `{{`, which refers to another parameter."""
    return compact(value).replace("{{", "{ ")


def put_parameter(host: Host, name: str, value: Json) -> bool:
    """Writes a parameter of this stack. Returns False, after a message, if that fails."""
    words = ("--overwrite", "--type", "String", "--value", parameter_text(redacted_all(value)))
    done = aws(host, "ssm", "put-parameter", "--name", f"{host.prefix}/{name}", *words)
    if done.returncode:
        say(f"the parameter {name} can't be written: {with_remedy(done.stderr)}")
    return done.returncode == 0
