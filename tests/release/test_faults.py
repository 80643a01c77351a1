"""What can go wrong with a release: the one before it lives on, and it is told what was wrong and what to do."""

from __future__ import annotations

import fcntl
import json
import unittest
from pathlib import Path
from typing import Any, Callable, NamedTuple
from unittest import mock

from .world import COGNITOD, LLAMA, MODEL, HostTest, World, document, image, program

Json = dict[str, Any]
NEW = image("llama", 2)
SABOTAGE = [str(Path(__file__).with_name("sabotage.py"))]


class Fault(NamedTuple):
    """One fault, and how it shows."""

    name: str
    breaks: Callable[[World], None]
    phase: str
    # What the message must hold: what happened, and the remedy.
    told: tuple[str, ...]
    # Whether the release itself is at fault, so that a boot doesn't try it again.
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
        "ends again and again",
        lambda it: it.behave(NEW, crashes=True, log=["panicked"]),
        "probe",
        ("keeps ending", "exited (exit status 1)", "panicked"),
        True,
        LLAMA,
        ("panicked",),
        deadline=600,
    ),
    Fault(
        "wrong checksum of the model",
        lambda it: it.behave(NEW, exit=1, complains="fetch-model: what MODEL_URL gives has sha256 1, not 2"),
        "steps",
        (f"{MODEL} ended with exit status 1", "has sha256 1, not 2"),
        True,
        MODEL,
        ("fetch-model: what MODEL_URL gives has sha256 1, not 2",),
    ),
    Fault(
        "a digest that no registry has",
        lambda it: it.set("missing", [NEW]),
        "pull",
        ("manifest unknown", "pulumi up pushes what is missing"),
        True,
    ),
    Fault(
        "registry away",
        lambda it: it.fail("docker pull", "Error response from daemon: dial tcp: lookup ecr: i/o timeout"),
        "pull",
        ("i/o timeout", "check the host's way to port 443"),
        False,
    ),
    Fault(
        "registry refuses",
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
        ("does not run here", "of another architecture"),
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
                told = self.command("apply", "--release", second["release"], status=1)
                for words in fault.told:
                    self.assertIn(words, told)
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
                # The cause gone, the same release is tried again when asked for.
                self.world.heal()
                self.world.mount(True)
                self.command("apply", "--release", second["release"])
                self.assert_runs(second)
                self.assertEqual(self.world.kept()["failed"], [])

    def test_a_transient_fault_of_the_registry_is_waited_out(self) -> None:
        self.world.fail("docker pull", "net/http: TLS handshake timeout", times=2)
        self.apply(document())

    def test_a_full_disk_is_given_room_by_what_no_release_needs(self) -> None:
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
        removed = [call for call in self.world.state["calls"] if "image rm" in call]
        self.assertEqual(removed[0], f"docker image rm {image('llama', 0)}")
        self.assert_runs(third)

    def test_a_step_that_takes_too_long_is_ended(self) -> None:
        desired = document()
        slow = [{**step, **({"timeoutSeconds": 0.2} if step["name"] == MODEL else {})} for step in desired["steps"]]
        desired = document(steps=slow)
        self.world.behave(image("llama"), sleeps=20)
        told = self.apply(desired, status=1)
        self.assertIn(f"{MODEL} ended with exit status 124", told)
        self.assertIn("was ended after 0.2 s", told)

    def test_a_step_that_may_fail_fails_nothing(self) -> None:
        desired = document()
        steps = [{**step, **({"mustSucceed": False} if step["kind"] == "once" else {})} for step in desired["steps"]]
        self.world.behave(image("llama"), exit=1)
        self.apply(document(steps=steps))

    def test_a_first_release_that_fails_stays_to_be_looked_at(self) -> None:
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

    def test_a_previous_release_that_does_not_come_back_is_told(self) -> None:
        self.apply(document(deadline=0))
        self.world.behave(NEW, ready=[503, ""])
        self.world.behave(image("llama"), ready=[500, "gone bad"])
        told = self.apply(document(llama=NEW, deadline=0), status=1)
        self.assertIn("could not be put back", told)
        self.assertEqual((self.world.result()["outcome"], self.world.result()["restored"]), ("failed", None))

    def test_what_one_service_lacks_the_other_starts_without(self) -> None:
        first = document()
        self.apply(first)
        self.world.reboot()
        self.world.fail("secrets/api-token", "Could not connect to the endpoint URL", times=3)
        self.command("boot")
        self.assert_runs(first)
        self.assertEqual(self.world.state["starts"][2:], [LLAMA, COGNITOD])


class OwnWrites(HostTest):
    def test_a_disk_that_takes_no_writes(self) -> None:
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
    def test_each_document_that_is_no_release_of_this_host(self) -> None:
        good = document()
        table = {
            "changed": ({**good, "deadlineSeconds": 1}, "release = "),
            "another stack's": (document(stack="prod"), "stack = prod: must be dev"),
            "another schema": (document(schema=2), "schema = 2: must be 1"),
        }
        for name, (desired, message) in table.items():
            with self.subTest(name):
                self.world.desire(desired)
                told = self.command("apply", status=2)
                self.assertIn(message, told)
                self.assertIn("pulumi up", told)
                self.assertEqual(self.world.result()["phase"], "fetch")
        for name, text in {"no JSON": "{", "no object": "[]"}.items():
            with self.subTest(name), self.world as state:
                state["parameters"]["/linnix/dev/desired"] = text
            self.assertIn("is no release", self.command("apply", status=2))
        self.assertEqual(self.world.state["images"], [])

    def test_another_release_than_was_asked_for(self) -> None:
        self.world.desire(document())
        self.assertIn("another update", self.command("apply", "--release", "0123456789abcdef", status=2))

    def test_no_desired_state(self) -> None:
        self.assertIn("/linnix/dev/desired does not exist: run pulumi up", self.command("apply", status=1))

    def test_no_parameter_store(self) -> None:
        first = document()
        self.apply(first)
        self.world.fail("aws ssm get", "Could not connect to the endpoint URL")
        self.assertIn("check the host's way", self.command("apply", status=1))
        self.assert_runs(first)

    def test_a_secret_that_is_not_there_or_has_several_lines(self) -> None:
        self.assertIn("api-token:3 does not exist", self.apply(document(token=3), status=1))
        with self.world as state:
            state["secrets"]["/linnix/dev/secrets/api-token:4"] = "one\ntwo"
        self.assertIn("must be one line", self.apply(document(token=4), status=1))

    def test_a_document_that_lacks_something(self) -> None:
        steps = [{key: value for key, value in step.items() if key != "image"} for step in document()["steps"]]
        self.assertIn("image", self.apply(document(steps=steps), status=1))
        self.assertEqual(self.world.result()["outcome"], "failed")

    def test_a_host_that_does_not_know_itself(self) -> None:
        for text in ("{", "[]", '{"stack":"dev"}'):
            self.world.put("etc/linnix/host.json", text)
            self.assertIn("run /usr/local/lib/linnix/first-boot", self.command("apply", status=2))
        (self.world.root / "etc/linnix/host.json").unlink()
        self.assertIn("run /usr/local/lib/linnix/first-boot", self.command("status", status=2))

    def test_a_command_line_that_is_none(self) -> None:
        for line in ("", "aply", "apply --release", "status --yaml", "log-link", "boot now", "--help"):
            self.assertIn("usage: linnix-release apply( --release", self.command(*line.split(), status=2))

    def test_a_second_one_waits_and_gives_up(self) -> None:
        self.world.desire(document())
        with self.world.put("run/linnix/lock", "").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("another linnix-release is at work", self.command("apply", status=1))
        self.assertEqual(self.world.state["calls"], [])


class Prove(unittest.TestCase):
    def test_a_service_that_is_between_two_starts_is_told_as_it_ended(self) -> None:
        module = program()
        missing = {"state": "missing", "running": False, "restarts": 1, "ready": None, "log": []}
        ended = {**missing, "state": "exited (exit status 2)", "log": ["why"]}
        looks = iter([ended, missing])
        work = module.Work.__new__(module.Work)
        desired = {"deadlineSeconds": 0.2, "steps": [{"kind": "service", "name": LLAMA}]}
        with (
            mock.patch.object(module, "PACE", 0.01),
            mock.patch.object(module, "look", lambda _: next(looks, missing)),
            mock.patch.object(work, "tell", lambda *_: None),
            self.assertRaisesRegex(module.Fault, r"not ready within 0.2 s \(exited \(exit status 2\)\)") as raised,
        ):
            work.prove(desired)
        self.assertEqual(raised.exception.seen["log"], ["why"])
