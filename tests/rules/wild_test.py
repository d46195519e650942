"""Goal: rule sets as they are found on real machines are read, and decide as the Linux kernel does.

Each of wild/*.rules is loaded, and meets random conversations in natsim and in the kernel; every
answer is compared. Words such as `eth0=wan0` in its line "# replay:" say how its interfaces and
networks are called on the router of tests/kernel. What the kernel draws at random is told apart:
`--random-fully` is left out, and a probability becomes every second packet.

Exit status 77: skipped, for want of namespaces or iptables-restore."""

import os
import pathlib
import random
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kernel"))
import cases
import compare
import conversation
import linux

WILD = sorted((pathlib.Path(__file__).parent / "wild").glob("*.rules"))
CASES = int(os.environ.get("NATSIM_WILD_CASES", "8"))
STEPS, GRE = 40, 47
SEED = os.environ.get("NATSIM_WILD_SEED", "1")
PORTS = re.compile(r"--(?:dport|dports|ports|sport) (\S+)")


class Kernel(cases.Kernel):
    """Which forgets the tables that are not in a file."""

    def load(self, rules, sets=""):
        super().load(linux.EMPTY, sets)
        super().load(rules, sets)


def on_the_router(text):
    """The rules in the router's words, and nothing that the kernel draws."""
    for words in re.findall(r"^# replay: (.*)$", text, re.MULTILINE):
        for word in words.split():
            before, after = word.split("=")
            text = text.replace(before, after)
    text = text.replace(" --random-fully", "")
    text = re.sub(r"--mode random --probability \S+", "--mode nth --every 2 --packet 0", text)
    return re.sub(r"--name (\S+)", r"--name \1@RUN@", text)


def ports_of(text):
    """The ports that the rules are about: conversations are about them too."""
    ports = {int(number) for listed in PORTS.findall(text)
             for number in re.findall(r"\d+", listed) if 0 < int(number) < 65536}
    return sorted(ports) or conversation.PORTS


def play(kernel, text, name, steps):
    """(the case, what the kernel sent)."""
    rng = random.Random(name)
    case = cases.Case(text, [])
    kernel.load(case.rules, case.sets)
    talk, outs = conversation.Conversation(rng), []
    for _ in range(steps):
        leg, frame = talk.next()
        if frame[23] == GRE:  # Made of random octets, which only the kernel takes for PPTP's.
            continue
        case.steps.append((leg, frame))
        outs.append(kernel.step(leg, frame))
        talk.heard(outs[-1])
    return case, outs


def main():
    assert len(WILD) >= 8
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # Packets in order, and soon.
    try:
        kernel = Kernel()
    except linux.Unavailable as reason:
        print(f"skipped: {reason}")
        return 77
    usual, failed = list(conversation.PORTS), False
    for path in WILD:
        text = on_the_router(path.read_text(encoding="utf-8"))
        conversation.PORTS[:] = ports_of(text) + usual
        answers = differences = 0
        for number in range(CASES):
            case, wanted = play(kernel, text, f"{SEED}/{path.stem}/{number}", STEPS)
            answers += sum(map(len, wanted))
            found = cases.real_difference(kernel, case, wanted)
            if found is None:
                continue
            differences += 1
            compare.tell(f"{path.stem}/{number}", case, found)
            break
        print(f"{path.stem}: {answers} packets came out, {differences} cases differ")
        failed |= differences > 0 or not answers
    kernel.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
