"""The table that tools/bench/throughput prints; see there."""
import argparse
import math
import pathlib
import sys

import measure

MBPS = 100
SEGMENT = 1448  # octets, with timestamps
LOST_PPM = (100, 1_000, 10_000)
DELAYS_MS = (1, 10, 50)  # of each of the two cables: a quarter of the round trip


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
    parser.add_argument("--seconds", type=int, default=120)
    arguments = parser.parse_args()
    ours = arguments.folder / "natsim-bench"
    peer = arguments.folder / "natsim-bench-ns3"
    print(f"{MBPS} Mbit/s, {arguments.seconds} s of simulated time; Mbit/s of data\n")
    columns = ("algorithm", "lost", "round trip", "natsim", "ns-3", "natsim / ns-3", "Mathis",
               "natsim / Mathis")
    print("|" + "|".join(f" {column} " for column in columns) + "|")
    print("|" + " --- |" * len(columns))
    for algorithm in ("reno", "cubic"):
        for delay in DELAYS_MS:
            for ppm in LOST_PPM:
                common = ("tcp", f"--seconds={arguments.seconds}", f"--mbps={MBPS}",
                          f"--delay={delay}ms", f"--congestion={algorithm}")
                mine = rate(measure.Program(ours, *common, f"--lost-ppm={ppm}"), arguments.seconds)
                theirs = (rate(measure.Program(peer, *common, f"--lost={ppm / 1e6}"),
                               arguments.seconds) if peer.exists() else None)
                model = (mathis_mbps(ppm / 1e6, delay * 4e-3) if algorithm == "reno" else None)
                print(f"| {algorithm} | {ppm / 1e4:g} % | {delay * 4} ms | {mine:.3g} |"
                      f"{cell(theirs)}{ratio(mine, theirs)}{cell(model)}{ratio(mine, model)}",
                      flush=True)


def cell(value):
    return " |" if value is None else f" {value:.3g} |"


def ratio(mine, other):
    return " |" if not other else f" {mine / other:.2f} |"


if __name__ == "__main__":
    try:
        main()
    except measure.Failed as failed:
        sys.exit(f"tools/bench/throughput: {failed}")
