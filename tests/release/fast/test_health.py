"""What `status` and `health` observe and report: services, steps, and problems of the host."""

from __future__ import annotations

import json
import types
from typing import Any
from unittest import mock

from linnix_release.problems import used_percent, volume_problems
from tests.release.world import COGNITOD, LLAMA, MODEL, PREFLIGHT, HostTest, document, image

Json = dict[str, Any]


class Seen(HostTest):
    def setUp(self) -> None:
        super().setUp()
        self.desired = document()
        self.world.behave(image("cognitod"), says='one\n{"ok":true}', ready=[200, '{"ready":true}'], log=["a", "", "b"])
        self.apply(self.desired)
        with self.world as state:
            state.update(calls=[], ran=[], puts=[])

    def status(self, expected: int = 0) -> Json:
        ended = self.world.run("status", "--json")
        self.assertEqual(ended.returncode, expected, ended.stdout + ended.stderr)
        self.assertEqual(ended.stdout.count("\n"), 1)
        seen: Json = json.loads(ended.stdout)
        self.assertEqual(seen["healthy"], expected == 0)
        return seen

    def problem(self) -> str:
        problems: list[str] = self.status(1)["problems"]
        self.assertEqual(len(problems), 1, problems)
        return problems[0]


class Status(Seen):
    def test_a_healthy_host(self) -> None:
        seen = self.status()
        keys = "schema release desired kernel problems services steps last healthy"
        keys += " memoryUsedPercent rootUsedPercent dataUsedPercent"
        self.assertEqual(set(seen), set(keys.split()))
        self.assertEqual((seen["schema"], seen["release"], seen["desired"]), (2, *[self.desired["release"]] * 2))
        self.assertEqual(seen["memoryUsedPercent"], 75.0)
        ready = {"status": 200, "body": '{"ready":true}'}
        expected = {"state": "running", "running": True, "restarts": 0, "ready": ready, "log": ["a", "b"]}
        self.assertEqual({key: seen["services"][COGNITOD][key] for key in expected}, expected)
        self.assertEqual(seen["services"][COGNITOD]["live"], {"status": 200, "body": "ok"})
        self.assertIsNone(seen["services"][LLAMA]["live"])
        self.assertEqual(seen["steps"][PREFLIGHT], {"exitCode": 0, "output": 'one\n{"ok":true}'})
        self.assertEqual(seen["last"]["outcome"], "healthy")
        self.assertEqual(self.world.state["ran"], [])
        self.assertNotIn("aws", " ".join(self.world.state["calls"]))

    def test_it_has_what_the_services_use(self) -> None:
        self.world.behave(image("llama"), usage="103.20% 2.6GiB / 5.5GiB")
        services = self.status()["services"]
        starts = {name: it["started"] for name, it in self.world.state["containers"].items()}
        self.assertEqual(
            {name: it["usage"] for name, it in services.items()},
            {
                name: {"started": f"2026-11-24T12:00:0{starts[name]}Z", "cpu": cpu, "memory": memory}
                for name, cpu, memory in (
                    (COGNITOD, "1.50%", "20MiB / 512MiB"),
                    (LLAMA, "103.20%", "2.6GiB / 5.5GiB"),
                )
            },
        )
        self.assertEqual(len(set(starts.values())), 2)

    def test_what_is_not_running_or_not_measured_has_no_use_and_is_healthy_all_the_same(self) -> None:
        # What the engine prints of a container that has just stopped.
        self.world.behave(image("cognitod"), usage="-- -- / --")
        services = self.status()["services"]
        self.assertEqual([name for name, it in services.items() if "usage" in it], [LLAMA])
        for failing in ("docker stats", "docker container inspect --format {{.Name}}"):
            self.world.fail(failing, "the engine is busy")
            self.assertFalse(any("usage" in it for it in self.status()["services"].values()), failing)
            self.world.heal()
        with self.world as state:
            state["containers"][COGNITOD].update(running=False, exit=1)
        services = self.status(1)["services"]
        self.assertEqual([name for name, it in services.items() if "usage" in it], [LLAMA])

    def test_a_stopped_container(self) -> None:
        with self.world as state:
            state["containers"][LLAMA].update(running=False, exit=137, oom=True)
        seen = self.status(1)["services"][LLAMA]
        self.assertEqual((seen["state"], seen["running"]), ("exited (exit status 137), out of memory", False))
        self.assertIsNone(seen["ready"])
        # The stub's systemd restarts it once each time that it is asked.
        self.assertGreaterEqual(seen["restarts"], 1)

    def test_a_missing_container(self) -> None:
        with self.world as state:
            del state["containers"][LLAMA]
        self.assertEqual(self.status(1)["services"][LLAMA]["state"], "missing")

    def test_an_observed_step_runs_again_when_a_service_is_not_ready(self) -> None:
        self.world.behave(image("cognitod"), ready=[503, "no"], says='{"ok":false}', exit=1)
        seen = self.status(1)
        self.assertEqual(seen["steps"][PREFLIGHT], {"exitCode": 1, "output": '{"ok":false}'})
        names = [it["name"] for it in self.world.state["ran"]]
        self.assertEqual(len(names), 1)
        self.assertRegex(names[0], f"^{PREFLIGHT}-[0-9]+$")
        self.assertIn(MODEL, seen["steps"])

    def test_a_probe_that_can_not_be_executed(self) -> None:
        self.world.fail(f"exec {LLAMA}", "OCI runtime exec failed")
        self.assertEqual(self.status(1)["services"][LLAMA]["ready"], {"status": 0, "body": ""})

    def test_no_release(self) -> None:
        self.command("remove")
        seen = self.status(1)
        self.assertEqual((seen["release"], seen["services"], seen["steps"], seen["problems"]), (None, {}, {}, []))
        # Without names, the engine would measure every container.
        self.assertNotIn("docker stats", " ".join(self.world.state["calls"]))

    def test_output_without_json_is_indented(self) -> None:
        output = self.world.run("status").stdout
        self.assertEqual(json.loads(output)["healthy"], True)
        self.assertGreater(output.count("\n"), 20)


class Problems(Seen):
    def test_what_first_boot_found(self) -> None:
        self.world.put("run/linnix/problems/kernel", "kernel 5.4 is older than 5.12\n")
        self.assertEqual(self.problem(), "kernel 5.4 is older than 5.12")

    def test_no_data_volume(self) -> None:
        self.world.mount(False)
        self.assertIn("the data volume is not mounted at /var/lib/linnix: see journalctl", self.problem())
        self.assertIsNone(self.status(1)["dataUsedPercent"])

    def test_no_engine(self) -> None:
        self.world.fail("docker", "Cannot connect to the Docker daemon. Is it running?")
        seen = self.status(1)
        self.assertIn("the Docker engine does not answer: Cannot connect", seen["problems"][0])
        self.assertEqual(seen["services"][LLAMA]["state"], "missing")

    def test_a_clock_that_jumps_and_comes_back(self) -> None:
        self.command("health")
        offset = float(self.world.text("run/linnix/clock"))
        self.world.put("run/linnix/clock", str(offset - 3600))
        self.assertIn("the clock has jumped by 3600 s", self.problem())
        self.world.put("run/linnix/clock", str(offset + 20))
        self.status()

    def test_volumes_that_are_full_or_can_not_be_written(self) -> None:
        full = types.SimpleNamespace(f_blocks=1000, f_bfree=100, f_bavail=0, f_frsize=4096)
        with mock.patch("os.statvfs", return_value=full):
            self.assertEqual(used_percent(self.world.root), 100.0)
            self.assertIn("the data volume is full", next(volume_problems("data", self.world.root)))
        self.assertEqual(list(volume_problems("data", self.world.root)), [])
        error = OSError(30, "Read-only file system")
        with mock.patch("tempfile.TemporaryFile", side_effect=error):
            output = next(volume_problems("root", self.world.root))
        self.assertRegex(output, "the root volume can't be written at .*Read-only file system .see dmesg, then reboot")

    def test_used_percent_is_computed_like_df(self) -> None:
        reserved = types.SimpleNamespace(f_blocks=1000, f_bfree=550, f_bavail=500, f_frsize=4096)
        with mock.patch("os.statvfs", return_value=reserved):
            self.assertEqual(used_percent(self.world.root), 47.4)


class Health(Seen):
    def reports(self) -> list[Json]:
        return [json.loads(value) for name, value in self.world.state["puts"] if name == "/linnix/dev/health"]

    def test_metrics_each_time_and_the_parameter_when_it_changes(self) -> None:
        self.command("health")
        self.world.behave(image("llama"), usage="99.00% 30MiB / 512MiB")
        self.command("health")
        # What changes each second would be written each minute.
        self.assertNotIn("docker stats", " ".join(self.world.state["calls"]))
        metrics = self.world.state["metrics"]
        self.assertEqual([namespace for namespace, _ in metrics], ["Linnix", "Linnix"])
        values = {it["MetricName"]: it["Value"] for it in metrics[0][1]}
        self.assertEqual(set(values), {"Healthy", "MemoryUsedPercent", "RootUsedPercent", "DataUsedPercent"})
        self.assertEqual((values["Healthy"], values["MemoryUsedPercent"]), (1, 75.0))
        self.assertEqual(
            {json.dumps(it["Dimensions"]) for it in metrics[0][1]}, {'[{"Name": "Stack", "Value": "dev"}]'}
        )
        self.assertEqual(len(self.reports()), 1)
        self.world.behave(image("llama"), ready=[503, ""])
        self.command("health")
        self.assertEqual([it["healthy"] for it in self.reports()], [True, False])
        self.assertEqual(self.world.state["metrics"][-1][1][-1], {**metrics[0][1][-1], "Value": 0})

    def test_without_a_data_volume_its_metric_is_missing(self) -> None:
        self.world.mount(False)
        self.command("health")
        names = {it["MetricName"] for it in self.world.state["metrics"][0][1]}
        self.assertEqual(names, {"Healthy", "MemoryUsedPercent", "RootUsedPercent"})

    def test_an_aws_outage_does_not_fail_the_command_and_the_next_run_reports(self) -> None:
        self.world.fail("aws", "Could not connect to the endpoint URL")
        self.assertIn("metrics can't be written", self.command("health"))
        self.world.heal()
        self.command("health")
        self.assertEqual(len(self.reports()), 1)

    def test_the_parameter_is_short_even_with_many_problems(self) -> None:
        for number in range(50):
            self.world.put(f"run/linnix/problems/{number}", f"{number} " + "x" * 5000)
        self.world.behave(image("llama"), ready=[503, "y" * 5000], log=["z" * 5000] * 50)
        self.command("health")
        self.assertEqual(len(self.reports()[0]["problems"]), 5)


class Result(HostTest):
    def test_it_fits_a_parameter_and_keeps_the_last_lines(self) -> None:
        self.apply(document())
        lines = [f"{number:02} " + "{{ä}}" * 100 for number in range(40)]
        self.world.behave(image("llama", 2), ready=[503, "y" * 5000], log=lines)
        self.apply(document(llama=image("llama", 2), deadline=0), status=1)
        log = self.world.result()["log"]
        self.assertLessEqual(len(log), 15)
        self.assertEqual(log[-1][:2], "39")

    def test_the_final_result_is_retried_when_the_parameter_store_rejects_it(self) -> None:
        self.world.fail('"outcome":"healthy"', "Rate exceeded", times=3)
        self.apply(document())
        self.assertEqual(self.world.result()["outcome"], "healthy")
        phases = [json.loads(value)["phase"] for name, value in self.world.state["puts"]]
        self.assertEqual(phases[-1], "done")
