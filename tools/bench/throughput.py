"""The table that tools/bench/throughput prints; see there."""
import argparse
import math
import pathlib
import sys

import measure

MBPS = 100
SEGMENT = 1448  # octets, with timestamps
LOST_PPM = (100, 1_000, 10_000)
# Of each of the two cables, a quarter of the round trip; and how much longer a run is for it, so
# that all have enough losses.
DELAYS_MS = {1: 1, 10: 3, 50: 10}


def mathis_mbps(lost, round_trip_s):
    """Mathis et al. 1997, with an ACK for each octet (RFC 5681's counting)."""
    return min(SEGMENT * 8 / round_trip_s * math.sqrt(1.5 / lost) / 1e6, goodput_max())


def goodput_max():
    return MBPS * SEGMENT / (SEGMENT + 66)  # headers of Ethernet, IPv4 and TCP with timestamps


def rate(program, seconds):
    return program.figures()["bytes"] * 8 / seconds / 1e6


def main():
    parser = argparse.ArgumentParser(prog="tools/bench/throughput")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    ours = arguments.folder / "natsim-bench"
    peer = arguments.folder / "natsim-bench-ns3"
    print(f"{MBPS} Mbit/s, {arguments.seconds} s of simulated time and longer; Mbit/s of data\n")
    columns = ("algorithm", "lost", "round trip", "natsim", "Mathis", "natsim / Mathis",
               "natsim without SACK", "ns-3 without SACK", "natsim / ns-3")
    print("|" + "|".join(f" {column} " for column in columns) + "|")
    print("|" + " --- |" * len(columns))
    for algorithm in ("reno", "cubic"):
        for delay, times in DELAYS_MS.items():
            seconds = arguments.seconds * times
            for ppm in LOST_PPM:
                common = ("tcp", f"--seconds={seconds}", f"--mbps={MBPS}",
                          f"--delay={delay}ms", f"--congestion={algorithm}")
                lossy = common + (f"--lost-ppm={ppm}",)
                mine = rate(measure.Program(ours, *lossy), seconds)
                bare = rate(measure.Program(ours, *lossy, "--no-sack"), seconds)
                theirs = (rate(measure.Program(peer, *common, f"--lost={ppm / 1e6}"),
                               seconds) if peer.exists() else None)
                model = mathis_mbps(ppm / 1e6, delay * 4e-3) if algorithm == "reno" else None
                print(f"| {algorithm} | {ppm / 1e4:g} % | {delay * 4} ms |{cell(mine)}"
                      f"{cell(model)}{ratio(mine, model)}{cell(bare)}{cell(theirs)}"
                      f"{ratio(bare, theirs)}", flush=True)


def cell(value):
    return " |" if value is None else f" {value:.3g} |"


def ratio(mine, other):
    return " |" if not other else f" {mine / other:.2f} |"


if __name__ == "__main__":
    try:
        main()
    except measure.Failed as failed:
        sys.exit(f"tools/bench/throughput: {failed}")
