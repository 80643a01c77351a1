"""The remedies for errors of other programs: each is true for the error that it is printed for."""

from __future__ import annotations

import unittest

from linnix_release.errors import with_remedy

EXPECTED = {
    "write /var/lib/docker/tmp/x: no space left on device": "linnix:rootGiB or linnix:dataGiB",
    "open /x: read-only file system": "see dmesg",
    "exec /bin/x: exec format error": "another architecture",
    "denied: requested access to the resource is denied": "linnix:registryPassword",
    "no basic auth credentials": "linnix:registryPassword",
    "manifest unknown": "linnix:images",
    "dial tcp 10.0.0.1:5000: i/o timeout": "reach this address, on its port",
    "dial tcp: lookup registry.example: no such host": "reach this address, on its port",
    # The engine, not the network.
    "Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?": "journalctl -u docker",
    "permission denied while trying to connect to the Docker daemon socket": "journalctl -u docker",
}
# A remedy of the registry's would be wrong.
WITHOUT = ("[Errno 13] Permission denied: '/run/linnix/lock'", "something else")


class Remedies(unittest.TestCase):
    def test_each_is_of_its_error(self) -> None:
        for error, remedy in EXPECTED.items():
            with self.subTest(error=error):
                shown = with_remedy(error)
                self.assertTrue(shown.startswith(error), shown)
                self.assertIn(remedy, shown[len(error) :])
                self.assertEqual(shown.count(" ("), error.count(" (") + 1)

    def test_an_error_of_another_kind_has_none(self) -> None:
        for error in WITHOUT:
            with self.subTest(error=error):
                self.assertEqual(with_remedy(error), error)
