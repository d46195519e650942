"""Goal: what natsim writes, the real tools read. `natsim rules --as iptables` of every topology and
every recorded rule set goes through `iptables-restore --test`, and `--as nft` through `nft -c -f`,
in a network namespace of their own.

Exit status 77: skipped, for want of a tool or of namespaces."""

import glob
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ.get("NATSIM_PROGRAM", "build/natsim")
TOPOLOGIES = sorted(glob.glob("topologies/**/*.yaml", recursive=True))
CASES = "tests/rules/data/kernel_cases.jsonl.gz"
# Each tool call costs a process; every nth recorded case is enough to meet every kind of rule.
STEP = 6


def missing():
    for tool in ("iptables-restore", "nft", "unshare"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        return "no network namespaces"
    empty = "*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n"
    ended = in_namespace(["iptables-restore", "--test"], empty)
    return "the kernel has no netfilter" if ended.returncode else None


def in_namespace(command, text):
    return subprocess.run(["unshare", "-n", *command], input=text, text=True,
                          capture_output=True, check=False)


def natsim_rules(path, words):
    return subprocess.run([PROGRAM, "rules", path, "--as", words], text=True,
                          capture_output=True, check=False)


def recorded():
    with gzip.open(CASES, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % STEP == 0:
                case = json.loads(line)
                yield case["id"], case["rules"]


def topology_with(rules):
    indented = "".join(f"      {line}\n" for line in rules.splitlines())
    return ("name: case\nnodes:\n  r:\n    type: router\n    interfaces:\n"
            "      lan0: {addresses: 192.168.1.1/24}\n      wan0: {addresses: 203.0.113.2/24}\n"
            "      dmz0: {addresses: 172.16.5.1/24}\n    iptables: |\n" + indented)


class RulesOut(unittest.TestCase):
    def load(self, path, name):
        text = natsim_rules(path, "iptables")
        self.assertIn(text.returncode, (0, 1), name + text.stderr)
        ended = in_namespace(["iptables-restore", "--test"], text.stdout)
        self.assertEqual(ended.returncode, 0, f"{name}\n{ended.stderr}\n{text.stdout}")
        text = natsim_rules(path, "nft")
        self.assertIn(text.returncode, (0, 1), name + text.stderr)
        # A rule may be left out, but never silently.
        self.assertEqual(text.returncode == 1, "left out" in text.stderr, name + text.stderr)
        ended = in_namespace(["nft", "-c", "-f", "-"], text.stdout)
        self.assertEqual(ended.returncode, 0, f"{name}\n{ended.stderr}\n{text.stdout}")

    def test_topologies_load(self):
        self.assertTrue(TOPOLOGIES)
        for path in TOPOLOGIES:
            self.load(path, path)

    def test_recorded_rule_sets_load(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, rules in recorded():
                path = os.path.join(folder, "case.yaml")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(topology_with(rules))
                self.load(path, name)


if __name__ == "__main__":
    REASON = missing()
    if REASON:
        print("skipped:", REASON)
        sys.exit(77)
    unittest.main()
