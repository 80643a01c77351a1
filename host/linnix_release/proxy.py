"""The proxy through which this host reaches everything outside."""

from __future__ import annotations

import contextlib
import os

from .files import read_text
from .paths import ROOT

# The bundle installs it, systemd passes it to every service, and a shell of an administrator does not have it.
PROXY_FILE = ROOT / "etc/linnix/proxy.env"
NAMES = ("https_proxy", "no_proxy")


def use_proxy() -> bool:
    """Gives this process, and so whatever it starts, the proxy that is installed. Returns whether it is another one."""
    before = [os.environ.get(name) for name in NAMES]
    text = ""
    with contextlib.suppress(FileNotFoundError):
        text = read_text(PROXY_FILE)
    installed = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    for name in NAMES:
        if name in installed:
            os.environ[name] = installed[name]
        else:
            os.environ.pop(name, None)
    return before != [os.environ.get(name) for name in NAMES]
