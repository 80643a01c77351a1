"""Tests of the host's program. Its package is imported from host/."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "host"))
