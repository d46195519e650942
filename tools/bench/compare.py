"""The table that tools/bench/compare prints; see there."""
import argparse
import os
import pathlib
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile

import measure
import targets

COLUMNS = (("row", 7), ("work", 40), ("natsim", 18), ("peer", 18), ("ratio", 15), ("target", 9),
           ("stretch", 9), ("met", 8))


def main():
    arguments = parse()
    if arguments.list:
        for name, row in targets.ROWS.items():
            print(f"{name:<7} {row.__doc__}")
        return 0
    runs = arguments.runs or (1 if arguments.quick else 5)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="natsim-bench-") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder  # what a program leaves goes with it
        peers = find_peers(arguments.build, pathlib.Path(folder))
        introduce(peers, runs, arguments.quick)
        return table(peers, arguments.rows or list(targets.ROWS), runs,
                     targets.QUICK if arguments.quick else targets.Size())


def parse():
    parser = argparse.ArgumentParser(prog="tools/bench/compare")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("rows", nargs="*", metavar="ROW", type=str.upper)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_intermixed_args()
    unknown = [row for row in arguments.rows if row not in targets.ROWS]
    if unknown:
        parser.error(f"no row {unknown[0]}: there are {', '.join(targets.ROWS)}")
    arguments.build = arguments.build.absolute()
    return arguments


def find_peers(build, folder):
    """What is there to compare with."""
    ns3_missing, optimised, kernel_missing = "ns-3 is not installed", False, None
    if (build / "natsim-bench-ns3").exists():
        ns3_missing = None
        optimised = measure.Program(build / "natsim-bench-ns3", "about").figures()["logging"] == 0
    check = subprocess.run(["tools/bench/kernel/nat", "check"], capture_output=True, text=True,
                           check=False, env={**os.environ, "KERNEL_TRAFFIC":
                                             str(build / "natsim-bench-kernel")})
    if check.returncode != 0:
        kernel_missing = "kernel: " + (check.stdout.strip() or "not here")
    threads = "--threads" in measure.run([str(build / "natsim-bench"), "towns", "--help"])
    return targets.Peers(build, folder, ns3_missing, optimised, kernel_missing, threads)


def introduce(peers, runs, quick):
    """What the figures depend on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    ns3 = peers.ns3_missing or ("ns-3 optimised" if peers.ns3_optimised
                                else "ns-3 with logging compiled in, as Debian builds it")
    kernel = peers.kernel_missing or f"Linux {platform.release()}"
    print(f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}; {ns3}; {kernel}")
    how_often = "One run" if runs == 1 else f"Medians of {runs} runs in turns"
    how_much = ", small loads: a look, not figures" if quick else ""
    print(f"{how_often}{how_much}. Rates and times are of the processor, not of the wall, where "
          "nothing else is said.\n")


def table(peers, rows, runs, size):
    """Prints the lines of each row as soon as they are measured. Returns the exit status."""
    print_row([name for name, _ in COLUMNS])
    print_row(["-" * width for _, width in COLUMNS])
    status = 0
    for row in rows:
        lines = targets.ROWS[row](peers, size)
        programs = list(dict.fromkeys(figure.program for line in lines
                                      for figure in (line.ours, line.theirs) if figure))
        results, failures = measure.in_turns(programs, runs, measure.progress(row))
        for i, line in enumerate(lines):
            print_row([row if i == 0 else ""] + cells(line, results))
        for program, why in failures.items():
            print_row(["", "! " + why])
            if not isinstance(program, measure.Missing):
                status = 1
    return status


def cells(line, results):
    """The columns of a line but for the first."""
    ours = line.ours.values(results)
    theirs = line.theirs.values(results) if line.theirs else []
    text = [line.work, value(ours, line.ours.unit), value(theirs, line.theirs.unit)
            if line.theirs else ""]
    if line.theirs:
        pairs = list(zip(ours, theirs))
        judged = [b / a if line.faster else a / b for a, b in pairs]
        text.append(f"{number(statistics.median(judged))}x{spread(judged)}" if judged else "")
        unit = "x"
    else:
        judged, unit = ours, " " + line.ours.unit
        text.append(spread(judged).strip())
    if line.sense:
        text += [f"{line.sense} {number(limit)}{unit}" for limit in (line.target, line.stretch)]
        text.append(verdict(line, statistics.median(judged)) if judged else "")
    return text


def verdict(line, reached):
    def holds(limit):
        return reached >= limit if line.sense == ">=" else reached <= limit
    if holds(line.stretch):
        return "stretch"
    return "yes" if holds(line.target) else "NO"


def spread(values):
    return f" ±{measure.spread(values):.0%}" if len(values) > 1 else ""


def value(values, unit):
    return f"{number(statistics.median(values))} {unit}" if values else "-"


def number(x):
    """Three digits that count."""
    if x == 0 or abs(x) >= 1000:
        return f"{x:,.0f}"
    return f"{x:.3g}"


def print_row(texts):
    padded = [text.ljust(width) for text, (_, width) in zip(texts, COLUMNS)]
    print(" ".join(padded).rstrip() if len(texts) > 2 else "  ".join(texts), flush=True)


try:
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(130)
