"""A file is replaced so that a power failure or a full disk leaves the old content or the new one."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from linnix_release.files import write


class Write(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name, "state.json")
        self.new = self.file.with_name(".state.json.new")

    def test_the_content_reaches_the_disk_before_the_name_and_the_name_too(self) -> None:
        events: list[tuple[str, ...]] = []
        replace = Path.replace

        def syncing(descriptor: int) -> None:
            events.append(("sync", os.readlink(f"/proc/self/fd/{descriptor}")))

        def replacing(path: Path, target: Path) -> Path:
            events.append(("replace", str(path), str(target)))
            return replace(path, target)

        self.file.write_text("old")
        with mock.patch.object(os, "fsync", syncing), mock.patch.object(Path, "replace", replacing):
            self.assertTrue(write(self.file, "new"))
        new, file, folder = map(str, (self.new, self.file, self.file.parent))
        self.assertEqual(events, [("sync", new), ("replace", new, file), ("sync", folder)])
        self.assertEqual(self.file.read_text(), "new")

    def test_on_a_full_disk_the_old_file_stays_and_nothing_half_written(self) -> None:
        self.file.write_text("old")
        full = OSError(errno.ENOSPC, "No space left on device")
        with mock.patch.object(os, "fsync", side_effect=full), self.assertRaises(OSError):
            write(self.file, "new")
        self.assertEqual([(it.name, it.read_text()) for it in self.file.parent.iterdir()], [("state.json", "old")])

    def test_what_an_interrupted_write_has_left_does_not_get_into_the_file(self) -> None:
        self.new.write_text("longer than the new content")
        self.new.chmod(0o644)
        write(self.file, "secret", 0o600)
        self.assertEqual((self.file.read_text(), stat.S_IMODE(self.file.stat().st_mode)), ("secret", 0o600))
        self.assertFalse(self.new.exists())

    def test_an_equal_file_is_not_written(self) -> None:
        write(self.file, "same")
        before = self.file.stat()
        self.assertFalse(write(self.file, "same"))
        self.assertEqual((self.file.stat().st_ino, self.file.stat().st_mtime_ns), (before.st_ino, before.st_mtime_ns))
