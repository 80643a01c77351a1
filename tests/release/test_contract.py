"""What linnix-release and the program that writes its documents must agree on, asked of both."""

from __future__ import annotations

import json
import shutil
import subprocess
import unittest

from .world import PROGRAM, document, program, release_of

PROJECT = PROGRAM.parent.parent
HASH = """
const { documentRelease } = require("./components/hosts/ec2/services.ts");
let text = "";
process.stdin.on("data", (piece) => (text += piece)).on("end", () => console.log(documentRelease(JSON.parse(text))));
"""


class Contract(unittest.TestCase):
    def test_the_program_gives_a_document_the_same_release(self) -> None:
        if shutil.which("node") is None or not (PROJECT / "node_modules").is_dir():
            self.skipTest("node or its packages are missing: npm ci")
        odd = '\u00e4 \u2028 \U0001f41f \x01\t\n " \\\\ / {{}} \x7f'
        desired = document(note=odd, networks=[odd], zzz={"b": None, "a": [True, 0.5, -1, []]})
        rest = {key: value for key, value in desired.items() if key != "release"}
        command = ["node", "--import", "tsx", "--eval", HASH]
        asked = subprocess.run(
            command, cwd=PROJECT, input=json.dumps(rest), capture_output=True, text=True, check=False
        )
        self.assertEqual(asked.stdout.strip(), desired["release"], asked.stderr)

    def test_the_host_takes_exactly_the_documents_of_its_stack(self) -> None:
        module = program()
        host = module.Host("dev", "eu-central-1", "/linnix/dev", "Linnix", "/var/lib/linnix")
        desired = document(note="\u00e4 \U0001f41f")
        for text in (json.dumps(desired), json.dumps(desired, ensure_ascii=False, indent=1)):
            self.assertEqual(module.parsed(text, host), desired)
        for wrong in (
            {**desired, "note": 1},
            {**desired, "release": release_of({**desired, "schema": 2}), "schema": 2},
        ):
            with self.assertRaises(ValueError):
                module.parsed(json.dumps(wrong), host)
