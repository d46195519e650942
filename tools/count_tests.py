#!/usr/bin/env python3
"""Counts what a run of ctest did: prints "PASSED FAILED SKIPPED" for tools/test.

    count_tests.py RESULTS   a folder with ctest.xml (ctest --output-junit) and a JSON file of each
                             GoogleTest executable (GTEST_OUTPUT=json:RESULTS/)

Each GoogleTest case counts as one; so does a ctest entry of another kind, and an executable that
failed without naming a case (it crashed, or did not start).
"""
import json
import os
import pathlib
import sys
import xml.etree.ElementTree


def cases_of(path):
    """Counts the cases of one GoogleTest report."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for suite in json.loads(path.read_text())["testsuites"]:
        for case in suite["testsuite"]:
            if "failures" in case:
                counts["failed"] += 1
            elif case["status"] == "NOTRUN" or case["result"] == "SKIPPED":
                counts["skipped"] += 1
            else:
                counts["passed"] += 1
    return counts


def main():
    results = pathlib.Path(sys.argv[1])
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for entry in xml.etree.ElementTree.parse(results / "ctest.xml").getroot():
        report = results / f"natsim_{entry.get('name')}_test.json"
        failed = entry.get("status") == "fail"
        counts = cases_of(report) if report.exists() else {"passed": 0, "failed": 0, "skipped": 0}
        if failed and not counts["failed"]:
            counts["failed"] = 1
        if not report.exists() and not failed:
            # With a filter for GoogleTest cases, other kinds of entries are beside the point.
            ran = entry.get("status") == "run"
            if not os.environ.get("GTEST_FILTER"):
                counts["passed" if ran else "skipped"] += 1
        for kind, number in counts.items():
            total[kind] += number
    if not any(total.values()):
        print("no test has such a name", file=sys.stderr)
        total["failed"] = 1
    print(total["passed"], total["failed"], total["skipped"])


if __name__ == "__main__":
    main()
