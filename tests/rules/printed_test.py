"""Goal: rules in native keys, printed as iptables and read again in their place, decide as before:
the hairpin's "-s SUBNET -o INTERFACE", an interface's address, a rule for each interface."""

import glob
import os
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ.get("NATSIM_PROGRAM", "build/natsim")
TOPOLOGIES = sorted(glob.glob("topologies/*.yaml"))


def natsim(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)


def block_end(lines, begin):
    """The line behind the block of the key in line `begin`."""
    indent = len(lines[begin]) - len(lines[begin].lstrip())
    for at in range(begin + 1, len(lines)):
        depth = len(lines[at]) - len(lines[at].lstrip())
        if lines[at].strip() and depth <= indent:
            return at
    return len(lines)


def with_printed_rules(path):
    """(the topology with nat and firewall as iptables text, how many nodes that changes)."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    changed = 0
    for at in range(len(lines) - 1, -1, -1):
        node = re.match(r"^  ([\w-]+):\s*$", lines[at])
        if not node:
            continue
        end, found = block_end(lines, at), False
        for key in range(end - 1, at, -1):
            if re.match(r"^    (nat|firewall):", lines[key]):
                del lines[key:block_end(lines, key)]
                found = True
        if not found:
            continue
        printed = natsim("rules", path, node[1], "--as", "iptables")
        assert printed.returncode == 0, printed.stderr
        rules = [f"      {line}" for line in printed.stdout.splitlines() if line]
        lines[at + 1:at + 1] = ["    iptables: |", *rules]
        changed += 1
    text = "\n".join(lines) + "\n"
    return re.sub(r", *by: (?!policy|connect|udp|syn)[^,}]*", "", text), changed


class PrintedRules(unittest.TestCase):
    def test_decide_as_the_native_ones(self):
        nodes = 0
        for path in TOPOLOGIES:
            text, changed = with_printed_rules(path)
            nodes += changed
            if not changed:
                continue
            with tempfile.TemporaryDirectory() as folder:
                copy = os.path.join(folder, os.path.basename(path))
                with open(copy, "w", encoding="utf-8") as file:
                    file.write(text)
                ended = natsim("check", copy)
            self.assertEqual(ended.returncode, 0, f"{path}\n{ended.stdout}{ended.stderr}")
        self.assertGreaterEqual(nodes, 4)


if __name__ == "__main__":
    unittest.main()
