"""A case: rules, frames, what each router sent; where they differ, and how that shrinks."""
import dataclasses
import random
import re
import shutil
import struct
import tempfile
import time

import linux
import packets as p
import simulated
from conversation import Conversation
from rules import TRACKING, RuleMaker

TIMESTAMP_REPLY_BYTES = 40
# A port is drawn from the range of a rule: of two, the same one is drawn again half the time.
NAT_DRAWS = re.compile(r"(--to-source|--to-ports|--to-destination) \S*?\d+-\d+")
REPEATS = 20
# nf_conncount forgets dead connections once in a jiffy: steps must be as far apart as natsim's.
JIFFIES_SECONDS = 0.011
TRACKING_LINE = TRACKING


@dataclasses.dataclass
class Case:
    rules: str
    steps: list  # (leg, frame)
    sets: str = ""  # for ipset restore


@dataclasses.dataclass
class Difference:
    step: int
    wanted: list  # (leg, packet), of the kernel
    got: list  # the same of natsim
    refused: str = ""  # what natsim said instead of running it


class Kernel:
    """The kernel's router, and a new one where the old one may still hold fragments."""

    def __init__(self):
        self.router = linux.LinuxRouter()
        self.stale = self.slow = False

    def close(self):
        self.router.close()

    def load(self, rules, sets):
        if self.stale:
            self.router.close()
            self.router = linux.LinuxRouter()
            self.stale = False
        self.slow = "connlimit" in rules
        self.router.load(rules, sets)

    def step(self, leg, frame):
        if self.slow:
            time.sleep(JIFFIES_SECONDS)
        self.stale |= len(frame) >= 34 and p.is_fragment(frame[14:])
        return self.router.step(leg, frame)

    def replay(self, case):
        """What came out at each step."""
        self.load(case.rules, case.sets)
        return [self.step(leg, frame) for leg, frame in case.steps]


def make(kernel, seed, steps):
    """(case, what the kernel sent) of this seed. Raises linux.NotLoaded."""
    rng = random.Random(seed)
    maker = RuleMaker(rng, shutil.which("ipset") is not None)
    case = Case(maker.rule_set(), [], maker.set_text)
    kernel.load(case.rules, case.sets)
    conversation, outs = Conversation(rng), []
    for _ in range(steps):
        leg, frame = conversation.next()
        case.steps.append((leg, frame))
        outs.append(kernel.step(leg, frame))
        conversation.heard(outs[-1])
    return case, outs


def difference(case, wanted):
    """The first step at which natsim differs from what the kernel sent, or None."""
    with tempfile.TemporaryDirectory(prefix="natsim-kernel-") as folder:
        try:
            got = simulated.play(folder, case)
        except simulated.Refused as refused:
            return Difference(len(case.steps) - 1, wanted[-1], [], str(refused))
    idents = {0}
    for i, (_, frame) in enumerate(case.steps):
        idents.add(struct.unpack_from("!H", frame, 18)[0])
        if not alike(wanted[i], got[i], idents):
            return Difference(i, wanted[i], got[i])
    return None


def real_difference(kernel, case, wanted=None):
    """As difference(), but None where the kernel itself does not do the same thing twice."""
    first = wanted or kernel.replay(case)
    found = difference(case, first)
    if found is None or found.refused:
        return found
    case = Case(case.rules, case.steps[:found.step + 1], case.sets)
    idents = {struct.unpack_from("!H", frame, 18)[0] for _, frame in case.steps} | {0}
    for _ in range(REPEATS if NAT_DRAWS.search(case.rules) else 1):
        again = kernel.replay(case)
        if not all(alike(*both, idents) for both in zip(first, again)):
            return None
    return found


def alike(wanted, got, idents):
    """Whether two lists of (leg, packet) are the same but for what the kernel may choose.

    That is the order of two legs, the identification of its own packets (none of `idents`, which
    came in), and the time of day in a timestamp reply.
    """
    if len(wanted) != len(got):
        return False
    for (leg, one), (other_leg, other) in zip(*(sorted(out, key=lambda item: item[0])
                                                for out in (wanted, got))):
        if leg != other_leg or len(one) != len(other):
            return False
        if one != other and _neutral(one, one, idents) != _neutral(other, one, idents):
            return False
    return True


def _neutral(packet, model, idents):
    own = p.ident(model) not in idents
    if not own and model[9] != p.ICMP:
        return packet
    out = bytearray(packet)
    if own:
        out[4:6] = b"\0\0"
        out[10:12] = b"\0\0" if p.checksum(packet[:p.header_bytes(packet)]) == 0 else b"\xff\xff"
    timestamp = model[9] == p.ICMP and p.payload_of(model)[:1] == b"\x0e"
    if timestamp and len(packet) >= TIMESTAMP_REPLY_BYTES:
        at = p.header_bytes(model)
        out[at + 2:at + 4], out[at + 12:at + 20] = bytes(2), bytes(8)
    return bytes(out)


# --- shrinking -----------------------------------------------------------------------------------


def shrink(kernel, case, found, tries=150):
    """(a case that differs with fewer rules and frames, its difference), within `tries` runs."""
    case = Case(case.rules, case.steps[:found.step + 1], case.sets)
    budget = [tries]

    def attempt(candidate):
        if budget[0] <= 0 or not candidate.steps:
            return None
        budget[0] -= 1
        try:
            seen = real_difference(kernel, candidate)
        except linux.NotLoaded:
            return None
        return seen if seen and bool(seen.refused) == bool(found.refused) else None

    for fewer_steps in (True, False, True):
        parts = case.steps if fewer_steps else case.rules.splitlines()
        size = max(1, len(parts) // 2)
        while size and budget[0] > 0:
            at = 0
            while at < len(parts):
                gone = parts[at:at + size]
                if not fewer_steps:  # Tables and chains stay.
                    gone = [line for line in gone if line.startswith("-A")]
                kept = parts[:at] + [part for part in parts[at:at + size] if part not in gone]
                kept += parts[at + size:]
                smaller = (Case(case.rules, kept, case.sets) if fewer_steps else
                           Case("\n".join(kept) + "\n", case.steps, case.sets))
                if gone and (seen := attempt(smaller)):
                    parts, found, case = kept, seen, smaller
                else:
                    at += size
            size //= 2
    return Case(case.rules, case.steps[:found.step + 1], case.sets), found
