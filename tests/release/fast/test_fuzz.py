"""Whatever is on the disk or in a parameter, every command ends with a report."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest

from tests.release.world import COMPILED, PROGRAM, World

SEED = 7
CASES = 150


class Fuzz(unittest.TestCase):
    def test_every_command_ends_with_a_report(self) -> None:
        world = World()
        self.addCleanup(world.close)
        variables = {"LINNIX_RELEASE_ROOT": str(world.root), "LINNIX_RELEASE_PACE": "0"}
        ended = subprocess.run(
            [sys.executable, "-m", "tests.release.fuzz", str(SEED), str(CASES)],
            cwd=PROGRAM.parent.parent,
            env={**os.environ, **variables, "PYTHONPYCACHEPREFIX": str(COMPILED)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((ended.returncode, ended.stdout.strip(), ended.stderr), (0, "", ""))
