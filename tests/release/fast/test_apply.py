"""The command `apply` without errors: what it starts, and what it does not touch."""

from __future__ import annotations

import json
import os
import re
import stat
import time

from tests.release.world import COGNITOD, LLAMA, MODEL, PREFLIGHT, TOKEN, WEBHOOK, HostTest, document, image, without


class FirstRelease(HostTest):
    def test_the_release_is_applied(self) -> None:
        desired = document()
        stderr = self.apply(desired)
        self.assert_runs(desired)
        state = self.world.state
        self.assertEqual(state["networks"], ["linnix-dev-net"])
        self.assertEqual([it["name"] for it in state["ran"]], [PREFLIGHT, MODEL])
        self.assertEqual(state["starts"], [COGNITOD, LLAMA])
        folder = self.world.root / "var/lib/linnix/models"
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o750)
        result = self.world.result()
        expected = {"release": desired["release"], "outcome": "healthy", "phase": "done", "restored": None}
        self.assertEqual({key: result[key] for key in expected}, expected)
        self.assertRegex(result["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        for word in ("fetch:", f"pull: {image('llama')}", f"{PREFLIGHT} runs", f"{LLAMA} starts"):
            self.assertIn(word, stderr)
        self.assertNotIn("corrupt", stderr)

    def test_secrets_are_passed_to_the_containers_only(self) -> None:
        stderr = self.apply(document())
        state = self.world.state
        self.assertEqual(state["containers"][COGNITOD]["env"], f"LINNIX_API_TOKEN={TOKEN}\n")
        env = self.world.root / f"run/linnix/secrets/{COGNITOD}.env"
        config = self.world.root / f"run/linnix/secrets/{COGNITOD}/linnix.toml"
        self.assertEqual(stat.S_IMODE(env.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(config.stat().st_mode), 0o400)
        self.assertEqual(config.read_text(), f'hook = "{WEBHOOK}"\n')
        self.assertFalse((self.world.root / f"run/linnix/secrets/{LLAMA}.env").exists())
        known = {"calls": state["calls"], "puts": state["puts"], "stderr": stderr, "kept": self.world.kept()}
        for secret in (TOKEN, WEBHOOK):
            self.assertNotIn(secret, json.dumps(known))
            files = [it for it in self.world.root.rglob("*") if it.is_file() and secret.encode() in it.read_bytes()]
            self.assertTrue(all("run/linnix/secrets" in str(it) or it == self.world.file for it in files), files)

    def test_a_step_without_secrets_gets_its_files(self) -> None:
        desired = document()
        file = {"name": "linnix.toml", "owner": f"{os.getuid()}:{os.getgid()}", "parts": ["[psi]\n"]}
        check = {**desired["steps"][0], "name": "linnix-dev-config", "files": [file]}
        self.apply(document(steps=[check, *desired["steps"]]))
        self.assertEqual(self.world.state["ran"][0]["name"], "linnix-dev-config")
        written = self.world.root / "run/linnix/secrets/linnix-dev-config/linnix.toml"
        self.assertEqual((written.read_text(), stat.S_IMODE(written.stat().st_mode)), ("[psi]\n", 0o400))

    def test_a_secret_in_a_log_is_masked(self) -> None:
        self.apply(document())
        broken = image("cognitod", 2)
        self.world.behave(broken, ready=[503, "no"], log=[f"my token is {TOKEN}"])
        stderr = self.apply(document(cognitod=broken, deadline=0), status=1)
        self.assertEqual(self.world.result()["log"], ["my token is ***"])
        self.assertNotIn(TOKEN, stderr + json.dumps(self.world.state["puts"]))

    def test_a_secret_in_the_output_of_a_step_is_masked(self) -> None:
        self.apply(document())
        self.world.behave(image("llama", 2), says=f"fetched with {TOKEN}")
        stderr = self.apply(document(llama=image("llama", 2)))
        self.assertIn("fetched with ***", stderr)
        self.assertNotIn(TOKEN, stderr + json.dumps(self.world.state["puts"]))

    def test_each_registry_gets_its_login_and_credentials_are_removed(self) -> None:
        other = image("llama", 1, "ghcr.io/my-org")
        login = {"address": "ghcr.io", "user": "me", "secret": "registry-password"}
        secrets = {**document()["secrets"], "registry-password": {"parameter": "/linnix/dev/secrets/registry-password"}}
        secrets["registry-password"]["version"] = 1
        self.apply(document(llama=other, login=login, secrets=secrets))
        state = self.world.state
        helpers = {"123456789012.dkr.ecr.eu-central-1.amazonaws.com": "ecr-login"}
        auths = {"ghcr.io": {"auth": "bWU6cGFzc3dvcmQtMDEyMzQ1Njc4OQ=="}}
        self.assertEqual(state["logins"], [{"credHelpers": helpers, "auths": auths}] * 2)
        self.assertFalse((self.world.root / "run/linnix/docker/config.json").exists())
        self.assertNotIn("password-0123456789", json.dumps(state["calls"]))


class NextRelease(HostTest):
    def setUp(self) -> None:
        super().setUp()
        self.first = document()
        self.apply(self.first)
        with self.world as state:
            state.update(starts=[], calls=[], puts=[])

    def calls(self, word: str) -> list[str]:
        return [call for call in self.world.state["calls"] if word in call]

    def test_the_same_again_changes_nothing(self) -> None:
        self.apply(self.first)
        self.assert_runs(self.first)
        changing = (
            r"docker (pull|run|rm|image rm|network create)|systemctl (restart|stop|daemon-reload)|--with-decryption"
        )
        self.assertNotRegex("\n".join(self.world.state["calls"]), changing)
        self.assertEqual(self.world.result()["outcome"], "healthy")

    def test_the_same_again_keeps_the_release_to_go_back_to(self) -> None:
        second = document(llama=image("llama", 2))
        self.apply(second)
        self.apply(second)
        kept = self.world.kept()
        self.assertEqual((kept["previous"], kept["current"]), (self.first["release"], second["release"]))
        self.assertIn(image("llama", 1), self.world.state["images"])

    def test_another_run_waits_for_the_one_that_works(self) -> None:
        second = self.world.desire(document(llama=image("llama", 2)))
        self.world.behave(image("llama", 2), sleeps=2)
        with self.world.command("apply", "--release", second["release"]) as working:
            while not self.calls(f"{MODEL} "):
                time.sleep(0.05)
            stderr = self.command("apply", "--release", second["release"])
            working.communicate()
        self.assertEqual(working.returncode, 0)
        self.assertIn("waiting for another linnix-release", stderr)
        self.assertEqual(self.world.state["starts"], [LLAMA])
        self.assert_runs(second)

    def test_a_changed_image_restarts_its_service_only(self) -> None:
        second = document(llama=image("llama", 2))
        self.apply(second)
        self.assert_runs(second)
        self.assertEqual(self.world.state["starts"], [LLAMA])
        self.assertEqual(self.world.kept()["previous"], self.first["release"])
        self.assertEqual(self.calls("docker pull"), [f"docker pull --quiet {image('llama', 2)}"])

    def test_a_rotated_secret_restarts_what_uses_it_only(self) -> None:
        second = document(token=2)
        self.apply(second)
        self.assert_runs(second)
        state = self.world.state
        self.assertEqual(state["starts"], [COGNITOD])
        self.assertEqual(state["containers"][COGNITOD]["env"], f"LINNIX_API_TOKEN={TOKEN}-rotated\n")

    def test_a_service_that_is_no_longer_described_is_removed(self) -> None:
        second = without(self.first, COGNITOD)
        self.apply(second)
        self.assert_runs(second)
        self.assertNotIn(COGNITOD, self.world.state["containers"])
        # Stopped first: otherwise systemd would start the container again.
        removal = [call for call in self.world.state["calls"] if COGNITOD in call and re.search("stop|docker rm", call)]
        self.assertEqual(removal, [f"systemctl stop {COGNITOD}.service", f"docker rm --force {COGNITOD}"])
        self.assertEqual(list((self.world.root / "run/linnix/secrets").iterdir()), [])
        self.assertNotIn(f"{COGNITOD}.service", self.world.state["loaded"])

    def test_a_stopped_service_is_started_again(self) -> None:
        with self.world as state:
            state["units"][f"{LLAMA}.service"]["active"] = "inactive"
            state["containers"][LLAMA]["running"] = False
        self.apply(self.first)
        self.assert_runs(self.first)
        self.assertEqual(self.world.state["starts"], [LLAMA])
        self.assertEqual(self.calls("docker pull"), [])

    def hang(self) -> None:
        """The engine reports the container as running, but it does not respond, as after its shim was killed."""
        with self.world as state:
            state["containers"][LLAMA]["hangs"] = True

    def test_a_service_that_hangs_is_restarted(self) -> None:
        self.hang()
        with self.world as state:
            state["units"][f"{LLAMA}.service"]["since"] = 0
        self.apply(self.first)
        self.assertEqual(self.world.state["starts"], [LLAMA])
        self.assert_runs(self.first)

    def test_a_service_that_may_still_be_starting_is_left_alone(self) -> None:
        self.hang()
        with self.world as state:
            state["units"][f"{LLAMA}.service"]["since"] = int((time.monotonic() + 3600) * 1e6)
        self.assertIn(f"{LLAMA} is not ready within", self.apply(self.first, 1))
        self.assertEqual(self.world.state["starts"], [])

    def test_a_unit_changed_by_hand_is_restored(self) -> None:
        self.world.put(f"etc/systemd/system/{LLAMA}.service", "[Service]\nExecStart=/bin/true\n")
        self.apply(self.first)
        self.assert_runs(self.first)

    def test_the_previous_release_is_kept_and_older_ones_go(self) -> None:
        second, third = document(llama=image("llama", 2)), document(llama=image("llama", 3))
        self.apply(second)
        self.apply(third)
        expected = {image("cognitod"), image("llama", 2), image("llama", 3)}
        self.assertEqual(set(self.world.state["images"]), expected)
        kept = {file.stem for file in (self.world.root / "var/lib/linnix-release/releases").iterdir()}
        self.assertEqual(kept, {second["release"], third["release"]})

    def test_rollback_restores_the_previous_release_across_a_reboot(self) -> None:
        second = document(llama=image("llama", 2))
        self.apply(second)
        self.command("rollback")
        self.assert_runs(self.first)
        self.assertEqual(self.world.kept()["previous"], second["release"])
        self.world.reboot()
        self.command("boot")
        self.assert_runs(self.first)

    def test_rollback_without_a_previous_release_is_refused(self) -> None:
        self.assertIn("no release to go back to", self.command("rollback", status=2))

    def test_rollback_to_a_named_release_refuses_any_but_the_previous_one(self) -> None:
        second = document(llama=image("llama", 2))
        self.apply(second)
        refusal = self.command("rollback", "--release", second["release"], status=2)
        self.assertIn(f"only {self.first['release']}", refusal)
        self.assert_runs(second)
        self.command("rollback", "--release", self.first["release"])
        self.assert_runs(self.first)

    def test_history_lists_the_applied_releases(self) -> None:
        second = document(llama=image("llama", 2))
        self.apply(second)
        ended = self.world.run("history", "--json")
        entries = [(it["release"], it["outcome"]) for it in json.loads(ended.stdout)]
        self.assertEqual(entries, [(self.first["release"], "healthy"), (second["release"], "healthy")])
        self.assertIn(second["release"], self.world.run("history").stdout)

    def test_remove_leaves_nothing_but_the_data(self) -> None:
        data = self.world.put("var/lib/linnix/models/model.gguf", "GGUF")
        self.command("remove")
        state = self.world.state
        self.assertEqual((state["containers"], state["networks"], state["images"], state["loaded"]), ({}, [], [], {}))
        self.assertEqual(os.listdir(self.world.root / "etc/systemd/system"), [])
        self.assertFalse((self.world.root / "var/lib/linnix-release").exists())
        self.assertTrue(data.is_file())
        self.command("remove")

    def test_log_link_follows_the_container(self) -> None:
        self.command("log-link", LLAMA)
        link = self.world.root / f"var/log/linnix/{LLAMA}.log"
        before = os.readlink(link)
        self.apply(document(llama=image("llama", 2)))
        self.command("log-link", LLAMA)
        self.assertNotEqual(os.readlink(link), before)
        self.assertIn("no log", self.command("log-link", "linnix-dev-nothing", status=1))
