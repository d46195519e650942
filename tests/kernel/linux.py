"""The router as the Linux kernel plays it, in two network namespaces without a name.

They belong to this process and a child that ends with it: nothing is left behind, however it ends.
"""
import ctypes
import fcntl
import os
import pathlib
import select
import shutil
import socket
import struct
import subprocess
import time

from router import ADDRESSES, GATEWAY, LEGS, NEIGHBORS, mac_bytes

CLONE_NEWNET = 0x40000000
PACKET_OUTGOING = 4
ANSWER_SECONDS_MAX = 20.0  # The machine may be busy.
SYSCTLS = {
    "net/ipv4/ip_forward": 1,
    "net/ipv4/icmp_ratelimit": 0,
    "net/ipv4/icmp_ratemask": 0,
    **{f"net/ipv4/conf/{name}/{key}": 0
       for name in ("all", "default") for key in ("rp_filter", "send_redirects")},
    "net/ipv6/conf/all/disable_ipv6": 1,
    "net/ipv6/conf/default/disable_ipv6": 1,
}
EMPTY = "".join(f"*{table}\nCOMMIT\n" for table in ("raw", "mangle", "nat", "filter"))

_libc = ctypes.CDLL(None, use_errno=True)


class Unavailable(Exception):
    """This machine cannot do it: why."""


class NotLoaded(Exception):
    """iptables-restore refused the rules: what it said."""


def _system_call(name, *arguments):
    if getattr(_libc, name)(*arguments):
        raise Unavailable(f"{name}: {os.strerror(ctypes.get_errno())}")


def _run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


class LinuxRouter:
    """One at a time, as the calling process moves into the router's namespace. close() it."""

    def __init__(self):
        for program in ("ip", "iptables-restore", "unshare"):
            if shutil.which(program) is None:
                raise Unavailable(f"no program '{program}'")
        _system_call("unshare", CLONE_NEWNET)
        # cat ends, and its namespace with it, when this process does.
        self._far = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec cat"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self._far.stdout.read(1) != b"\n":
            raise Unavailable("unshare -n does not work")
        self._loads = 0
        self._has_sets = False
        self._sentinel = 0
        self._write_sysctls()
        self._make_legs()
        self._sockets = {leg: self._far_socket(leg) for leg in LEGS}
        for name, _, _, _ in LEGS.values():
            _no_offload(name)
        self.load(EMPTY)

    def close(self):
        for far in self._sockets.values():
            far.close()
        self._far.stdin.close()
        self._far.wait()
        self._far.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _write_sysctls(self):
        for name, value in SYSCTLS.items():
            path = pathlib.Path("/proc/sys", name)
            if path.exists():
                path.write_text(f"{value}\n", encoding="ascii")

    def _make_legs(self):
        lines = ["link set lo up"]
        for leg, (name, near, far, mtu) in LEGS.items():
            lines += [
                f"link add {name} address {near} type veth peer name far-{leg} address {far} "
                f"netns {self._far.pid}", f"link set {name} mtu {mtu} up"
            ]
            lines += [f"addr add {address}/24 dev {name}" for address in ADDRESSES[leg]]
            lines += [f"neigh add {neighbor} lladdr {far} nud permanent dev {name}"
                      for neighbor in NEIGHBORS[leg]]
        self._ip(lines)
        self._ip([f"link set far-{leg} up" for leg in LEGS], "nsenter", "-n", "-t",
                 str(self._far.pid))
        self._ip([f"route add default via {GATEWAY}"])

    def _ip(self, lines, *prefix):
        done = _run(*prefix, "ip", "-batch", "-", text="\n".join(lines) + "\n")
        if done.returncode:
            raise Unavailable("ip: " + done.stderr.strip())

    def _far_socket(self, leg):
        """A packet socket on the far end of a leg."""
        here = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(f"/proc/{self._far.pid}/ns/net", os.O_RDONLY)
        try:
            _system_call("setns", there, CLONE_NEWNET)
            try:
                _no_offload(f"far-{leg}")
                far = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
                far.bind((f"far-{leg}", 3))
                far.setblocking(False)
                return far
            finally:
                _system_call("setns", here, CLONE_NEWNET)
        finally:
            os.close(here)
            os.close(there)

    # --- a case ----------------------------------------------------------------------------------

    def load(self, rules, sets=""):
        """Replaces all rules and forgets all connections. @RUN@ makes names of lists new ones."""
        self._loads += 1
        if sets or self._has_sets:
            _run("iptables-restore", text=EMPTY)
            _run("ipset", "destroy")
            self._has_sets = bool(sets)
        if sets:
            done = _run("ipset", "-exist", "restore", text=sets)
            if done.returncode:
                raise NotLoaded(done.stderr.strip())
        done = _run("iptables-restore", text=rules.replace("@RUN@", str(self._loads)))
        if done.returncode:
            raise NotLoaded(done.stderr.strip())
        _flush_conntrack()

    def step(self, leg, frame):
        """Sends the frame into the router by the leg. What came out: a list of (leg, packet)."""
        far = self._sockets[leg]
        far.send(frame)
        self._settle(leg)
        self._settle(leg)  # What it sent to itself is done as well.
        out = []
        for name in LEGS:
            out += [(name, packet) for packet in self._heard(name)]
        return out

    def _settle(self, leg):
        """The router has done all that came before: it answers an ARP probe after that."""
        name, _, _, _ = LEGS[leg]
        self._sentinel += 1
        asking = b"\x06\0" + struct.pack("!I", self._sentinel)
        probe = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, asking, bytes(4), bytes(6),
                            socket.inet_aton(ADDRESSES[leg][0]))
        far = self._sockets[leg]
        far.send(b"\xff" * 6 + asking + b"\x08\x06" + probe)
        self._kept = getattr(self, "_kept", {name: [] for name in LEGS})
        until = time.monotonic() + ANSWER_SECONDS_MAX
        while time.monotonic() < until:
            select.select([far], [], [], 0.2)
            for frame in self._read(leg):
                if frame[:6] == asking:
                    return
                self._kept[leg].append(frame)
        raise Unavailable(f"the router's {name} fell silent")

    def _read(self, leg):
        while True:
            try:
                frame, (_, _, kind, _, _) = self._sockets[leg].recvfrom(65535)
            except BlockingIOError:
                return
            if kind != PACKET_OUTGOING:
                yield frame

    def _heard(self, leg):
        frames = self._kept[leg] + list(self._read(leg))
        self._kept[leg] = []
        for frame in frames:
            if frame[12:14] == b"\x08\0":
                yield frame[14:14 + struct.unpack_from("!H", frame, 16)[0]]


def _no_offload(interface):
    """Every packet leaves with its checksums computed (ETHTOOL_STXCSUM, STSO, SGSO)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in (0x17, 0x1F, 0x24):
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(value))
            try:
                fcntl.ioctl(control, 0x8946, request)
            except OSError:
                pass


def _flush_conntrack():
    """IPCTNL_MSG_CT_DELETE without a tuple: all of them."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as netlink:
        netlink.send(struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 5, 1, 0, socket.AF_INET, 0, 0))
        answer = netlink.recv(4096)
        error = struct.unpack_from("=i", answer, 16)[0]
        if error:
            raise Unavailable(f"conntrack: {os.strerror(-error)}")


__all__ = ["LinuxRouter", "NotLoaded", "Unavailable", "mac_bytes"]
