"""A volume is formatted only if it is proven to be blank."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import struct
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from linnix_release import blank

MIB, GIB = 1 << 20, 1 << 30
SIZE = 3 * GIB + 4096
UUID = "01234567-89ab-cdef-0123-456789abcdef"


def ext4(uuid: bytes = b"") -> bytes:
    """An ext4 superblock."""
    sector = bytearray(1024)
    for at, value in ((0, 65536), (24, 2), (56, 0xEF53), (76, 1)):
        struct.pack_into("<I", sector, at, value)
    sector[104:120] = uuid.ljust(16, b"\1")
    return bytes(sector)


# Where each kind keeps a header that survives an erased beginning: by a volume's size.
HEADERS = (
    ("GPT", SIZE - 512, b"EFI PART"),
    ("LUKS", 16384, b"SKUL\xba\xbe"),
    ("LUKS", 4 * MIB, b"SKUL\xba\xbe"),
    ("RAID", (SIZE & ~65535) - 65536, struct.pack("<I", 0xA92B4EFC)),
    ("RAID", SIZE - 8192, struct.pack("<I", 0xA92B4EFC)),
    ("ext4", 8 * MIB + 1024, ext4()),
    ("ext4", 32 * MIB, ext4()),
    ("ext4", 128 * MIB, ext4()),
    ("ext4", 3 * 128 * MIB, ext4()),
    ("btrfs", 64 * MIB, bytes(64) + b"_BHRfS_M"),
    ("XFS", SIZE // 4 // 4096 * 4096 + 4096, b"XFSB"),
    ("XFS", SIZE // 4 * 3 // 4096 * 4096 + 3 * 4096, b"XFSB"),
    ("ZFS", SIZE - 256 * 1024 + 131072, struct.pack("<Q", 0x00BAB10C)),
    ("LVM", MIB + 512, b"LABELONE"),
)


class BlankTest(unittest.TestCase):
    def setUp(self) -> None:
        handle, name = tempfile.mkstemp()
        os.close(handle)
        self.volume = Path(name)
        self.addCleanup(self.volume.unlink)
        os.truncate(name, SIZE)

    def put(self, at: int, content: bytes) -> None:
        with open(self.volume, "r+b") as file:
            file.seek(at)
            file.write(content)

    def run_main(self, *words: str) -> tuple[int, str]:
        """The exit status, and what is printed."""
        printed = io.StringIO()
        with mock.patch("sys.argv", ["blank", *words, str(self.volume)]), contextlib.redirect_stdout(printed):
            return blank.main(), printed.getvalue().strip()

    def test_a_new_volume_is_blank(self) -> None:
        self.assertEqual(self.run_main(), (0, ""))

    def test_headers_are_found_beyond_the_beginning_with_and_without_a_mark(self) -> None:
        for kind, at, content in HEADERS:
            self.put(at, content)
            for words in ([], ["--interrupted", UUID], ["--interrupted", ""]):
                with self.subTest(kind=kind, at=at, words=words):
                    status, text = self.run_main(*words)
                    self.assertEqual(status, 3, text)
                    self.assertRegex(text, rf"{kind} .* at byte {at}$")
            self.put(at, bytes(len(content)))

    def test_headers_are_found_on_a_large_volume(self) -> None:
        os.truncate(self.volume, 5 * (1 << 40))
        for kind, at, content in (("btrfs", 1 << 38, bytes(64) + b"_BHRfS_M"), ("XFS", 1 << 40, b"XFSB")):
            with self.subTest(kind=kind):
                self.put(at, content)
                self.assertRegex(self.run_main()[1], rf"{kind} .* at byte {at}$")
                self.put(at, bytes(len(content)))

    def test_one_byte_is_data(self) -> None:
        for at in (0, 700_000, MIB, 16 * MIB - 1, SIZE // 2, SIZE - 16 * MIB, SIZE - 1):
            self.put(at, b"x")
            with self.subTest(at=at):
                self.assertEqual(self.run_main(), (3, f"unknown data at byte {at}"))
            self.put(at, b"\0")

    def test_a_small_volume_is_read_completely(self) -> None:
        os.truncate(self.volume, 20 * MIB + 1)
        for at in range(0, 20 * MIB + 1, 4 * MIB):
            self.put(at, b"x")
            self.assertEqual(self.run_main()[0], 3, at)
            self.put(at, b"\0")

    def test_remains_of_an_interrupted_format_do_not_count(self) -> None:
        self.put(300_000, b"half")
        self.put(128 * MIB, ext4(blank.own_uuid(UUID)))
        self.assertEqual(self.run_main("--interrupted", UUID), (0, ""))
        for words in ([], ["--interrupted", ""], ["--interrupted", UUID.replace("0", "1")]):
            self.assertEqual(self.run_main(*words)[0], 3, words)

    def test_a_volume_that_cannot_be_read_is_not_blank(self) -> None:
        pread = os.pread
        for bad in (0, 15 * MIB, SIZE // 2, SIZE - 512):

            def fails(device: int, length: int, at: int, bad: int = bad) -> bytes:
                if at <= bad < at + length:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                return pread(device, length, at)

            for words in ([], ["--interrupted", UUID]):
                with self.subTest(bad=bad, words=words), mock.patch("os.pread", fails):
                    status, text = self.run_main(*words)
                    self.assertEqual(status, 2)
                    self.assertRegex(text, r"^Input/output error at byte \d+$")

    def test_a_read_error_counts_more_than_data(self) -> None:
        self.put(0, b"x")
        with mock.patch("os.pread", side_effect=[bytes([1]) * MIB, OSError(errno.EIO, "Input/output error")]):
            self.assertEqual(self.run_main()[0], 2)

    def test_a_volume_that_is_shorter_than_its_size_or_empty_is_not_blank(self) -> None:
        with mock.patch("os.pread", return_value=b""):
            self.assertEqual(self.run_main(), (2, "it ends at byte 0, before its size"))
        os.truncate(self.volume, 0)
        self.assertEqual(self.run_main(), (2, "its size is 0"))


if __name__ == "__main__":
    unittest.main()
