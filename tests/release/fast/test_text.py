"""Secrets are masked in whatever form they are printed, and no terminal sequence gets through."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import random
import unittest
from urllib.parse import quote

from linnix_release import process, text
from linnix_release.text import redacted

SECRETS = ("hunter2", 'quo"ted\\value', "https://hooks.example/T0/B0?a=b&c=ä", "first line\nsecond line", " spaced ")


class Masked(unittest.TestCase):
    def setUp(self) -> None:
        before = set(text.masked)
        text.masked.clear()
        self.addCleanup(text.masked.update, before)
        self.addCleanup(text.masked.clear)
        text.mask(list(SECRETS))

    def test_every_form_of_a_secret_is_masked(self) -> None:
        forms = (
            lambda value: value,
            json.dumps,
            lambda value: json.dumps(value, ensure_ascii=False),
            lambda value: quote(value, safe=""),
            lambda value: base64.b64encode(value.encode()).decode(),
        )
        for secret in SECRETS:
            for form in forms:
                printed = redacted(f"before {form(secret)} after")
                for part in (*secret.strip().split("\n"), form(secret).strip(' "')):
                    self.assertNotIn(part, printed)
                self.assertTrue(printed.startswith("before") and printed.endswith("after"), printed)

    def test_a_secret_within_a_json_text_is_masked_and_nothing_else(self) -> None:
        text.mask(['quo"te of ä'])
        for secret in ("hunter2", 'quo"ted\\value', 'quo"te of ä'):
            for ascii_only in (True, False):
                printed = redacted(json.dumps(f"a {secret} b", ensure_ascii=ascii_only))
                self.assertEqual(printed, '"a *** b"')

    def test_a_secret_of_four_characters_is_masked(self) -> None:
        text.mask(["wxyz", "wxy"])
        self.assertEqual(redacted("wxyz wxy"), "*** wxy")

    def test_a_secret_that_terminal_sequences_interrupt_is_masked(self) -> None:
        for inserted in ("\x1b[0m", "\x00", "\x1b]0;x\x07", "\u202e", "\r", "\x9b1m"):
            self.assertNotIn("hunter2", redacted(f"pass hun{inserted}ter2 word"))

    def test_a_secret_that_contains_another_leaves_nothing(self) -> None:
        text.mask(["hunter2-and-more"])
        self.assertEqual(redacted("hunter2-and-more, hunter2"), "***, ***")

    def test_messages_are_masked(self) -> None:
        printed = io.StringIO()
        with contextlib.redirect_stderr(printed):
            process.say("the token is hunter2\x1b[2J")
        self.assertEqual(printed.getvalue(), "the token is ***\n")

    def test_short_values_mask_no_words(self) -> None:
        text.mask(["", "a", "ab "])
        self.assertEqual(redacted("a cab"), "a cab")


class Filtered(unittest.TestCase):
    def test_terminal_sequences_are_removed_with_their_parameters(self) -> None:
        table = {
            "\x1b[31mred\x1b[0m": "red",
            "\x1b]0;title\x07text": "text",
            "\x1b]8;;http://x\x1b\\\\link\x1b]8;;\x1b\\\\": "link",
            "\x1bPdevice\x1b\\\\text": "text",
            "\x1b]52;c;ZXZpbA==\x07text": "text",
            "\x1bc\x1b7text": "text",
            "\x9b2Jtext": "text",
            "\x9d0;title\x9ctext": "text",
            "a\x08b\x7fc\x00d": "abcd",
            "over\rwritten": "overwritten",
            "right\u202eleft\u2066": "rightleft",
            "\x1b[": "",
            "tab\tand ä 🐟 stay": "tab and ä 🐟 stay",
        }
        for raw, wanted in table.items():
            self.assertEqual(redacted(raw.replace("\\\\", "\\")), wanted, ascii(raw))

    def test_no_control_character_gets_through(self) -> None:
        source = random.Random(3)
        for _ in range(500):
            raw = "".join(
                chr(source.choice([27, 91, 93, source.randrange(32), source.randrange(160)])) for _ in range(30)
            )
            self.assertRegex(redacted(raw), r"\A[\n\x20-\x7e\u00a0-\U0010ffff]*\Z", ascii(raw))

    def test_documents_are_filtered_through_and_through(self) -> None:
        self.assertEqual(
            text.redacted_all({"a": ["\x1b[1mb", {"c": "\x07d"}], "e": 1}), {"a": ["b", {"c": "d"}], "e": 1}
        )

    def test_lines_stay_lines(self) -> None:
        self.assertEqual(redacted("one\r\ntwo\n"), "one\ntwo\n")


class Cut(unittest.TestCase):
    def test_a_text_of_the_limit_stays_and_a_longer_one_fits_with_a_mark(self) -> None:
        self.assertEqual(text.cut("abcdef", 6), "abcdef")
        self.assertEqual(text.cut("abcdefg", 6), "abc…")
        self.assertEqual(text.cut("äöüßä", 8), "äö…")
        self.assertEqual(text.cut_front("abcdefg", 6), "bcdefg")
        self.assertEqual(text.cut_front("äöü", 3), "ü")

    def test_half_a_character_is_no_error(self) -> None:
        self.assertEqual(text.cut_front("x\ud800", 6), "x?")
        self.assertEqual(text.cut("\ud800" * 9, 6), "???…")
