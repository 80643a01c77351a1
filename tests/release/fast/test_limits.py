"""Every read has a limit of size and time, and every report fits where it is written."""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
import unittest
import zlib
from pathlib import Path
from unittest import mock

from linnix_release import containers, health, images, observation, process, report
from linnix_release.files import Json, compact, read_text
from linnix_release.parameters import parameter_text

RANGES = ((0xA1, 0x7FF), (0x800, 0xD7FF), (0x10000, 0x10FFFF))
SOURCE = random.Random(5)
CHARACTERS = "".join(chr(SOURCE.randint(*RANGES[number % 3])) for number in range(12_000))
STEP: Json = {"name": "linnix-dev-llama", "probes": {"ready": ["/bin/probe"]}, "run": [], "timeoutSeconds": 5}


def noise(size: int, seed: int = 5) -> str:
    """Random characters of two to four bytes each."""
    start = seed * 211 % len(CHARACTERS)
    return (CHARACTERS * (2 + size // len(CHARACTERS)))[start : start + size]


def observed(size: int, problems: int = 3) -> Json:
    """An observation with texts of so many characters."""
    answer = {"status": 503, "body": noise(size, 1)}
    service = {
        "state": noise(size, 2),
        "running": True,
        "restarts": 1,
        "ready": answer,
        "live": answer,
        "rules": answer,
    }
    log = [noise(size, number) for number in range(15)]
    last = {"release": "1" * 16, "outcome": "failed", "detail": noise(size, 3), "answer": answer, "log": log}
    return {
        "schema": 2,
        "release": "1" * 16,
        "desired": "1" * 16,
        "kernel": "6.12.48",
        "problems": [noise(size, number) for number in range(problems)],
        "services": {f"linnix-dev-{name}": {**service, "log": log} for name in ("cognitod", "llama")},
        "steps": {"linnix-dev-preflight": {"exitCode": 0, "output": noise(8 * size, 4)}},
        "last": last,
        "healthy": False,
    }


class Commands(unittest.TestCase):
    def test_an_endless_output_is_cut(self) -> None:
        ended = process.run("sh", "-c", "yes linnix", timeout=60, limit=100_000)
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (125, "", "sh printed more than 100000 bytes"))
        ended = process.run("sh", "-c", "yes wrong >&2", timeout=60, limit=100_000)
        self.assertEqual(ended.returncode, 125)

    def test_of_a_log_the_end_is_kept(self) -> None:
        ended = process.run("sh", "-c", "seq 1 100000; echo the end", tail=True, limit=1000)
        self.assertEqual((ended.returncode, len(ended.stdout), ended.stdout[-8:]), (0, 1000, "the end\n"))

    def test_a_command_that_does_not_end_is_ended(self) -> None:
        began = time.monotonic()
        for script in ("sleep 60", "sleep 60 & echo it forked", "exec >&- 2>&-; sleep 60"):
            ended = process.run("sh", "-c", script, timeout=0.5)
            self.assertEqual((ended.returncode, ended.stderr), (124, "no answer from sh within 0.5 s"), script)
        self.assertLess(time.monotonic() - began, 50)

    def test_lines_have_a_limit_in_size_and_number(self) -> None:
        lines: list[str] = []
        script = "head -c 5000000 /dev/zero | tr '\\\\0' x; echo; seq 1 2000; printf end"
        self.assertEqual(process.stream(["sh", "-c", script], 60, lines.append), 0)
        self.assertEqual((len(lines[0]), lines[1]), (process.LINE_LIMIT, "1"))
        self.assertEqual(len(lines), process.LINES_LIMIT)

    def test_a_stream_without_lines_or_end_is_ended(self) -> None:
        lines: list[str] = []
        self.assertEqual(process.stream(["sh", "-c", "yes | tr -d '\\n'"], 1, lines.append), 124)
        self.assertEqual(lines[-1], "sh was stopped after 1 s")

    def test_files_that_are_endless_or_block(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            os.mkfifo(f"{folder}/pipe")
            Path(folder, "large").write_bytes(bytes(2000))
            self.assertEqual(len(read_text(Path(folder, "large"), 1000)), 1000)
            for path in (Path(folder, "pipe"), Path("/dev/zero"), Path(folder)):
                with self.assertRaises(OSError):
                    read_text(path)


class TriedImage(unittest.TestCase):
    def why(self, status: int) -> tuple[str, list[tuple[str, ...]]]:
        """Why the image is broken if `docker run` ends so, and the commands."""
        commands: list[tuple[str, ...]] = []

        def docker(*words: str) -> process.Ended[str]:
            commands.append(words)
            out = "\n000\n" if status == 1 else ""
            return process.Ended(words, status if words[0] == "run" else 0, out, "no answer")

        with mock.patch.object(images, "docker", docker):
            return images.why_broken("image", ["/bin/probe", "1"]), commands

    def test_a_container_that_does_not_end_is_removed(self) -> None:
        for status in (124, 125):
            with self.subTest(status=status):
                why, commands = self.why(status)
                name = commands[0][commands[0].index("--name") + 1]
                self.assertEqual(commands[1:], [("rm", "--force", "--volumes", name)])
                self.assertIn("no answer", why)

    def test_one_that_ends_is_removed_by_the_engine(self) -> None:
        why, commands = self.why(1)
        self.assertEqual((why, len(commands)), ("", 1))
        self.assertIn("--rm", commands[0])


class Observed(unittest.TestCase):
    def ask(self, *outputs: process.Ended[str]) -> Json:
        """What a probe answers whose command ends like this."""
        with mock.patch.object(containers, "docker", side_effect=outputs):
            return containers.answer("linnix-dev-llama", ["/bin/probe"])

    def test_a_health_endpoint_that_never_stops_is_not_ready(self) -> None:
        ended = process.Ended((), 125, "", "docker printed more than 1048576 bytes")
        self.assertEqual(self.ask(ended), {"status": 0, "body": "docker printed more than 1048576 bytes"})

    def test_the_limit_of_an_answer_and_of_a_log_line_is_in_bytes(self) -> None:
        body = self.ask(process.Ended((), 0, f"{noise(5000)}\n503", ""))["body"]
        self.assertLessEqual(len(body.encode()), containers.ANSWER_SIZE)
        self.assertGreater(len(body.encode()), containers.ANSWER_SIZE - 8)
        lines = containers.last_lines("\n".join(noise(300, number) for number in range(40)))
        self.assertEqual(len(lines), containers.LOG_LINES)
        self.assertTrue(all(len(line.encode()) <= containers.LINE_SIZE for line in lines))

    def test_the_limit_of_an_output_is_in_bytes(self) -> None:
        def prints(_: list[str], __: float, hear: object) -> int:
            assert callable(hear)
            hear(noise(20_000))
            return 1

        with mock.patch.object(containers, "docker"), mock.patch.object(containers, "stream", prints):
            record = containers.run_once(STEP, STEP["name"], lambda _: None)
        self.assertLessEqual(len(record["output"].encode()), containers.OUTPUT_SIZE)

    def test_an_observation_fits_in_what_systems_manager_keeps(self) -> None:
        for size in (1, 50, 200, 1000, 5000, 60_000):
            fitting = observation.fitting(observed(size, problems=60))
            text = compact(fitting)
            # As the rollout's command encodes it: gzip has a header of 18 bytes.
            self.assertLess((len(zlib.compress(text.encode(), 9)) + 18) * 4 / 3, 24_000, size)
            self.assertEqual((fitting["healthy"], fitting["schema"]), (False, 2))
            self.assertNotEqual(fitting["problems"], [])
        small = observed(5)
        self.assertIs(observation.fitting(small), small)

    def test_a_health_report_fits_in_a_parameter_and_is_never_left_out(self) -> None:
        for size in (1, 50, 200, 1000, 60_000):
            for problems in (0, 1, 5, 60):
                made = health.health_report(observed(size, problems))
                self.assertLessEqual(len(parameter_text(made).encode()), 4096, (size, problems))
                self.assertEqual((made["healthy"], made["release"]), (False, "1" * 16))
                self.assertEqual(bool(made["problems"]), problems > 0)

    def test_a_result_fits_in_a_parameter(self) -> None:
        for size in (1, 200, 60_000):
            answer = {"status": 503, "body": noise(size)}
            log = [noise(size, number) for number in range(15)]
            more = {"detail": noise(size), "step": "linnix-dev-llama", "answer": answer, "log": log}
            made = report.make_result("1" * 16, 0, "failed", "probe", **more)
            self.assertLessEqual(len(parameter_text(made).encode()), 4096)
            self.assertNotEqual(made["detail"], "")
            json.loads(parameter_text(made))
