#!/usr/bin/env python3
"""Goal: what tools/generate writes is a topology that natsim accepts, whose checks hold, and that
is the same for the same arguments."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]

# Arguments, and how many hosts they make.
SHAPES = [
    (["star", "--hosts", "1"], 1),
    (["star", "--hosts", "300"], 300),
    (["tree", "--hosts", "2"], 2),
    (["tree", "--hosts", "70", "--per-switch", "7", "--per-router", "3"], 70),
    (["tree", "--hosts", "9", "--per-switch", "1", "--per-router", "1"], 9),
    (["chain", "--hosts", "2", "--routers", "1"], 2),
    (["chain", "--hosts", "5", "--routers", "60"], 5),
    (["homes", "--homes", "1", "--hosts", "1"], 2),
    (["homes", "--homes", "20", "--hosts", "3"], 61),
]


def generate(*arguments):
    return subprocess.run([sys.executable, TOP / "tools/generate", *arguments],
                          capture_output=True, text=True, check=False)


class Generate(unittest.TestCase):
    def check(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "made.yaml")
            path.write_text(text, encoding="utf-8")
            return subprocess.run([os.environ["NATSIM_PROGRAM"], "check", path],
                                  capture_output=True, text=True, check=False)

    def test_every_shape_passes_its_own_checks(self):
        for arguments, hosts in SHAPES:
            with self.subTest(arguments):
                busy = [] if hosts == 1 else ["--traffic", "7", "--expect", "5"]
                made = generate(*arguments, *busy)
                self.assertEqual((made.returncode, made.stderr), (0, ""))
                self.assertEqual(len(re.findall(r"type: host\b", made.stdout)), hosts)
                checked = self.check(made.stdout)
                self.assertEqual((checked.returncode, checked.stderr), (0, ""), checked.stdout)
                if busy:
                    self.assertIn("5 of 5 checks met", checked.stdout)

    def test_the_seed_decides(self):
        ask = ["tree", "--hosts", "50", "--traffic", "20", "--seed"]
        first = generate(*ask, "3").stdout
        self.assertEqual(generate(*ask, "3").stdout, first)
        self.assertNotEqual(generate(*ask, "4").stdout, first)

    def test_limits_are_told(self):
        for arguments in (["star", "--hosts", "0"], ["chain", "--routers", "61"],
                          ["tree", "--per-switch", "251"],
                          ["star", "--hosts", "1", "--expect", "1"],
                          ["ring"], []):
            with self.subTest(arguments):
                made = generate(*arguments)
                self.assertEqual((made.returncode, made.stdout), (2, ""))
                self.assertIn("usage: generate", made.stderr)


if __name__ == "__main__":
    if "NATSIM_PROGRAM" not in os.environ:
        sys.exit(77)
    unittest.main()
