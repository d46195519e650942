#!/usr/bin/env python3
"""What natsim prints as iptables text is loaded by the real iptables-restore --test.

Of every topology here and of random rule sets. Skipped (77) where there is no iptables-restore, no
network namespace, or no `natsim rules`.
"""
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import simulated
from rules import RuleMaker

RULE_SETS = 30


def run(*command, text=None, folder=None):
    return subprocess.run(command, input=text, cwd=folder, capture_output=True, text=True,
                          check=False)


def complaint(file, folder):
    """What is wrong with the rules of a topology file; empty for nothing."""
    printed = run(simulated.program(), "rules", file, "--as", "iptables", folder=folder)
    if printed.returncode:
        return "natsim rules: " + printed.stderr
    loaded = run("unshare", "-n", "iptables-restore", "--test", text=printed.stdout)
    return loaded.stderr + printed.stdout if loaded.returncode else ""


def random_files(folder):
    """Topology files with random rules that the kernel takes."""
    maker = RuleMaker(random.Random(1), with_sets=False)
    for _ in range(RULE_SETS):
        rules = maker.rule_set().replace("@RUN@", "1")
        if run("unshare", "-n", "iptables-restore", "--test", text=rules).returncode == 0:
            (folder / "rules.v4").write_text(rules, encoding="ascii")
            (folder / "case.yaml").write_text(simulated.topology([]), encoding="ascii")
            yield folder / "case.yaml"


def main():
    for program in ("iptables-restore", "unshare"):
        if shutil.which(program) is None or run("unshare", "-n", "true").returncode:
            print(f"skipped: no {program}")
            return 77
    if run(simulated.program(), "rules", "--help").returncode:
        print("skipped: no 'natsim rules'")
        return 77
    files = wrong = 0
    with tempfile.TemporaryDirectory(prefix="natsim-kernel-") as folder:
        known = sorted((simulated.ROOT / "topologies").glob("*.yaml"))
        for file in [*known, *random_files(pathlib.Path(folder))]:
            files += 1
            text = complaint(str(file), folder)
            wrong += bool(text)
            print(f"{file}: {text}" if text else "", end="")
    print(f"{files} rule sets, {wrong} that iptables-restore refuses")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
