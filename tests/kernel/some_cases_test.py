#!/usr/bin/env python3
"""Some hundred random cases against the Linux kernel; compare.py runs as many as you like.

Skipped (77) where network namespaces or iptables-restore are not to be had.
"""
import argparse
import os
import sys
import time

sys.dont_write_bytecode = True
import compare
import linux

CASES, STEPS, SEED = 200, 20, 2663
SECONDS_MAX = 60  # On a busy machine fewer cases have to do.


def main():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    options = argparse.Namespace(cases=0, packets=CASES * STEPS, first=0, seed=SEED, steps=STEPS,
                                 keep=None, no_shrink=False, most=3)
    try:
        comparison = compare.Comparison(options)
    except linux.Unavailable as reason:
        print(f"skipped: {reason}")
        return 77
    until = time.monotonic() + SECONDS_MAX
    options.cases = 1
    while options.first < CASES and time.monotonic() < until:
        comparison.run()
        if len(comparison.different) >= options.most:
            break
        options.first += 1
    comparison.close()
    print(comparison.summary())
    return 1 if comparison.different or not comparison.answers else 0


if __name__ == "__main__":
    sys.exit(main())
