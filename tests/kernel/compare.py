#!/usr/bin/env python3
"""Holds natsim against the Linux kernel: random rules, random packets, every answer compared.

    compare.py --packets N --seed S [--steps N] [--keep DIR] [--no-shrink]

Case i is the same for the same seed and number, save for what rules with -m time make of the hour.
Exit status: 0 no difference, 1 some, 77 this machine has no network namespaces or no
iptables-restore.
"""
import argparse
import json
import os
import pathlib
import sys
import time

sys.dont_write_bytecode = True
import cases
import linux
import packets
import simulated


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=100000, help="at most so many")
    parser.add_argument("--packets", type=int, default=20000, help="how many are to be compared")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--steps", type=int, default=20, help="packets a case")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the cases that differ")
    parser.add_argument("--no-shrink", action="store_true")
    parser.add_argument("--most", type=int, default=1000, help="differences to stop after")
    return parser.parse_args()


def outcome(out):
    return [f"{leg}: {packets.describe(packet)}" for leg, packet in out] or ["nothing"]


def tell(number, case, found):
    """The rules that matter, the packets up to the one that differs, both outcomes."""
    print(f"--- case {number} differs at packet {found.step + 1} of {len(case.steps)}")
    for line in case.rules.splitlines():
        if line != cases.TRACKING_LINE and (not line.startswith(":") or "DROP" in line):
            print("    " + line)
    for line in case.sets.splitlines():
        print("    " + line)
    for i, (leg, frame) in enumerate(case.steps):
        print(f"  {i + 1}. into {leg}: {packets.describe(packets.in_frame(frame))}")
    if found.refused:
        print(f"  natsim: {found.refused}")
        return
    print("  kernel: " + "\n          ".join(outcome(found.wanted)))
    print("  natsim: " + "\n          ".join(outcome(found.got)), flush=True)


def keep(folder, number, case, found):
    folder = folder / f"case-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.v4").write_text(case.rules.replace("@RUN@", "1"), encoding="ascii")
    text = simulated.topology(case.steps, case.sets)
    (folder / "case.yaml").write_text(text, encoding="ascii")
    steps = [{"leg": leg, "frame": frame.hex()} for leg, frame in case.steps]
    record = {"rules": case.rules, "sets": case.sets, "steps": steps,
              "kernel": outcome(found.wanted)}
    (folder / "case.json").write_text(json.dumps(record, indent=1), encoding="ascii")


class Comparison:
    """Counts, and tells of each difference as it is found."""

    def __init__(self, options):
        self.options = options
        self.kernel = cases.Kernel()
        self.packets = 0  # compared
        self.ran = self.answers = self.refused = self.chance = 0
        self.different = []

    def run(self):
        for number in range(self.options.first, self.options.first + self.options.cases):
            try:
                self.one(number)
            except linux.NotLoaded:
                self.refused += 1
            if len(self.different) >= self.options.most or self.packets >= self.options.packets:
                break

    def close(self):
        self.kernel.close()

    def one(self, number):
        case, wanted = cases.make(self.kernel, f"{self.options.seed}/{number}", self.options.steps)
        self.ran += 1
        self.answers += sum(map(len, wanted))
        first = cases.difference(case, wanted)
        self.packets += len(case.steps) if first is None else first.step
        if first is None:
            return
        found = cases.real_difference(self.kernel, case, wanted)
        if found is None:
            self.chance += 1
            return
        self.different.append(number)
        if not self.options.no_shrink:
            case, found = cases.shrink(self.kernel, case, found)
        tell(number, case, found)
        if self.options.keep:
            keep(self.options.keep, number, case, found)

    def summary(self):
        return (f"seed {self.options.seed}: {self.packets} packets of {self.ran} cases compared, "
                f"{self.answers} came out; {len(self.different)} cases differ; {self.chance} ended "
                f"early as the kernel drew something at random, {self.refused} that "
                "iptables-restore refused")


def main():
    options = arguments()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # Packets in order, and soon.
    try:
        comparison = Comparison(options)
    except linux.Unavailable as reason:
        print(f"skipped: {reason}")
        return 77
    start = time.monotonic()
    comparison.run()
    comparison.close()
    print(comparison.summary() + f"; {time.monotonic() - start:.0f} s")
    return 1 if comparison.different else 0


if __name__ == "__main__":
    sys.exit(main())
