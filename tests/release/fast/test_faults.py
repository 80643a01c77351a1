"""Errors during a release: the previous release keeps running, and the message gives the cause and a remedy."""

from __future__ import annotations

import fcntl
import json
import unittest
from typing import Any, Callable, NamedTuple
from unittest import mock

from linnix_release import process, start
from linnix_release.errors import ReleaseError
from linnix_release.task import Task
from tests.release.world import COGNITOD, LLAMA, MODEL, SABOTAGE, HostTest, World, document, image

Json = dict[str, Any]
NEW, NEWEST = image("llama", 2), image("llama", 3)


class Fault(NamedTuple):
    """One fault, and the expected result."""

    name: str
    breaks: Callable[[World], None]
    phase: str
    # Texts that standard error must contain: the cause, and the remedy.
    messages: tuple[str, ...]
    # True if the release itself is the cause, so that a boot does not retry it.
    remembered: bool
    step: str | None = None
    log: tuple[str, ...] = ()
    answer: Json | None = None
    deadline: int = 1


FAULTS = (
    Fault(
        "never ready",
        lambda it: it.behave(NEW, ready=[503, '{"reason":"no probe"}'], log=["loading", "no probe"]),
        "probe",
        ("is not ready within 1 s", "503", "no probe"),
        True,
        LLAMA,
        ("loading", "no probe"),
        {"status": 503, "body": '{"reason":"no probe"}'},
    ),
    Fault(
        "exits again and again",
        lambda it: it.behave(NEW, crashes=True, log=["panicked"]),
        "probe",
        ("keeps exiting", "exited (exit status 1)", "panicked"),
        True,
        LLAMA,
        ("panicked",),
        deadline=600,
    ),
    Fault(
        "wrong checksum of the model",
        lambda it: it.behave(NEW, exit=1, complains="fetch-model: the file at MODEL_URL has sha256 1, not 2"),
        "steps",
        (f"{MODEL} ended with exit status 1", "has sha256 1, not 2"),
        True,
        MODEL,
        ("fetch-model: the file at MODEL_URL has sha256 1, not 2",),
    ),
    Fault(
        "a digest that no registry has",
        lambda it: it.set("missing", [NEW]),
        "pull",
        ("manifest unknown", "run pulumi up to push the missing image"),
        True,
    ),
    Fault(
        "registry unreachable",
        lambda it: it.fail("docker pull", "Error response from daemon: dial tcp: lookup ecr: i/o timeout"),
        "pull",
        ("i/o timeout", "check that the host can reach this address, on its port"),
        False,
    ),
    Fault(
        "registry denies access",
        lambda it: it.fail("docker pull", "denied: User is not authorized"),
        "pull",
        ("denied", "check the host's role"),
        False,
    ),
    Fault(
        "disk full during the pull",
        lambda it: it.fail("docker pull", "write /var/lib/docker/tmp/x: no space left on device"),
        "pull",
        ("no space left", "raise linnix:rootGiB"),
        False,
    ),
    Fault(
        "an image of another architecture",
        lambda it: it.set("foreign", [NEW]),
        "pull",
        ("does not run here", "for another architecture"),
        True,
    ),
    Fault(
        "data volume not mounted",
        lambda it: it.mount(False),
        "fetch",
        ("not mounted at /var/lib/linnix",),
        False,
    ),
    Fault(
        "a unit that systemd refuses",
        lambda it: it.set("refused", [NEW]),
        "swap",
        ("can't be started", "bad unit file setting", f"journalctl -u {LLAMA}"),
        True,
        LLAMA,
    ),
)


class FailedRelease(HostTest):
    def test_each_fault(self) -> None:
        for fault in FAULTS:
            with self.subTest(fault.name):
                self.world = World()
                self.addCleanup(self.world.close)
                first = document()
                self.apply(first)
                second = self.world.desire(document(llama=NEW, deadline=fault.deadline))
                fault.breaks(self.world)
                stderr = self.command("apply", "--release", second["release"], status=1)
                for words in fault.messages:
                    self.assertIn(words, stderr)
                result = self.world.result()
                lives_on = fault.name != "data volume not mounted"
                expected = {
                    **{"release": second["release"], "outcome": "rolled-back" if lives_on else "failed"},
                    **{"phase": fault.phase, "log": list(fault.log), "answer": fault.answer},
                    "restored": first["release"] if lives_on else None,
                }
                self.assertEqual({key: result[key] for key in expected}, expected)
                if fault.step is not None:
                    self.assertEqual(result["step"], fault.step)
                self.assert_runs(first)
                self.assertEqual(second["release"] in self.world.kept()["failed"], fault.remembered)
                self.assertNotIn(COGNITOD, self.world.state["starts"][2:], "what did not change was restarted")
                # After the cause is removed, an explicit apply retries the same release.
                self.world.heal()
                self.world.mount(True)
                self.command("apply", "--release", second["release"])
                self.assert_runs(second)
                self.assertEqual(self.world.kept()["failed"], [])

    def test_a_transient_registry_error_is_retried(self) -> None:
        self.world.fail("docker pull", "net/http: TLS handshake timeout", times=2)
        self.apply(document())

    def test_unused_images_are_removed_when_the_disk_is_full(self) -> None:
        first, second, third = (document(llama=image("llama", version)) for version in (1, 2, 3))
        self.apply(first)
        self.apply(second)
        with self.world as state:
            state["images"].append(image("llama", 0))
        kept = self.world.kept()
        kept["images"][image("llama", 0)] = True
        self.world.put("var/lib/linnix-release/state.json", json.dumps(kept))
        self.world.fail("docker pull", "no space left on device", times=1)
        self.apply(third)
        calls = self.world.state["calls"]
        failing, retried = (number for number, call in enumerate(calls) if call.endswith(f"pull --quiet {NEWEST}"))
        # Before the second pull: what is removed after a success would be too late.
        self.assertIn(f"docker image rm {image('llama', 0)}", calls[failing:retried])
        self.assert_runs(third)

    def test_a_step_that_takes_too_long_is_ended(self) -> None:
        desired = document()
        slow = [{**step, **({"timeoutSeconds": 0.2} if step["name"] == MODEL else {})} for step in desired["steps"]]
        desired = document(steps=slow)
        self.world.behave(image("llama"), sleeps=20)
        stderr = self.apply(desired, status=1)
        self.assertIn(f"{MODEL} ended with exit status 124", stderr)
        self.assertIn("stopped after 0.2 s", stderr)

    def test_a_failed_optional_step_does_not_fail_the_release(self) -> None:
        desired = document()
        steps = [{**step, **({"mustSucceed": False} if step["kind"] == "once" else {})} for step in desired["steps"]]
        self.world.behave(image("llama"), exit=1)
        self.apply(document(steps=steps))

    def test_a_first_release_that_fails_keeps_running_for_diagnosis(self) -> None:
        self.world.behave(image("llama"), ready=[503, "loading"], log=["why"])
        desired = document(deadline=0)
        self.apply(desired, status=1)
        self.assertEqual((self.world.result()["outcome"], self.world.result()["restored"]), ("failed", None))
        ended = self.world.run("status", "--json")
        self.assertEqual(ended.returncode, 1)
        seen = json.loads(ended.stdout)
        self.assertIsNone(seen["release"])
        self.assertEqual(seen["services"][LLAMA]["ready"], {"status": 503, "body": "loading"})
        self.assertEqual(seen["problems"], [])

    def test_a_previous_release_that_can_not_be_restored_is_reported(self) -> None:
        self.apply(document(deadline=0))
        self.world.behave(NEW, ready=[503, ""])
        self.world.behave(image("llama"), ready=[500, "gone bad"])
        stderr = self.apply(document(llama=NEW, deadline=0), status=1)
        self.assertIn("can't be restored", stderr)
        self.assertEqual((self.world.result()["outcome"], self.world.result()["restored"]), ("failed", None))

    def test_a_missing_secret_of_one_service_does_not_block_the_other(self) -> None:
        first = document()
        self.apply(first)
        self.world.reboot()
        self.world.fail("secrets/api-token", "Could not connect to the endpoint URL", times=3)
        self.command("boot")
        self.assert_runs(first)
        self.assertEqual(self.world.state["starts"][2:], [LLAMA, COGNITOD])


class OwnWrites(HostTest):
    def test_a_disk_that_can_not_be_written(self) -> None:
        for what, remedy in (("full", "raise linnix:rootGiB"), ("read-only", "see dmesg, then reboot")):
            for number in range(1, 7):
                with self.subTest(what, write=number):
                    self.world = World()
                    self.addCleanup(self.world.close)
                    first = document()
                    self.apply(first)
                    second = self.world.desire(document(llama=NEW, note="second"))
                    ended = self.world.run(what, str(number), "apply", program=SABOTAGE)
                    self.assertEqual(ended.returncode, 1)
                    self.assertIn(remedy, ended.stderr)
                    self.assertEqual(self.world.running()[LLAMA], image("llama"))
                    self.assertNotEqual(self.world.result()["outcome"], "healthy")
                    self.command("apply")
                    self.assert_runs(second)


class BadInput(HostTest):
    def test_invalid_documents_are_rejected(self) -> None:
        good = document()
        table = {
            "changed": ({**good, "deadlineSeconds": 1}, "release = "),
            "another stack's": (document(stack="prod"), "stack = prod: must be dev"),
            "another schema": (document(schema=1), "schema = 1: must be 2"),
        }
        for name, (desired, message) in table.items():
            with self.subTest(name):
                self.world.desire(desired)
                stderr = self.command("apply", status=2)
                self.assertIn(message, stderr)
                self.assertIn("pulumi up", stderr)
                self.assertEqual(self.world.result()["phase"], "fetch")
        for name, text in {"no JSON": "{", "no object": "[]"}.items():
            with self.subTest(name), self.world as state:
                state["parameters"]["/linnix/dev/desired"] = text
            self.assertIn("is not a valid release", self.command("apply", status=2))
        self.assertEqual(self.world.state["images"], [])

    def test_another_release_than_the_requested_one(self) -> None:
        self.world.desire(document())
        self.assertIn("another update", self.command("apply", "--release", "0123456789abcdef", status=2))

    def test_no_desired_state(self) -> None:
        self.assertIn("/linnix/dev/desired does not exist: run pulumi up", self.command("apply", status=1))

    def test_no_parameter_store(self) -> None:
        first = document()
        self.apply(first)
        self.world.fail("aws ssm get", "Could not connect to the endpoint URL")
        self.assertIn("check that the host can reach this address, on its port", self.command("apply", status=1))
        self.assert_runs(first)

    def test_a_secret_that_does_not_exist_or_has_several_lines(self) -> None:
        self.assertIn("api-token:3 does not exist", self.apply(document(token=3), status=1))
        with self.world as state:
            state["secrets"]["/linnix/dev/secrets/api-token:4"] = "one\ntwo"
        self.assertIn("must be one line", self.apply(document(token=4), status=1))

    def test_a_document_with_a_missing_field(self) -> None:
        steps = [{key: value for key, value in step.items() if key != "image"} for step in document()["steps"]]
        self.assertIn("steps[0].image is missing", self.apply(document(steps=steps), status=2))
        self.assertEqual(self.world.result()["outcome"], "failed")

    def test_an_invalid_or_missing_host_file(self) -> None:
        for text in ("{", "[]", '{"stack":"dev"}'):
            self.world.put("etc/linnix/host.json", text)
            self.assertIn("user data writes it", self.command("apply", status=2))
        (self.world.root / "etc/linnix/host.json").unlink()
        self.assertIn("user data writes it", self.command("status", status=2))

    def test_an_invalid_command_line_prints_the_usage(self) -> None:
        for line in ("", "aply", "apply --release", "status --yaml", "log-link", "boot now"):
            self.assertIn("usage: linnix-release", self.command(*line.split(), status=2))

    def test_help_describes_every_command(self) -> None:
        text = self.world.run("--help").stdout
        for name in ("apply", "boot", "status", "health", "rollback", "history", "remove", "log-link"):
            self.assertRegex(text, rf"(?m)^    {name} +\w+")
        self.assertIn("--release ID", self.world.run("apply", "--help").stdout)

    def test_a_second_process_waits_and_gives_up(self) -> None:
        self.world.desire(document())
        with self.world.put("run/linnix/lock", "").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("another linnix-release has reported nothing for over", self.command("apply", status=1))
            self.assertIn("another linnix-release has reported nothing for over", self.command("boot", status=1))
        self.assertTrue(all("put-parameter" in call for call in self.world.state["calls"]))
        self.assertIn("has reported nothing", self.world.result()["detail"])


class Prove(unittest.TestCase):
    def test_the_last_exit_is_reported_for_a_service_between_two_starts(self) -> None:
        missing = {"state": "missing", "running": False, "restarts": 1, "ready": None, "log": []}
        ended = {**missing, "state": "exited (exit status 2)", "log": ["why"]}
        looks = iter([ended, missing])
        task = Task.__new__(Task)
        desired = {"deadlineSeconds": 0.2, "steps": [{"kind": "service", "name": LLAMA}]}
        with (
            mock.patch.object(process, "PACE", 0.01),
            mock.patch.object(start, "observe_service", lambda _: next(looks, missing)),
            mock.patch.object(task, "progress", lambda *_: None),
            self.assertRaisesRegex(ReleaseError, r"not ready within 0.2 s \(exited \(exit status 2\)\)") as raised,
        ):
            start.wait_until_ready(task, desired)
        self.assertEqual(raised.exception.observed["log"], ["why"])
