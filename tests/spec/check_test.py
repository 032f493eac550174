#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checker finds what it is there to find."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent / "check.py"


class CheckTest(unittest.TestCase):
    def run_check(self, test_text, excused="", enforced="a\n"):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "tests").mkdir()
            (root / "tests" / "x_test.cpp").write_text(test_text)
            (root / "requirements.tsv").write_text(
                "# header\na\ta.x.1\tMUST\tSome section\tx.tex:1\nb\tb.x.1\tMUST\tOther\tx.tex:2\n")
            (root / "not-testable.tsv").write_text(excused)
            (root / "enforced.txt").write_text(enforced)
            done = subprocess.run([sys.executable, CHECK, "--folder", root, "--tests", root / "tests"],
                                  capture_output=True, text=True, check=False)
            return done.returncode, done.stdout + done.stderr

    def test_named_requirement_passes(self):
        self.assertEqual(self.run_check('SPEC("a.x.1");\n')[0], 0)
        self.assertEqual(self.run_check("// spec: a.x.1\n")[0], 0)

    def test_missing_requirement_of_an_enforced_area_fails(self):
        code, text = self.run_check("")
        self.assertEqual(code, 1)
        self.assertIn("no test names 'a.x.1' (MUST, x.tex:1: Some section)", text)

    def test_other_areas_are_only_counted(self):
        code, text = self.run_check("", enforced="")
        self.assertEqual(code, 0)
        self.assertIn("b: 0 of 1", text)

    def test_unknown_id_fails(self):
        code, text = self.run_check('SPEC("a.x.1"); SPEC("a.x.2");\n')
        self.assertEqual(code, 1)
        self.assertIn("there is no requirement 'a.x.2'", text)

    def test_reason_excuses(self):
        self.assertEqual(self.run_check("", excused="a.x.1\tcannot be seen from outside\n")[0], 0)

    def test_reason_is_needed(self):
        self.assertNotEqual(self.run_check("", excused="a.x.1\t\n")[0], 0)

    def test_tested_and_excused_fails(self):
        code, text = self.run_check('SPEC("a.x.1");\n', excused="a.x.1\tcannot be seen\n")
        self.assertEqual(code, 1)
        self.assertIn("listed in not-testable.tsv", text)

    def test_unknown_area_fails(self):
        self.assertEqual(self.run_check('SPEC("a.x.1");\n', enforced="c\n")[0], 1)


if __name__ == "__main__":
    unittest.main()
