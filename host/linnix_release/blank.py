"""Proves that a volume is blank, so that formatting it can destroy nothing: `python3 -m linnix_release.blank DEVICE`.

It reads the places where file systems, partition tables, RAID and encryption keep their headers and the copies of them,
and samples from the whole volume. Exit status 0: blank, 3: not blank, any other: not known, as after a read error.
"""

from __future__ import annotations

import argparse
import os
import struct
import sys
import uuid
from typing import Iterator

SECTOR = 512
MIB = 1 << 20
TIB = 1 << 40
ZEROS = bytes(MIB)
# MiB at the beginning: partition table, LUKS2's second header (up to 4 MiB), a partition's file system.
# At the end: GPT's copy, RAID 0.90 and 1.0, ZFS's second pair of labels, NTFS's boot sector.
ENDS = 16
# Evenly distributed; XFS has a superblock at each quarter.
SAMPLES = 64
# Block group 1 begins after 8 * size blocks: one bitmap block describes so many. Each group here has a copy.
EXT_COPIES = [group * 8 * size * size for size in (1024 << n for n in range(7)) for group in (1, 3, 5, 7, 9)]
BTRFS_COPIES = [64 * MIB, 1 << 38]
UNKNOWN = "unknown data"

# Kinds that keep a header where blkid does not look, which reads the usual place only; at an offset in a sector.
SIGNATURES = (
    ("a GPT partition table", 0, b"EFI PART"),
    ("a LUKS header", 0, b"LUKS\xba\xbe"),
    ("a LUKS header", 0, b"SKUL\xba\xbe"),
    ("an LVM label", 0, b"LABELONE"),
    ("an XFS superblock", 0, b"XFSB"),
    ("a btrfs superblock", 64, b"_BHRfS_M"),
    ("a RAID superblock", 0, struct.pack("<I", 0xA92B4EFC)),
    ("a RAID superblock", 0, struct.pack(">I", 0xA92B4EFC)),
    ("a ZFS label", 0, struct.pack("<Q", 0x00BAB10C)),
    ("a ZFS label", 0, struct.pack(">Q", 0x00BAB10C)),
)


def is_ext(sector: bytes) -> bool:
    """True for a superblock of ext2, ext3 or ext4. Its magic number is short, so other fields must fit, too."""
    inodes, block_size, magic, revision = (struct.unpack_from("<I", sector, at)[0] for at in (0, 24, 56, 76))
    return bool(magic & 0xFFFF == 0xEF53 and inodes and block_size <= 6 and revision <= 1)


def signature(sector: bytes, own: bytes) -> str | None:
    """The kind of header that begins in this sector. `own`: the UUID of an ext4 file system that does not count."""
    for kind, at, magic in SIGNATURES:
        if sector.startswith(magic, at):
            return kind
    return "an ext4 superblock" if is_ext(sector) and sector[104:120] != own else None


def places(size: int) -> list[int]:
    """The MiB to be read of a volume of this size, in ascending order."""
    points: list[int] = [*EXT_COPIES, *BTRFS_COPIES, *range(TIB, size, TIB)]
    for sample in range(SAMPLES):
        start = size * sample // SAMPLES
        # XFS rounds a quarter up to whole blocks, which may be in the next MiB.
        points += [start, start + (64 << 10)]
    last = (size - 1) // MIB
    chosen = {*range(ENDS), *range(last - ENDS, last + 1), *(point // MIB for point in points)}
    return sorted(chunk for chunk in chosen if 0 <= chunk <= last)


def read(device: int, start: int, length: int) -> bytes:
    """Exactly so many bytes. Raises OSError."""
    content = b""
    while len(content) < length:
        try:
            part = os.pread(device, length - len(content), start + len(content))
        except OSError as error:
            raise OSError(error.errno, f"{error.strerror} at byte {start + len(content)}") from error
        if not part:
            raise OSError(f"it ends at byte {start + len(content)}, before its size")
        content += part
    return content


def findings(start: int, content: bytes, own: bytes | None) -> Iterator[str]:
    """What is in a part of the volume: headers, and without `own` anything but zeros."""
    # A comparison is a hundred times as fast as a look at each byte.
    if content == ZEROS[: len(content)]:
        return
    for at in range(0, len(content), SECTOR):
        kind = signature(content[at : at + SECTOR].ljust(SECTOR, b"\0"), own or b"")
        if kind:
            yield f"{kind} at byte {start + at}"
    if own is None:
        first = len(content) - len(content.lstrip(b"\0"))
        yield f"{UNKNOWN} at byte {start + first}"


def examine(path: str, own: bytes | None) -> list[str]:
    """Everything on a volume that must not be formatted over. Raises OSError if the volume can't be read."""
    with open(path, "rb", buffering=0) as device:
        size = device.seek(0, os.SEEK_END)
        if size == 0:
            raise OSError("its size is 0")
        # All of it is read, also after a finding: an error counts more.
        return [
            finding
            for place in places(size)
            for finding in findings(place * MIB, read(device.fileno(), place * MIB, min(MIB, size - place * MIB)), own)
        ]


def own_uuid(text: str) -> bytes:
    """A UUID's bytes; if it is none, such as in a damaged mark, bytes that no superblock has."""
    try:
        return uuid.UUID(text).bytes
    except ValueError:
        return b"none"


def main() -> int:
    """Prints the most telling finding, or why the volume can't be read."""
    made = argparse.ArgumentParser(prog="linnix_release.blank", description=(__doc__ or "").splitlines()[0])
    made.add_argument("device", metavar="DEVICE")
    made.add_argument(
        "--interrupted",
        metavar="UUID",
        type=own_uuid,
        help="this host was interrupted while it made an ext4 file system of this UUID here: its remains do not count",
    )
    arguments = made.parse_args()
    try:
        found = examine(arguments.device, arguments.interrupted)
    except OSError as error:
        print(error.strerror or error)
        return 2
    if not found:
        return 0
    # The kind of a header says more than that there is data.
    print(min(found, key=lambda finding: finding.startswith(UNKNOWN)))
    return 3


if __name__ == "__main__":
    sys.exit(main())
