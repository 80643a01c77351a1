"""What the mutation tests change."""

from __future__ import annotations

import unittest

from tests.release.mutation.mutants import mutants


def changes(text: str) -> list[str]:
    return [it.apply(text.encode()).decode().strip() for it in mutants("it.py", text.encode())]


class Mutants(unittest.TestCase):
    def test_statements_disappear(self) -> None:
        self.assertEqual(changes("sync(file)"), ["pass"])
        self.assertIn("def f():\n  return None", changes("def f():\n  return x"))
        self.assertEqual(changes("x = f()\n"), [])
        self.assertIn("x = f()\npass", changes("x = f()\nx = g()"))

    def test_conditions_take_both_ways_and_lose_their_parts(self) -> None:
        self.assertEqual(changes("if a:\n  x = f()"), ["if (False):\n  x = f()", "if (True):\n  x = f()"])
        self.assertEqual(changes("y = a and b"), ["y = (a)", "y = (b)"])
        self.assertEqual(changes("y = a < b"), ["y = (a <= b)"])
        self.assertEqual(changes("y = a == b"), ["y = (a != b)"])

    def test_numbers_become_others_and_modes_open(self) -> None:
        self.assertEqual(changes("y = 64 << 20"), [f"y = ({(64 << 20) // 10})", f"y = ({640 << 20})"])
        self.assertEqual(changes("y = 1"), ["y = (2)"])
        self.assertEqual(changes("y = 0o600"), ["y = (511)"])

    def test_what_is_for_people_or_type_checkers_stays(self) -> None:
        self.assertEqual(changes('"""It is so."""\ny: "int"\nz = "a sentence"'), [])
        self.assertEqual(changes('y = "name"'), ["y = ('')"])

    def test_errors_are_not_caught(self) -> None:
        found = changes("try:\n  x = f()\nexcept (A, B):\n  x = 1")
        self.assertIn("try:\n  x = f()\nexcept ((B,)):\n  x = 1", found)
        self.assertIn("try:\n  x = f()\nexcept ((A,)):\n  x = 1", found)
