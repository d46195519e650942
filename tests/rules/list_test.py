"""Goal: `natsim rules` has the shape of `iptables -L -n -v`: the same rule sets in both, and the
same chains, headings and columns come out, up to the words behind the destination.

What differs on purpose: protocols have their names, as iptables printed them before 1.8.9 and again
after it, and a rule's other matches are in iptables-save's words.

Exit status 77: skipped, for want of a tool or of namespaces."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ.get("NATSIM_PROGRAM", "build/natsim")
WILD = sorted(glob.glob("tests/rules/wild/*.rules"))
TABLES = ("raw", "mangle", "nat", "filter")
PROTOCOLS = {"0": "all", "1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "50": "esp"}
# pkts, bytes, target, prot, opt, in, out, source, destination
RULE = re.compile(r"^( *\S+ +\S+ \S* *)(\S+) +(--|-f|!f)(  \S+ +\S+ +\S+ +\S+)")


def missing():
    for tool in ("iptables-restore", "iptables", "unshare"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    probe = ["unshare", "-n", "iptables", "-A", "INPUT", "-j", "LOG"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        return "no network namespaces, or no netfilter in them"
    return None


def real_lists(path, tables):
    """iptables' own lists, in a namespace that is gone afterwards."""
    with open(path, encoding="utf-8") as file:
        counters = "-c" if "[" in file.read() else ""
    script = f"iptables-restore {counters} < {path}" + "".join(
        f"; echo 'Table: {table}'; echo; iptables -t {table} -L -n -v" for table in tables)
    return subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True,
                          check=True).stdout


def natsim_list(path):
    with tempfile.TemporaryDirectory() as folder:
        topology = os.path.join(folder, "case.yaml")
        with open(topology, "w", encoding="utf-8") as file:
            file.write("name: case\nnodes:\n  r:\n    type: router\n    interfaces:\n"
                       "      lan0: {addresses: 192.168.1.1/24}\n"
                       f"    iptables_file: {os.path.abspath(path)}\n")
        return subprocess.run([PROGRAM, "rules", topology, "r"], capture_output=True, text=True,
                              check=True).stdout


def columns(line):
    """The line up to its details, with a protocol's name, and the target's column as wide as 10."""
    found = RULE.match(line)
    if not found:
        return line
    head, protocol, option, tail = found.groups()
    return (head.rstrip(), PROTOCOLS.get(protocol, protocol), option, tail)


def blocks(text):
    """The chains of each table: {(table, heading): lines}."""
    made, table, heading = {}, "", ""
    for line in text.splitlines():
        if line.startswith("Table: "):
            table = line
        elif line.startswith("Chain "):
            heading = line
            made[table, heading] = []
        elif line:
            made[table, heading].append(columns(line))
    return made


class ListShape(unittest.TestCase):
    def test_columns_are_those_of_iptables(self):
        self.maxDiff = None
        self.assertGreater(len(WILD), 5)
        for path in WILD:
            mine = natsim_list(path)
            tables = [table for table in TABLES if f"Table: {table}\n" in mine]
            self.assertTrue(tables, path)
            mine, real = blocks(mine), blocks(real_lists(path, tables))
            self.assertEqual(sorted(mine), sorted(real), path)
            for chain, lines in mine.items():
                self.assertEqual(lines, real[chain], f"{path} {chain}")


if __name__ == "__main__":
    REASON = missing()
    if REASON:
        print("skipped:", REASON)
        sys.exit(77)
    unittest.main()
