"""Goal: a planted fault breaks something that somebody notices, is the same for the same seed, and
is mended by undoing one change; a quiz asks about what really happens, and knows the answers."""

import glob
import os
import re
import subprocess
import tempfile
import unittest

PROGRAM = os.path.abspath(os.environ.get("NATSIM_PROGRAM", "build/natsim"))
ROOT = os.path.abspath(".")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def natsim(*words, folder=ROOT, text=""):
    return subprocess.run([PROGRAM, *words], cwd=folder, input=text, capture_output=True, text=True)


def plant(name, seed, folder, *more):
    output = f"{os.path.basename(name)}-{seed}.yaml"
    run = natsim("new", name, "--fault", "--seed", str(seed), "-o", output, "--key", *more,
                 folder=folder)
    return run, os.path.join(folder, output)


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def test_are_noticed_and_mended_by_undoing_them(self):
        for path in sorted(glob.glob("topologies/*.yaml")):
            original = read(path).splitlines()
            if natsim("check", path).returncode != 0 or "expect:" not in original:
                continue
            for seed in (1, 2, 3):
                with self.subTest(path=path, seed=seed):
                    run, broken = plant(os.path.abspath(path), seed, self.folder.name)
                    if "no room in it" in run.stderr:
                        continue  # it has neither routes nor rules in native words
                    self.assertEqual(run.returncode, 0, run.stderr)
                    self.assertEqual(natsim("check", broken).returncode, 1, run.stdout)
                    text = read(broken)
                    self.assertTrue(text.startswith("# TICKET\n"), text[:80])
                    below = text.splitlines()[-len(original):]
                    other = [i for i, line in enumerate(original) if line != below[i]]
                    self.assertIn(len(other), (1, 2), run.stdout)

    def test_are_the_same_for_the_same_seed_and_differ_by_seed(self):
        texts = set()
        for seed in range(1, 9):
            first = natsim("new", "office-dmz", "--fault", "--seed", str(seed), "-o", "-")
            again = natsim("new", "office-dmz", "--fault", "--seed", str(seed), "-o", "-")
            self.assertEqual(first.stdout, again.stdout)
            texts.add(first.stdout)
        self.assertGreater(len(texts), 4)

    def test_can_be_chosen_by_kind(self):
        run, _ = plant("home-nat", 1, self.folder.name, "--kind", "forward-target")
        self.assertIn("From web I cannot connect to TCP port 8080 of 203.0.113.2 any more.",
                      run.stdout)
        self.assertRegex(run.stdout,
                         r"\nforward-target, home-nat:\d+: a port forward of 'router' leads to ")
        run, _ = plant("home-nat", 2, self.folder.name, "--kind", "forward-traget")
        self.assertEqual((run.returncode, run.stderr),
                         (2, "natsim: unknown kind of fault 'forward-traget', did you mean"
                             " 'forward-target'?\n"))

    def test_nothing_is_overwritten(self):
        run = natsim("new", "home-nat", folder=self.folder.name)
        self.assertEqual((run.returncode, run.stdout),
                         (0, "home-nat.yaml written. Next: natsim run home-nat.yaml\n"))
        path = os.path.join(self.folder.name, "home-nat.yaml")
        self.assertEqual(read(path), read("topologies/home-nat.yaml"))
        again = natsim("new", "home-nat", folder=self.folder.name)
        self.assertEqual((again.returncode, again.stderr),
                         (3, "natsim: cannot write home-nat.yaml: File exists\n"))

    def test_files_that_do_not_work_are_refused(self):
        path = os.path.join(self.folder.name, "broken.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(read("topologies/home-nat.yaml").replace("{out: wan}", "{out: lan}"))
        run, _ = plant(path, 1, self.folder.name)
        self.assertEqual(run.returncode, 2)
        self.assertRegex(run.stderr, r"does not work as it is: \d of \d expectations are not met")

    def test_the_gallery_is_listed(self):
        run = natsim("new")
        self.assertEqual(run.returncode, 0)
        for path in glob.glob("topologies/**/*.yaml", recursive=True):
            if "/solutions/" not in path:
                self.assertIn(f"  {os.path.basename(path)[:-5]} ", run.stdout)
        self.assertTrue(all(len(line) <= 100 for line in run.stdout.splitlines()))
        self.assertEqual(natsim("new", "home-nta").stderr,
                         "natsim: the gallery has no 'home-nta', did you mean 'home-nat'?;"
                         " 'natsim new' lists it\n")


class Quiz(unittest.TestCase):
    def key(self, *words):
        run = natsim("quiz", *words, "--key")
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_knows_what_nat_makes_of_a_packet(self):
        sheet = self.key("topologies/lessons/../home-nat.yaml", "--questions", "20")
        self.assertRegex(sheet, r"Which source address does it carry when it has left 'router'\?")
        self.assertIn("Source NAT on 'router' replaced 192.168.1.", sheet)

    def test_right_answers_are_right_and_others_are_not(self):
        sheet = self.key("topologies/home-nat.yaml", "--questions", "4")
        letters = re.findall(r"^Answer: ([a-d])\.", sheet, re.M)
        self.assertEqual(len(letters), 4)
        right = natsim("quiz", "topologies/home-nat.yaml", "--questions", "4",
                       text="\n".join(letters) + "\n")
        self.assertEqual(right.returncode, 0, right.stdout)
        self.assertTrue(right.stdout.endswith("\n4 of 4 right\n"))
        wrong = ["b" if letter == "a" else "a" for letter in letters]
        others = natsim("quiz", "topologies/home-nat.yaml", "--questions", "4",
                        text="\n".join(["what?"] + wrong) + "\n")
        self.assertEqual(others.returncode, 1)
        self.assertIn("or q to end", others.stdout)
        self.assertTrue(others.stdout.endswith("\n0 of 4 right\n"))

    def test_asks_the_same_for_the_same_seed(self):
        file = "topologies/office-dmz.yaml"
        self.assertEqual(self.key(file), self.key(file))
        self.assertNotEqual(self.key(file, "--seed", "1"), self.key(file, "--seed", "2"))

    def test_an_end_of_input_ends_it(self):
        run = natsim("quiz", "topologies/office-dmz.yaml")
        self.assertEqual(run.returncode, 1)
        self.assertTrue(run.stdout.endswith("\n0 of 5 right\n"))
        for line in run.stdout.splitlines():
            self.assertLessEqual(len(line), 100)


if __name__ == "__main__":
    unittest.main()
