"""The command `boot`: starting services again, and recovery from lost or corrupt state."""

from __future__ import annotations

import shutil

from tests.release.world import COGNITOD, LLAMA, PREFLIGHT, HostTest, document, image


class NewHost(HostTest):
    def test_nothing_is_desired_yet(self) -> None:
        self.assertIn("no release is desired yet", self.command("boot"))
        self.assertEqual(self.world.state["puts"], [])

    def test_what_is_desired_is_applied(self) -> None:
        desired = self.world.desire(document())
        self.command("boot")
        self.assert_runs(desired)

    def test_the_network_comes_later(self) -> None:
        desired = self.world.desire(document())
        self.world.fail("ssm get-parameter", "Could not connect to the endpoint URL", times=2)
        self.world.fail("docker pull", "dial tcp: i/o timeout", times=4)
        stderr = self.command("boot")
        self.assertIn("retrying in 5 s", stderr)
        self.assertIn("retrying in 20 s", stderr)
        self.assert_runs(desired)

    def test_it_gives_up_after_half_an_hour_and_reports_the_cause(self) -> None:
        self.world.fail("ssm get-parameter", "Could not connect to the endpoint URL")
        self.assertIn("check that the host can reach this address, on its port", self.command("boot", status=1))


class Again(HostTest):
    def setUp(self) -> None:
        super().setUp()
        self.first = document()
        self.apply(self.first)
        with self.world as state:
            state.update(calls=[], starts=[], ran=[])

    def test_what_ran_runs_again(self) -> None:
        self.world.reboot()
        self.command("boot")
        self.assert_runs(self.first)
        self.assertEqual(self.world.state["starts"], [COGNITOD, LLAMA])
        self.assertNotIn("docker pull", "\n".join(self.world.state["calls"]))
        self.assertEqual(self.world.result()["outcome"], "healthy")

    def test_boot_without_a_reboot_starts_nothing(self) -> None:
        self.command("boot")
        self.assertEqual(self.world.state["starts"], [])

    def test_what_ran_is_started_before_anything_new_is_tried(self) -> None:
        second = self.world.desire(document(llama=image("llama", 2)))
        self.world.reboot()
        self.command("boot")
        self.assert_runs(second)
        self.assertEqual(self.world.state["starts"], [COGNITOD, LLAMA, LLAMA])

    def test_a_release_that_can_not_be_started_does_not_block_a_new_one(self) -> None:
        second = self.world.desire(document(llama=image("llama", 2)))
        self.world.reboot()
        self.world.set("refused", [image("llama")])
        self.assertIn("can't be started", self.command("boot"))
        self.assert_runs(second)

    def test_what_has_failed_is_not_tried_again(self) -> None:
        self.world.behave(image("llama", 2), ready=[503, ""])
        self.apply(document(llama=image("llama", 2), deadline=0), status=1)
        self.world.reboot()
        with self.world as state:
            state.update(starts=[])
        self.assertIn("has failed before: linnix-release apply retries it", self.command("boot"))
        self.assert_runs(self.first)
        self.assertEqual(self.world.state["starts"], [COGNITOD, LLAMA])

    def test_a_first_release_that_has_failed_is_not_tried_again(self) -> None:
        self.command("remove")
        self.world.behave(image("llama", 2), ready=[503, ""])
        self.apply(document(llama=image("llama", 2), deadline=0), status=1)
        self.world.reboot()
        self.command("boot")
        self.assertEqual(self.world.running(), {})

    def test_without_a_parameter_store_what_needs_no_secret_runs(self) -> None:
        self.world.reboot()
        self.world.fail("ssm get-parameter", "Could not connect to the endpoint URL")
        self.boot_until(lambda: self.world.state["starts"] != [])
        self.assertEqual(list(self.world.running()), [LLAMA])

    def test_a_step_that_fails_now_does_not_keep_the_services_from_starting(self) -> None:
        self.world.behave(image("llama"), exit=1, complains="the model's server is away")
        self.world.reboot()
        self.assertIn("the model's server is away", self.command("boot"))
        self.assert_runs(self.first)

    def test_an_unhealthy_boot_is_reported_and_nothing_is_rolled_back(self) -> None:
        second = document(llama=image("llama", 2), deadline=0)
        self.apply(second)
        self.world.reboot()
        self.world.behave(image("llama", 2), ready=[500, "no"])
        self.command("boot", status=1)
        self.assert_runs(second)
        self.assertEqual(self.world.result()["outcome"], "failed")
        self.assertEqual(self.world.kept()["failed"], [])

    def test_an_image_that_was_removed_is_pulled(self) -> None:
        self.world.reboot()
        with self.world as state:
            state.update(images=[], layers={}, containers={})
        self.command("boot")
        self.assert_runs(self.first)

    def test_a_new_root_volume_on_the_old_data(self) -> None:
        model = self.world.put("var/lib/linnix/models/model.gguf", "GGUF")
        shutil.rmtree(self.world.root / "var/lib/linnix-release")
        self.world.reboot()
        for unit in (self.world.root / "etc/systemd/system").iterdir():
            unit.unlink()
        with self.world as state:
            state.update(images=[], layers={}, containers={}, networks=[], loaded={})
        self.command("boot")
        self.assert_runs(self.first)
        self.assertEqual(model.read_text(), "GGUF")


class CorruptState(HostTest):
    def setUp(self) -> None:
        super().setUp()
        self.first = document()
        self.apply(self.first)
        self.folder = self.world.root / "var/lib/linnix-release"

    def test_a_corrupt_state_file_is_renamed_and_restored(self) -> None:
        for text in ("", "\0" * 100, '{"current":', "[]", '{"unknown":1}'):
            with self.subTest(text[:12]):
                (self.folder / "state.json").write_text(text)
                self.world.reboot()
                stderr = self.command("boot")
                self.assertIn("state.json is corrupt and was renamed to state.json.corrupt", stderr)
                self.assertEqual((self.folder / "state.json.corrupt").read_text(), text)
                self.assert_runs(self.first)

    def test_the_current_release_is_found_from_the_units_without_a_parameter_store(self) -> None:
        (self.folder / "state.json").write_text("{")
        self.world.fail("/linnix/dev/desired", "Could not connect to the endpoint URL")
        self.world.reboot()
        self.world.set("starts", [])
        self.boot_until(lambda: self.world.state["starts"] == [COGNITOD, LLAMA])
        self.assertEqual(len(self.world.running()), 2)

    def test_running_images_are_not_removed(self) -> None:
        (self.folder / "state.json").write_text("{")
        second = document(llama=image("llama", 2))
        self.apply(second)
        self.assertNotIn("image rm", "\n".join(self.world.state["calls"]))
        self.assert_runs(second)

    def test_a_corrupt_document_is_read_from_the_parameter_store_again(self) -> None:
        file = self.folder / f"releases/{self.first['release']}.json"
        file.write_text(file.read_text().replace('"1"', '"2"').replace("linnix-dev-net", "linnix-dev-not"))
        self.world.reboot()
        self.assertIn("was renamed to", self.command("boot"))
        self.assert_runs(self.first)
        self.assertTrue(file.with_name(f"{file.name}.corrupt").is_file())

    def test_a_corrupt_record_of_a_step_harms_nothing(self) -> None:
        self.world.put(f"run/linnix/steps/{PREFLIGHT}.json", "{")
        self.world.put(f"run/linnix/started/{LLAMA}.json", "\0")
        self.world.put(f"run/linnix/secrets/{COGNITOD}.given", "")
        self.command("apply")
        self.assert_runs(self.first)
        self.assertEqual(self.world.run("status").returncode, 0)
