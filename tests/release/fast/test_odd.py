"""Odd circumstances: damaged files, a clock that is set, unlucky names, secrets that are left, and waiting."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

from linnix_release import apply, lock, problems, process, units
from linnix_release.errors import ReleaseError
from linnix_release.host import Host
from linnix_release.state import State
from linnix_release.task import Task
from tests.release.world import COGNITOD, LLAMA, HostTest, document, image, without

HOST = Host("first", "eu-central-1", "/linnix/first", "Linnix", "/var/lib/linnix")


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def replace(self, module: object, name: str, value: object) -> None:
        """Replaces a module's variable for this test."""
        patch = mock.patch.object(module, name, value)
        self.addCleanup(patch.stop)
        patch.start()


class ProblemFiles(Folder):
    def setUp(self) -> None:
        super().setUp()
        self.replace(problems, "RUN", self.root)
        self.files = self.root / "problems"
        self.files.mkdir()

    def test_a_file_that_is_not_utf_8_or_has_terminal_sequences(self) -> None:
        (self.files / "a").write_bytes(b"kernel 5.4 \xff\xfe is \x1b[31mtoo old\n")
        (self.files / "b").write_bytes(b"\0\x07")
        self.assertEqual(
            list(problems.recorded_problems()), ["kernel 5.4 \ufffd\ufffd is too old", "b: failed without a message"]
        )

    def test_what_is_no_file_is_reported(self) -> None:
        (self.files / "a").mkdir()
        os.mkfifo(self.files / "b")
        (self.files / "c").symlink_to("c")
        (self.files / "d.new").write_text("being written")
        found = list(problems.recorded_problems())
        self.assertEqual(len(found), 3)
        self.assertTrue(all("can't be read" in text for text in found), found)

    def test_many_and_long_files(self) -> None:
        for number in range(70):
            (self.files / f"{number:02}").write_text(f"{number} " + "ä" * 5000)
        found = list(problems.recorded_problems())
        self.assertEqual(len(found), problems.PROBLEM_FILES + 1)
        self.assertTrue(all(len(text.encode()) <= problems.PROBLEM_SIZE for text in found))
        self.assertIn("20 more files", found[-1])


class Volumes(Folder):
    def test_two_looks_at_once_disturb_neither(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            looks = pool.map(lambda _: list(problems.volume_problems("data", self.root)), range(400))
            self.assertEqual({str(look) for look in looks}, {"[]"})
        self.assertEqual(list(self.root.iterdir()), [])


class Clock(Folder):
    synchronised = False

    def setUp(self) -> None:
        super().setUp()
        self.replace(problems, "CLOCK_FILE", self.root / "clock")
        self.replace(problems, "is_synchronised", lambda: self.synchronised)

    def jump(self, seconds: float) -> None:
        """The clock is set forward."""
        (self.root / "clock").write_text(str(problems.clock_offset() - seconds))

    def test_a_clock_that_is_set_right_is_no_problem(self) -> None:
        self.jump(86_400)
        self.assertIn("the clock has jumped by 86400 s", next(problems.clock_problems()))
        self.synchronised = True
        self.assertEqual(list(problems.clock_problems()), [])
        # From then on a jump is measured from the right time.
        problems.remember_clock()
        self.synchronised = False
        self.assertEqual(list(problems.clock_problems()), [])

    def test_a_record_that_is_no_number_is_ignored(self) -> None:
        for text in ("", "null", "[]", "NaN", "Infinity", "true", '"1"', "\xff"):
            (self.root / "clock").write_text(text)
            self.assertEqual(list(problems.clock_problems()), [], text)


class Units(Folder):
    def setUp(self) -> None:
        super().setUp()
        self.replace(units, "unit_file", lambda name: self.root / f"{name}.service")
        self.task = Task.__new__(Task)
        self.task.host = HOST

    def test_units_of_the_host_and_of_others_are_no_services(self) -> None:
        run = "ExecStart=/usr/bin/docker run --name {} --pull never image\n"
        (self.root / "linnix-first-llama.service").write_text(run.format("linnix-first-llama"))
        for name in units.HOST_UNITS:
            (self.root / f"{name}.service").write_text("ExecStart=/usr/local/lib/linnix/current/set-up\n")
        (self.root / "linnix-first-other.service").write_bytes(b"\xff\n" + run.format("another").encode())
        self.assertEqual(units.installed_services(self.task), ["linnix-first-llama"])

    def test_a_service_with_the_name_of_a_host_s_unit_is_refused(self) -> None:
        for name in units.HOST_UNITS:
            with self.assertRaisesRegex(ReleaseError, f"{name}.service is a unit of the host"):
                units.install_unit({"name": name, "unit": "x"})
        self.assertEqual(list(self.root.iterdir()), [])


class Waiting(Folder):
    def setUp(self) -> None:
        super().setUp()
        self.replace(lock, "LOCK_FILE", self.root / "lock")
        self.replace(lock, "PROGRESS_FILE", self.root / "progress.json")
        self.replace(lock, "RUN", self.root)
        self.replace(lock, "PATIENCE", 20)
        self.replace(process, "PACE", 0.001)

    def test_it_waits_as_long_as_the_holder_works_and_follows(self) -> None:
        heard: list[str] = []
        enough = threading.Event()

        def follow(detail: str) -> None:
            heard.append(detail)
            if len(heard) == 3:
                enough.set()

        def hold() -> None:
            with (self.root / "lock").open("wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                held.set()
                for detail in ("pull: one", "pull: two", "probe: three"):
                    lock.write_progress(detail)
                    # Much longer than a waiting process is patient with a silent one.
                    while detail not in heard:
                        process.pause(lock.PATIENCE * 2)
                enough.wait(60)

        held = threading.Event()
        # A daemon, so that a failed test does not wait for it.
        holder = threading.Thread(target=hold, daemon=True)
        holder.start()
        held.wait(60)
        with lock.locked(follow):
            self.assertEqual(heard[-3:], ["pull: one", "pull: two", "probe: three"])
        holder.join()

    def test_nobody_else_has_it_meanwhile(self) -> None:
        with (self.root / "lock").open("wb") as file, lock.locked(), self.assertRaises(BlockingIOError):
            # A shared lock, so that the test also fails if the program takes only a shared one.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def test_it_gives_up_on_a_holder_that_is_stuck(self) -> None:
        for text in ("", '{"detail":"pull: x","until":1}', '{"until":"x"}', '{"until":1e300}', "[]"):
            (self.root / "progress.json").write_text(text)
            with (self.root / "lock").open("wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                with self.assertRaisesRegex(ReleaseError, "stop it"), lock.locked():
                    self.fail("the lock was taken")

    def test_it_ends_with_the_result_of_the_process_that_it_has_waited_for(self) -> None:
        last = {"release": "abc", "outcome": "rolled-back", "detail": "llama is not ready"}
        written: list[object] = []
        self.replace(apply, "put_parameter", lambda *words: written.append(words[1:]))
        self.replace(apply, "load_state", lambda _: State(last=last, failed=["abc"]))
        self.assertIn("llama is not ready", str(apply.already_failed(HOST, "abc", None)))
        self.assertEqual(written, [("result", last)])
        self.assertIsNone(apply.already_failed(HOST, "other", None))
        self.assertIsNone(apply.already_failed(HOST, "abc", last), "the failure is older than the wait")
        self.replace(apply, "load_state", lambda _: State(last=last))
        self.assertIsNone(apply.already_failed(HOST, "abc", None), "a transient error is tried again")


class LeftSecrets(HostTest):
    def test_what_an_interrupted_run_has_left_is_removed(self) -> None:
        first = document()
        self.apply(first)
        secrets = self.world.root / "run/linnix/secrets"
        self.world.put("run/linnix/secrets/linnix-dev-gone/file", "secret-of-another")
        self.world.put("run/linnix/secrets/linnix-dev-gone.env", "A=secret-of-another")
        self.world.put(f"run/linnix/secrets/.{LLAMA}.env.new", "A=secret-of-another")
        self.world.put("run/linnix/docker/config.json", "{}")
        self.apply(document(llama=image("llama", 2)))
        self.assertEqual(
            {path.name for path in secrets.iterdir()}, {COGNITOD, f"{COGNITOD}.env", f"{COGNITOD}.given", ".values"}
        )
        self.assertFalse((self.world.root / "run/linnix/docker/config.json").exists())

    def test_a_removal_that_is_cut_off_leaves_no_secret_and_is_continued(self) -> None:
        first = document()
        self.apply(first)
        self.world.set("dies_at", f"rm --force {COGNITOD}")
        self.world.run("remove")
        self.world.set("dies_at", 0)
        self.assertFalse((self.world.root / "run/linnix/secrets").exists())
        self.command("remove")
        self.assertEqual(self.world.state["containers"], {})
        # The same for one service of a release.
        self.apply(first)
        self.world.desire(without(first, COGNITOD))
        self.world.set("dies_at", f"rm --force {COGNITOD}")
        self.world.run("apply")
        self.world.set("dies_at", 0)
        self.command("apply")
        self.assertEqual(list((self.world.root / "run/linnix/secrets").iterdir()), [])

    def test_a_secret_that_is_passed_as_a_file_is_masked(self) -> None:
        self.world.behave(
            image("llama", 2), ready=[503, "no"], log=["hook https://hooks.example/T0/B0/0123456789\x1b[2J"]
        )
        stderr = self.apply(document(llama=image("llama", 2), deadline=0), status=1)
        self.assertEqual(self.world.result()["log"], ["hook ***"])
        seen = self.world.run("status", "--json").stdout
        self.assertNotIn("hooks.example", stderr + seen + json.dumps(self.world.state["puts"]))
        self.assertIn("hook ***", seen)


class Proven(HostTest):
    def test_a_service_of_another_release_is_not_reported_as_healthy(self) -> None:
        self.apply(document())
        other = document(llama=image("llama", 2))
        step = next(step for step in other["steps"] if step["name"] == LLAMA)
        self.world.put(f"etc/systemd/system/{LLAMA}.service", step["unit"])
        ended = self.world.run("status", "--json")
        self.assertEqual(ended.returncode, 1)
        self.assertIn(f"{LLAMA} does not run as release", json.loads(ended.stdout)["problems"][0])
