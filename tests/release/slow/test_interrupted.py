"""After an interruption at any point the next run converges: kill -9 at each command and write, and power failures."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

from tests.release import bundles
from tests.release.world import LLAMA, SABOTAGE, HostTest, World, document, image

FIRST = document()
# Everything at once: a new image, a rotated secret, a changed unit.
SECOND = document(llama=image("llama", 2), token=2, note="second")
# The same, with another host bundle.
SWITCHED = document(llama=image("llama", 2), token=2, note="second", bundle=bundles.SECOND.reference)
BROKEN_BUNDLE = bundles.bundle("broken", program="#!/bin/sh\nexit 1\n")
BROKEN = document(bundle=BROKEN_BUNDLE.reference)
FAILING = document(llama=image("llama", 3), token=2, note="failing", deadline=0)


def host_with(desired: dict[str, object]) -> World:
    """A host that runs the first release, with another one desired."""
    world = World()
    world.desire(FIRST)
    assert world.run("apply").returncode == 0
    world.desire(desired)
    for bundle in (bundles.SECOND, BROKEN_BUNDLE):
        world.upload(bundle)
    world.behave(image("llama", 3), ready=[503, "never"])
    world.set("counted", 0)
    return world


class Interrupted(HostTest):
    def sweep(
        self, desired: dict[str, object], interrupt: Callable[[World, int], bool], check: Callable[[], None]
    ) -> int:
        """Interrupts a run at point 1, 2, … until one completes. Returns the number of points."""

        original = host_with(desired)
        self.addCleanup(original.close)

        def at(point: int) -> tuple[int, bool, World]:
            world = original.clone()
            self.addCleanup(world.close)
            return point, interrupt(world, point), world

        points, step = 0, 4
        with ThreadPoolExecutor(2) as pool:
            while True:
                for point, interrupted, world in pool.map(at, range(points + 1, points + 1 + step)):
                    if not interrupted:
                        return point - 1
                    self.world = world
                    with self.subTest(point=point, command=world.state["calls"][-1]):
                        check()
                points += step

    @staticmethod
    def at_command(before: bool) -> Callable[[World, int], bool]:
        def interrupt(world: World, point: int) -> bool:
            with world as state:
                state.update(dies_at=point, dies_before=before)
            killed = world.run("apply").returncode == -9
            world.set("dies_at", 0)
            return killed

        return interrupt

    @staticmethod
    def at_write(what: str) -> Callable[[World, int], bool]:
        return lambda world, point: world.run(what, str(point), "apply", program=SABOTAGE).returncode == 137

    def test_killed_before_each_command_then_applied_again(self) -> None:
        def check() -> None:
            self.command("apply")
            self.assert_runs(SECOND)
            self.assertEqual(self.world.state["containers"][LLAMA]["image"], image("llama", 2))

        self.assertGreater(self.sweep(SECOND, self.at_command(before=True), check), 20)

    def test_power_cut_after_each_command_then_booted(self) -> None:
        def check() -> None:
            self.world.reboot()
            self.command("boot")
            self.assert_runs(SECOND)

        self.assertGreater(self.sweep(SECOND, self.at_command(before=False), check), 20)

    def test_power_cut_at_each_write_then_booted(self) -> None:
        for what in ("before", "after"):

            def check() -> None:
                self.world.reboot()
                self.command("boot")
                self.assert_runs(SECOND)

            self.assertGreater(self.sweep(SECOND, self.at_write(what), check), 8)

    def test_killed_while_the_previous_release_is_restored(self) -> None:
        def check() -> None:
            self.world.reboot()
            ended = self.world.run("boot")
            # If the failure was not recorded yet, boot retries the release and fails; the running release is the same.
            self.assertIn(ended.returncode, (0, 1), ended.stderr)
            self.assert_runs(FIRST)
            self.assertIn(FAILING["release"], self.world.kept()["failed"])

        points = self.sweep(FAILING, self.at_command(before=False), check)
        self.assertGreater(points, 30)

    def test_killed_before_each_command_of_a_switch_then_applied_again(self) -> None:
        def check() -> None:
            self.command("apply")
            self.assert_runs(SWITCHED)

        self.assertGreater(self.sweep(SWITCHED, self.at_command(before=True), check), 20)

    def test_power_cut_after_each_command_of_a_switch_then_booted(self) -> None:
        def check() -> None:
            self.world.reboot()
            self.command("boot")
            self.assert_runs(SWITCHED)

        self.assertGreater(self.sweep(SWITCHED, self.at_command(before=False), check), 20)

    def test_power_cut_at_each_write_of_a_switch_then_booted(self) -> None:
        for what in ("before", "after"):

            def check() -> None:
                self.world.reboot()
                self.command("boot")
                self.assert_runs(SWITCHED)

            self.assertGreater(self.sweep(SWITCHED, self.at_write(what), check), 8)

    def test_the_new_program_is_killed_at_each_command(self) -> None:
        def interrupt(world: World, point: int) -> bool:
            with world as state:
                state.update(dies_at=point, dies_alone=True)
            status = world.run("apply").returncode
            died = status != 0 and world.state["counted"] >= point
            world.set("dies_at", 0)
            return died

        def check() -> None:
            if self.world.result()["outcome"] == "rolled-back":
                self.assert_runs(FIRST)
            self.command("apply")
            self.assert_runs(SWITCHED)

        self.assertGreater(self.sweep(SWITCHED, interrupt, check), 20)

    def test_killed_while_the_bundle_before_is_restored(self) -> None:
        def check() -> None:
            self.world.reboot()
            self.assertIn(self.world.run("boot").returncode, (0, 1))
            self.assert_runs(FIRST)

        self.assertGreater(self.sweep(BROKEN, self.at_command(before=False), check), 5)

    def test_an_interrupted_release_is_reported_until_it_is_finished(self) -> None:
        self.world = host_with(SECOND)
        self.addCleanup(self.world.close)
        self.world.set("dies_at", f"restart {LLAMA}")
        self.world.run("apply")
        self.world.set("dies_at", 0)
        self.assertEqual(self.world.kept()["pending"], SECOND["release"])
        seen = json.loads(self.world.run("status", "--json").stdout)
        self.assertIn(f"release {SECOND['release']} was interrupted", seen["problems"][0])
        self.command("apply")
        self.assertNotIn("interrupted", self.world.run("status", "--json").stdout)

    def test_boot_clears_the_interrupted_release_before_it_reads_the_desired_one(self) -> None:
        self.world = host_with(SECOND)
        self.addCleanup(self.world.close)
        self.world.set("dies_at", f"restart {LLAMA}")
        self.world.run("apply")
        self.world.reboot()
        self.world.set("dies_at", 0)
        self.world.fail("/linnix/dev/desired", "Could not connect to the endpoint URL")
        self.boot_until(lambda: self.world.kept()["pending"] is None)
        self.assertIsNone(self.world.kept()["pending"])
        self.assertEqual(self.world.running()[LLAMA], image("llama"))


class PowerCutAfterAPull(HostTest):
    """The engine lists an image whose layers are empty, and another pull changes nothing."""

    def check(self, spoiled: dict[str, object]) -> None:
        """Power fails after the first pull and leaves the engine in this state; the next boot repairs it."""
        self.world.close()
        self.world = World()
        self.addCleanup(self.world.close)
        self.world.desire(FIRST)
        self.world.set("dies_at", "docker pull")
        self.world.run("apply")
        self.world.reboot()
        for key, value in {"dies_at": 0, **spoiled}.items():
            self.world.set(key, value)
        self.command("boot")
        self.assert_runs(FIRST)
        self.assertEqual(set(self.world.state["layers"].values()), {"whole"})

    def test_an_image_that_is_listed_with_broken_layers(self) -> None:
        for layers in ("empty", "half"):
            with self.subTest(layers):
                self.check({"layers": {image("cognitod"): layers}})

    def test_broken_layers_that_are_left_without_their_image(self) -> None:
        for layers in ("empty", "half"):
            with self.subTest(layers):
                self.check({"layers": {image("cognitod"): layers}, "images": []})

    def test_an_image_that_was_pulled_by_hand(self) -> None:
        self.world.set("images", [image("llama")])
        self.world.set("layers", {image("llama"): "half"})
        self.apply(FIRST)
        self.assertEqual(set(self.world.state["layers"].values()), {"whole"})

    def test_a_container_of_the_broken_image_does_not_keep_it(self) -> None:
        left = {"image": image("cognitod"), "env": "", "running": False, "exit": 1, "oom": False, "started": 1}
        self.check({"layers": {image("cognitod"): "empty"}, "containers": {"linnix-dev-left": left}})

    def test_what_was_pulled_is_on_the_disk_before_it_is_trusted(self) -> None:
        self.apply(FIRST)
        calls = [
            call
            for call in self.world.state["calls"]
            if call.startswith(("docker pull", "sync", "docker run --rm --pull"))
        ]
        kinds = [call.split()[1] if " " in call else call for call in calls]
        self.assertEqual(kinds[:6], ["pull", "sync", "run", "pull", "sync", "run"])
