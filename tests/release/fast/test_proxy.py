"""The proxy of the host: a release brings another one, and is rolled back if AWS can't be reached through it."""

from __future__ import annotations

from tests.release.bundles import FIRST, Bundle, bundle
from tests.release.world import HostTest, document

FILE = "etc/linnix/proxy.env"
OLD, NEW, BROKEN = "http://old.example:3128", "http://new.example:3128", "http://broken.example:3128"


def with_proxy(name: str, address: str | None) -> Bundle:
    """A bundle whose set-up installs this proxy, as set-up installs the file of its bundle."""
    text = "# none" if address is None else f"https_proxy={address}\\nno_proxy=localhost"
    install = f'printf "{text}\\n" >"$LINNIX_RELEASE_ROOT/{FILE}"'
    return bundle(name, set_up=f'#!/bin/sh\n{install}\nexec "$LINNIX_RELEASE_ROOT/stubs/set-up" {name}\n')


class Proxy(HostTest):
    def setUp(self) -> None:
        super().setUp()
        self.first = document(bundle=self.world.upload(with_proxy("old", OLD)).reference)
        self.world.set("proxies", ["", OLD, NEW])
        self.apply(self.first)
        # From now on nothing is reached directly.
        self.world.set("proxies", [OLD, NEW])

    def test_every_call_of_aws_goes_through_the_installed_proxy(self) -> None:
        self.command("status")
        self.apply(document(bundle=self.first["bundle"], note="2"))
        self.assertEqual(self.world.result()["outcome"], "healthy")

    def test_another_proxy_comes_with_a_release_and_is_used_at_once(self) -> None:
        second = document(bundle=self.world.upload(with_proxy("new", NEW)).reference)
        # The result is written through the new proxy, the bundle was fetched through the old one.
        self.apply(second)
        self.assertEqual(self.world.result()["outcome"], "healthy")
        self.assert_runs(second)
        self.world.set("proxies", [NEW])
        self.apply(document(bundle=second["bundle"], note="2"))
        self.assertIn(NEW, self.world.text(FILE))

    def test_a_proxy_that_does_not_reach_aws_is_rolled_back(self) -> None:
        failing = document(bundle=self.world.upload(with_proxy("broken", BROKEN)).reference)
        stderr = self.apply(failing, status=1)
        message = f"AWS can't be reached through {BROKEN}: correct linnix:proxy"
        self.assertIn(message, stderr)
        self.assertIn(message, self.world.result()["detail"])
        self.assertEqual(self.world.result()["outcome"], "rolled-back")
        self.assert_runs(self.first)
        self.assertIn(OLD, self.world.text(FILE))
        self.assertIn(failing["release"], self.world.kept()["failed"])

    def test_no_proxy_again(self) -> None:
        self.world.set("proxies", ["", OLD])
        self.apply(document(bundle=self.world.upload(with_proxy("none", None)).reference))
        self.world.set("proxies", [""])
        self.apply(document(bundle=FIRST.reference, note="2"))
        self.assertEqual(self.world.result()["outcome"], "healthy")
