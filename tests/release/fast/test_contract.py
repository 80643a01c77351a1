"""What linnix-release and the TypeScript program must agree on: documents, parameters, metrics, the release's hash."""

from __future__ import annotations

import json
import shutil
import subprocess
import unittest
from typing import Any

from linnix_release.document import images, parse_document, secrets_of, services
from linnix_release.host import Host
from linnix_release.paths import RUN
from tests.release.world import ECR, PROGRAM, HostTest, Json, document, image, release_of

PROJECT = PROGRAM.parent.parent
EXAMPLES = PROGRAM.parent / "protocol"

HOST = Host("dev", "eu-central-1", "/linnix/dev", "Linnix", "/var/lib/linnix")

HASH = """
const { documentRelease } = require("./components/hosts/ec2/rollout/build-document.ts");
let text = "";
process.stdin.on("data", (piece) => (text += piece)).on("end", () => console.log(documentRelease(JSON.parse(text))));
"""
NAMES = """
const { metricNames, parameterNames, dataFolder, secretsFolder } = require("./components/hosts/ec2/protocol.ts");
console.log(JSON.stringify({ metricNames, parameters: parameterNames("/linnix/dev"), dataFolder, secretsFolder }));
"""


def typescript(script: str, text: str = "") -> str:
    """Standard output of a script that may load the program's TypeScript."""
    if shutil.which("node") is None or not (PROJECT / "node_modules").is_dir():
        raise unittest.SkipTest("node or its packages are missing: npm ci")
    command = ["node", "--import", "tsx", "--eval", script]
    ended = subprocess.run(command, cwd=PROJECT, input=text, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def example(name: str) -> Json:
    """An example document. A unit test in TypeScript checks that it has the type that the program uses."""
    read: Json = json.loads((EXAMPLES / f"{name}.example.json").read_text("utf-8"))
    return read


def keys_of(value: Any, path: str = "") -> set[str]:
    """Every key with its path; entries of a list and of a dictionary by name (`*`) are merged."""
    if isinstance(value, list):
        return {key for item in value for key in keys_of(item, f"{path}[]")}
    if not isinstance(value, dict):
        return {f"{path}: {type(value).__name__}"}
    named = path in ("/secrets", "/services", "/steps") or path.endswith("]/secrets")
    return {key for name, item in value.items() for key in keys_of(item, f"{path}/{'*' if named else name}")}


def without_types(keys: set[str]) -> set[str]:
    """The paths alone, for values that may be null."""
    return {key.partition(":")[0] for key in keys}


class Contract(HostTest):
    def test_the_program_computes_the_same_release_id(self) -> None:
        odd = '\u00e4 \u2028 \U0001f41f \x01\t\n " \\\\ / {{}} \x7f'
        desired = document(note=odd, networks=[odd], zzz={"b": None, "a": [True, 0.5, -1, []]})
        rest = {key: value for key, value in desired.items() if key != "release"}
        self.assertEqual(typescript(HASH, json.dumps(rest)), desired["release"])

    def test_the_host_accepts_only_documents_of_its_stack(self) -> None:
        desired = document(note="\u00e4 \U0001f41f")
        for text in (json.dumps(desired), json.dumps(desired, ensure_ascii=False, indent=1)):
            self.assertEqual(parse_document(text, HOST), desired)
        for wrong in (
            {**desired, "note": 1},
            {**desired, "release": release_of({**desired, "stack": "prod"}), "stack": "prod"},
        ):
            with self.assertRaises(ValueError):
                parse_document(json.dumps(wrong), HOST)

    def test_the_host_reads_the_example_of_a_desired_state(self) -> None:
        desired = parse_document(json.dumps(example("desired")), HOST)
        self.assertEqual([step["name"] for step in services(desired)], ["linnix-dev-cognitod", "linnix-dev-llama"])
        self.assertEqual(len(images(desired)), 2)
        given = [secrets_of(step, desired)["secrets"] for step in desired["steps"]]
        self.assertEqual([sorted(secrets) for secrets in given], [[], ["api-token", "slack-webhook"], []])

    def test_the_other_tests_apply_documents_of_the_same_keys(self) -> None:
        login = {"address": ECR, "user": "me", "secret": "registry-password"}
        self.assertEqual(keys_of(document(login=login)), keys_of(example("desired")))

    def test_the_host_writes_results_as_the_example_has_them(self) -> None:
        self.apply(document())
        healthy = self.world.result()
        self.assertEqual(set(healthy), set(example("result")))
        self.world.behave(image("llama", 2), ready=[503, "loading"], log=["loading the model"])
        self.apply(document(llama=image("llama", 2), deadline=1), status=1)
        self.assertEqual(keys_of(self.world.result()), keys_of(example("result")))

    def test_the_host_prints_observations_as_the_example_has_them(self) -> None:
        for name in ("cognitod", "llama"):
            self.world.behave(image(name), log=["a line"])
        self.apply(document())
        self.world.put("run/linnix/problems/logs", "logs: not shipped")
        ended = self.world.run("status", "--json")
        observed = json.loads(ended.stdout)
        self.assertEqual(observed["schema"], example("observation")["schema"])
        self.assertEqual(without_types(keys_of(observed)), without_types(keys_of(example("observation"))))

    def test_the_host_uses_the_names_that_the_program_uses(self) -> None:
        names = json.loads(typescript(NAMES))
        self.apply(document())
        self.command("health")
        state = self.world.state
        self.assertEqual(sorted(names["parameters"].values()), sorted(state["parameters"]))
        put = [metric["MetricName"] for _, metrics in state["metrics"] for metric in metrics]
        self.assertEqual(sorted(put), sorted(names["metricNames"].values()))
        self.assertEqual(str(RUN / "secrets"), names["secretsFolder"])
        self.assertTrue((self.world.root / names["dataFolder"].lstrip("/")).is_dir())
