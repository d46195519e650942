"""The router as natsim plays it: a topology file, a run, and the far ends' captures."""
import os
import pathlib
import struct
import subprocess
import time

from router import ADDRESSES, GATEWAY, LEGS, NEIGHBORS, mac_bytes

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEP_MS = 10


class Refused(Exception):
    """natsim did not run the case: what it said."""


def program():
    """Where natsim is."""
    return os.environ.get("NATSIM_PROGRAM") or str(ROOT / "build" / "natsim")


def topology(steps, sets="", start=0):
    """The YAML text of a case, beside a file rules.v4. `start`: the clock at time 0."""
    far = ", ".join(f'{leg}1: {{mac: "{mac}", mtu: {mtu}}}'
                    for leg, (_, _, mac, mtu) in LEGS.items())
    epoch = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start))
    lines = ["name: case", f'epoch: "{epoch}"', "capture: [far]", "nodes:",
             f"  far: {{type: host, interfaces: {{{far}}}}}",
             "  router:", "    type: router", "    icmp_rate_limit: false", "    redirects: false",
             "    iptables_file: rules.v4", "    interfaces:"]
    for leg, (name, mac, _, mtu) in LEGS.items():
        addresses = ", ".join(address + "/24" for address in ADDRESSES[leg])
        lines.append(f'      {name}: {{mac: "{mac}", mtu: {mtu}, addresses: [{addresses}]}}')
    lines += [f"    routes: [{{to: default, via: {GATEWAY}}}]", "    neighbors:"]
    for leg, (name, _, mac, _) in LEGS.items():
        lines += [f'      - {{address: {neighbor}, mac: "{mac}", interface: {name}}}'
                  for neighbor in NEIGHBORS[leg]]
    if sets:  # A node that listens anywhere answers TCP by other code.
        lines.append("    listen: [{proto: udp, port: 9}]")
    lines += ["    ipset: |"] if sets else []
    lines += ["      " + line for line in sets.splitlines()]
    lines.append("links:")
    lines += [f'  - {{endpoints: ["far:{leg}1", "router:{name}"], delay: 1us, '
              'bandwidth: unlimited}' for leg, (name, _, _, _) in LEGS.items()]
    lines += ["traffic:"] if steps else []
    lines += [f'  - {{at: {(i + 1) * STEP_MS}ms, from: "far:{leg}1", frame: "{frame.hex()}"}}'
              for i, (leg, frame) in enumerate(steps)]
    return "\n".join(lines) + "\n"


def play(folder, case):
    """Runs a case in `folder`. For each step what came out: a list of (leg, packet)."""
    folder, steps = pathlib.Path(folder), case.steps
    start = int(time.time())  # For -m time: the kernel's clock is no other.
    (folder / "rules.v4").write_text(case.rules.replace("@RUN@", "1"), encoding="ascii")
    text = topology(steps, case.sets, start)
    (folder / "case.yaml").write_text(text, encoding="ascii")
    done = subprocess.run([program(), "run", "case.yaml", "-o", "out", "--quiet"], cwd=folder,
                          capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise Refused(f"status {done.returncode}: {(done.stdout + done.stderr).strip()}")
    out = [[] for _ in steps]
    for leg, (_, mac, _, _) in LEGS.items():
        for time_ms, frame in _frames(folder / "out" / f"far-{leg}1.pcap", start):
            if frame[6:12] == mac_bytes(mac) and frame[12:14] == b"\x08\0":
                size = struct.unpack_from("!H", frame, 16)[0]
                out[int(time_ms // STEP_MS) - 1].append((leg, frame[14:14 + size]))
    return out


def _frames(path, start):
    """(milliseconds since `start`, frame) of a pcap file."""
    data = path.read_bytes()
    order, scale = {b"\xd4\xc3\xb2\xa1": ("<", 1e3), b"\x4d\x3c\xb2\xa1": ("<", 1e6),
                    b"\xa1\xb2\xc3\xd4": (">", 1e3), b"\xa1\xb2\x3c\x4d": (">", 1e6)}[data[:4]]
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, size, _ = struct.unpack_from(order + "IIII", data, at)
        yield (seconds - start) * 1000 + fraction / scale, data[at + 16:at + 16 + size]
        at += 16 + size
