"""The switch to another host bundle: a release like any other, which is rolled back with its bundle if it fails."""

from __future__ import annotations

import os
import tarfile
from typing import Any

from tests.release.bundles import FIRST, LAUNCHER, SECOND, Bundle, bundle, entry, of_archive, pack
from tests.release.world import LLAMA, HostTest, Json, document, image

BROKEN_SET_UP = (
    '#!/bin/sh\n"$LINNIX_RELEASE_ROOT/stubs/set-up" broken\necho "packages: can\'t be installed" >&2\nexit 1\n'
)


def release_with(chosen: Bundle, **more: Any) -> Json:
    """A document that names this bundle."""
    return document(bundle=chosen.reference, **more)


class Switch(HostTest):
    def setUp(self) -> None:
        super().setUp()
        self.first = document()
        self.apply(self.first)
        self.world.upload(SECOND)

    def calls(self, part: str) -> list[str]:
        return [call for call in self.world.state["calls"] if part in call]

    def installed(self) -> set[str]:
        return set(os.listdir(self.world.library / "bundles"))

    def test_from_one_bundle_to_another_and_back(self) -> None:
        self.assertEqual(self.calls("set-up"), [])
        second = release_with(SECOND, llama=image("llama", 2))
        stderr = self.apply(second)
        self.assert_runs(second)
        self.assertEqual(self.world.state["set_up"], "second")
        self.assertIn(f"host bundle {SECOND.sha256[:16]}", stderr)
        self.assertEqual(self.world.result()["outcome"], "healthy")
        self.assertEqual(self.world.state["starts"][2:], [LLAMA], "a service that did not change was restarted")
        self.apply(self.first)
        self.assert_runs(self.first)
        self.assertEqual(self.world.state["set_up"], "first")
        self.assertEqual(len(self.calls("s3 cp")), 1, "a bundle that is installed was fetched again")
        self.assertEqual(self.installed(), {FIRST.sha256, SECOND.sha256})
        self.command("rollback")
        self.assert_runs(second)
        self.world.reboot()
        self.command("boot")
        self.assertEqual(self.world.kept()["current"], second["release"])

    def test_bundles_that_no_release_names_are_removed(self) -> None:
        third = self.world.upload(bundle("third"))
        self.apply(release_with(SECOND))
        self.apply(release_with(third))
        self.assertEqual(self.installed(), {SECOND.sha256, third.sha256})
        self.command("remove")
        self.assertEqual(self.installed(), {third.sha256})
        self.assertEqual(self.world.current(), third.sha256)
        self.apply(self.first)
        self.assert_runs(self.first)

    def test_a_broken_bundle_is_rolled_back_with_its_release(self) -> None:
        table: dict[str, tuple[Bundle, str]] = {
            "program": (bundle("syntax", program=LAUNCHER + "this is no Python\n"), "SyntaxError"),
            "crash": (bundle("crash", program="#!/bin/sh\nkill -9 $$\n"), "ended with exit status -9"),
            "exit": (bundle("exit", program="#!/bin/sh\necho why >&2\nexit 3\n"), "ended with exit status 3: why"),
            "set-up": (
                bundle("set-up", set_up=BROKEN_SET_UP),
                "ended with exit status 1: packages: can't be installed",
            ),
        }
        for name, (broken, message) in table.items():
            with self.subTest(name):
                self.world.upload(broken)
                failing = release_with(broken, note=name)
                stderr = self.apply(failing, status=1)
                self.assertIn(message, stderr)
                self.assertIn(message, self.world.result()["detail"])
                self.assertEqual(self.world.result()["outcome"], "rolled-back")
                self.assertEqual(self.world.result()["restored"], self.first["release"])
                self.assertEqual(self.world.state["set_up"], "first")
                self.assert_runs(self.first)
                self.assertIn(failing["release"], self.world.kept()["failed"])
        # What has failed is not tried again, and is removed with the next release.
        self.world.reboot()
        self.command("boot")
        self.assert_runs(self.first)
        self.apply(release_with(SECOND))
        self.assertEqual(self.installed(), {FIRST.sha256, SECOND.sha256})

    def test_a_service_that_fails_under_the_new_bundle(self) -> None:
        self.world.behave(image("llama", 2), ready=[503, "loading"], log=["loading the model"])
        stderr = self.apply(release_with(SECOND, llama=image("llama", 2), deadline=1), status=1)
        self.assertIn("is not ready within 1 s", stderr)
        expected = {"outcome": "rolled-back", "phase": "probe", "step": LLAMA, "log": ["loading the model"]}
        result = self.world.result()
        self.assertEqual({key: result[key] for key in expected}, expected)
        self.assertEqual(result["answer"], {"status": 503, "body": "loading"})
        self.assert_runs(self.first)

    def test_an_archive_that_is_not_valid_changes_nothing(self) -> None:
        file, folder, link, hard = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
        table: dict[str, tuple[Bundle, str]] = {
            "parent": (bundle("a", entry("../../evil", "x")), "'../../evil' is not a path below its folder"),
            "hidden": (bundle("b", entry("linnix_release/../../evil", "x")), "is not a path below its folder"),
            "absolute": (bundle("c", entry("/etc/evil", "x")), "is not a path below its folder"),
            "link": (
                bundle("d", entry("out", "", link, "/etc"), entry("out/evil", "x")),
                "neither a file nor a folder",
            ),
            "hard link": (bundle("e", entry("out", "", hard, "../../../evil")), "neither a file nor a folder"),
            "device": (bundle("f", entry("null", "", tarfile.CHRTYPE)), "neither a file nor a folder"),
            "twice": (bundle("g", entry("name", "again", file)), "File exists"),
            "no program": (bundle("h", program=""), "it has no program linnix-release"),
            "no set-up": (bundle("i", set_up=""), "it has no program set-up"),
            "folder": (bundle("j", entry("x/", "", folder), entry("x/../../y", "z")), "is not a path below its folder"),
            "no archive": (of_archive(b"<html>"), "is not valid"),
            "empty": (of_archive(b""), "is not valid"),
            "cut": (of_archive(SECOND.archive[:1700]), "is not valid"),
            "compressed": (of_archive(b"\x1f\x8b\x08" + bytes(2000)), "is not valid"),
            "nothing in it": (of_archive(pack()), "it has no program"),
        }
        for name, (broken, message) in table.items():
            with self.subTest(name):
                self.refused(broken, message)
        self.assertEqual(list(self.world.root.rglob("evil")), [])

    def refused(self, chosen: Bundle, message: str, archive: bytes | None = None) -> None:
        """Asserts that this bundle is refused before anything is changed."""
        self.world.upload(chosen, archive)
        stderr = self.apply(release_with(chosen), status=1)
        self.assertIn(message, stderr)
        self.assertEqual((self.world.result()["phase"], self.world.result()["outcome"]), ("fetch", "rolled-back"))
        self.assert_runs(self.first)
        self.assertIsNone(self.world.state["set_up"])
        self.assertEqual(self.installed(), {FIRST.sha256})

    def test_an_archive_that_is_not_the_named_one_changes_nothing(self) -> None:
        self.refused(SECOND, f"has SHA-256 {FIRST.sha256}, not {SECOND.sha256}", FIRST.archive)
        self.refused(SECOND, f"not {SECOND.sha256}: run pulumi up", SECOND.archive[:-1024])
        self.refused(SECOND, "printed more than 16777216 bytes", bytes(17 << 20))

    def test_a_bundle_that_can_not_be_fetched(self) -> None:
        (self.world.root / "bucket" / f"{SECOND.sha256}.tar").unlink()
        desired = release_with(SECOND)
        self.assertIn("can't be fetched: fatal error: An error occurred (404)", self.apply(desired, status=1))
        self.assertIn(desired["release"], self.world.kept()["failed"])
        self.world.upload(SECOND)
        self.world.fail("s3 cp", "Could not connect to the endpoint URL", times=1)
        self.assertIn("check that the host can reach this address, on its port", self.apply(desired, status=1))
        self.apply(desired)
        self.assert_runs(desired)

    def test_a_newer_schema_is_left_to_the_program_of_its_bundle(self) -> None:
        newer = self.world.upload(bundle("newer", program="#!/bin/sh\nexit 0\n"))
        desired = document(bundle=newer.reference, schema=3, steps="another shape")
        self.apply(desired)
        self.assertEqual(self.world.kept()["current"], desired["release"])
        self.assertEqual(self.world.current(), newer.sha256)
        self.assertEqual(len(self.world.running()), 2)
        self.assertEqual(list((self.world.root / "var/lib/linnix-release/releases").glob("*.corrupt")), [])


class FirstRelease(HostTest):
    def test_another_bundle_than_that_of_the_bootstrap(self) -> None:
        self.world.upload(SECOND)
        desired = self.world.desire(release_with(SECOND))
        self.command("boot")
        self.assert_runs(desired)
        self.assertEqual(set(os.listdir(self.world.library / "bundles")), {SECOND.sha256})

    def test_a_first_release_that_fails_leaves_the_bundle_of_the_bootstrap(self) -> None:
        broken = self.world.upload(bundle("broken", program="#!/bin/sh\nexit 1\n"))
        self.apply(release_with(broken), status=1)
        self.assertEqual(self.world.current(), FIRST.sha256)
        self.assertEqual(self.world.state["set_up"], "first")
