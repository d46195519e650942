"""Goal: ufw's commands become the rules that the real ufw makes of them, letter by letter, and what
it refuses is refused: FW-U01 to FW-U11, written sequences and random ones.

Exit status 77: skipped, for want of ufw, iptables or namespaces."""

import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
PROGRAM = os.environ.get("NATSIM_PROGRAM", "build/natsim")
SYSTEM_PYTHON = "/usr/bin/python3"  # The one that ufw is installed for.
REAL = ["unshare", "-n", "-m", SYSTEM_PYTHON, "tests/rules/real_ufw.py"]

# Rows of several commands each; '!' marks what both have to refuse.
SEQUENCES = {
    "FW-U01 plain": [],
    "FW-U01 reload": ["allow 22", "reload"],
    "FW-U04 order": ["allow 22", "insert 1 deny from 203.0.113.5", "prepend deny from 203.0.113.6",
                     "insert 2 deny 80", "delete 1", "delete allow 22", "allow 443/tcp",
                     "insert 3 allow 1", "! insert 99 allow 2", "! insert 0 allow 2", "! delete 99",
                     "! delete 0", "prepend allow 5", "insert 2 allow 6/udp"],
    "FW-U05 in place": ["allow 22/tcp", "deny 23/tcp", "allow 22/tcp", "deny 22/tcp",
                        "reject 22/tcp", "limit 22/tcp", "allow log 22/tcp", "allow log-all 22/tcp",
                        "allow 23/tcp comment 'with words'", "allow 23/tcp comment other"],
    "FW-U06 ports": ["allow 22", "allow ssh", "allow 53", "allow domain", "allow http",
                     "allow 1000:1010/udp", "allow 443,80,8000:8010/tcp", "! allow 80,443",
                     "! allow 1:2", "! allow ssh/udp", "! allow http,https/tcp", "allow 53/udp",
                     "allow 6:7,1/tcp", "! allow 9:8/tcp", "! allow 22/icmp", "! allow 1/2/3"],
    "FW-U07 actions": ["deny 1", "reject 2", "reject 3/tcp", "reject 4/udp", "limit 5/tcp",
                       "limit 6", "reject from 10.0.0.1", "limit from 10.0.0.2",
                       "limit log 7/tcp", "reject log 8", "reject log-all 9/tcp", "deny log 10"],
    "FW-U08 forms": ["allow in on eth0", "allow out on eth0", "allow out 53", "deny out 25/tcp",
                     "allow in on eth0 to any port 80 proto tcp",
                     "allow in on eth0 log from 10.0.0.1",
                     "route allow in on eth1 out on eth2", "route allow out on eth2 in on eth1",
                     "route deny from 10.0.0.0/8 to 192.0.2.1 port 80 proto tcp", "route allow 22",
                     "route limit in on eth0 from 10.0.0.1 to any port 22",
                     "route delete allow 22", "! route allow in", "! allow in on",
                     "route allow in on eth0 from 10.0.0.1 out on eth1",
                     "allow proto tcp from 10.0.0.0/255.255.255.0 to any port 22,80",
                     "allow from 192.168.1.77/24", "allow to 10.0.0.1 port 53 from 10.0.0.0/24 "
                     "port 1024:65535 proto udp", "allow from any to any", "allow proto udp to any",
                     "allow proto esp from any", "allow proto gre to 10.0.0.1", "! allow proto esp",
                     "allow proto igmp from 10.0.0.9", "allow proto ipv6 to any",
                     "! allow proto ah to any port 5", "allow proto vrrp from 10.0.0.2",
                     "allow from 2001:db8::/32 to any port 80 proto tcp", "deny from ::1",
                     "! allow from 10.0.0.1 to ::1", "! allow port 22", "! allow to any port",
                     "! allow proto tcp proto udp to any", "! allow to any to any",
                     "allow from 10.0.0.1 port http", "! allow from any port ssh to any port tftp"],
    "FW-U09 reject": ["default reject incoming", "default deny outgoing", "default allow routed",
                      "allow 22"],
    "FW-U09 allow": ["default allow", "default reject outgoing", "default reject routed"],
    "FW-U10 everything": ["allow log from any to any", "deny out on eth0 log-all", "deny log 1"],
    "FW-U10 off": ["reject log to any", "allow log 22", "logging off", "limit 5"],
    "FW-U10 on": ["logging off", "logging on", "default allow incoming"],
    "FW-U10 medium": ["logging medium", "default allow routed", "default reject incoming"],
    "FW-U10 high": ["logging high", "allow log-all 22", "logging on"],
    "FW-U10 full": ["logging full", "limit log 22/tcp"],
    "FW-U11 errors": ["allow 1", "! allow 70000", "! allow 0", "! allow foo", "! delete allow 4242",
                      "! delete deny 1", "! allow", "! allow from 10.0.0.256", "! default nothing",
                      "! logging loud", "! allow to any port 70000", "! allow from any port foo",
                      "! allow in on eth0:1", "! allow in on abcdefghijklmnop", "! permit 22",
                      "! allow from", "! allow 22 comment", "! delete", "! allow to any app foo",
                      "! allow to any app WWW proto tcp", "! default deny sideways", "! enable 3"],
    "profiles": ["allow WWW", "allow 'WWW Full'", "allow www", "allow SSH", "allow CIFS",
                 "prepend deny NFS", "insert 2 allow Bonjour", "allow from 10.0.0.1 to any app NFS",
                 "deny 99", "delete allow CIFS", "delete 1", "reject log 'Kerberos Full'",
                 "limit from any app DNS to any app 'WWW Full'", "allow to any port 7 from any app "
                 "KTorrent", "deny 'WWW Full'", "insert 3 allow 98", "delete deny 'www full'"],
    "reset": ["allow 22", "default deny outgoing", "logging high", "reset", "allow 80", "enable"],
}


def missing():
    for tool in ("ufw", "iptables-save", "unshare", SYSTEM_PYTHON):
        if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin") is None:
            return f"{tool} is not installed"
    probe = [*REAL[:3], "iptables", "-A", "INPUT", "-m", "recent", "--set"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        return "no network namespaces, or no netfilter in them"
    version = subprocess.run(["ufw", "version"], capture_output=True, text=True, check=False).stdout
    return None if "0.36.2" in version else f"another version: {version.split(chr(10), 1)[0]}"


def play_real(cases):
    words = [[shlex.split(command) for command in commands] for commands in cases]
    done = subprocess.run(REAL, input=json.dumps(words), text=True, capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Simulated:
    def __init__(self, folder):
        self.path = os.path.join(folder, "case.yaml")

    def __call__(self, commands):
        """(exit status, the rules as iptables, what it complained about)."""
        listed = "".join(f"      {command}\n" for command in commands) or "      reload\n"
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("name: case\nnodes:\n  h:\n    type: host\n    interfaces:\n"
                       "      eth0: {network: n, addresses: [10.0.0.1/24]}\n    ufw: |\n" + listed +
                       "networks: {n: {}}\n")
        done = subprocess.run([PROGRAM, "rules", self.path, "--as", "iptables"], text=True,
                              capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr


def normal(text):
    """Chains with policies, and each one's rules; a rule's matches in alphabetical order."""
    lines = []
    for line in text.splitlines():
        if line.startswith(":"):
            lines.append(line.rsplit(" ", 1)[0])
        if line.startswith("-A"):
            parts = re.split(r" (?=-[mjg] )", line)
            lines.append(" ".join(parts[:1] + sorted(parts[1:-1]) + parts[-1:]))
    return sorted(lines, key=lambda line: line.split()[1])  # stable: rules keep their order


class RandomCommands:
    """Commands that meet each other: few ports, few addresses, all forms."""

    def __init__(self, rng):
        self.random = rng

    def one(self, *values):
        return self.random.choice(values)

    def address(self):
        return self.one("any", "10.0.0.1", "10.0.0.0/8", "10.1.2.3/8", "192.168.1.0/24", "::1",
                        "2001:db8::/32", "0.0.0.0/0")

    def port(self):
        return self.one("22", "80", "53", "ssh", "domain", "1000:1010", "80,443", "tftp")

    def clause(self, word):
        text = f" {word} {self.address()}"
        return text + (f" port {self.port()}" if self.random.random() < 0.4 else "")

    def rule(self):
        action = self.one("allow", "allow", "deny", "reject", "limit")
        if self.random.random() < 0.3:
            action += self.one(" in", " out", " in on eth0", " out on eth0")
        if self.random.random() < 0.2:
            action += self.one(" log", " log-all")
        if self.random.random() < 0.2:
            action += f" {self.one('WWW', 'CIFS', 'NFS', 'DNS', 'Bonjour')}"
        elif self.random.random() < 0.5:
            action += f" {self.port()}{self.one('', '', '/tcp', '/udp')}"
        else:
            if self.random.random() < 0.5:
                action += f" proto {self.one('tcp', 'udp', 'esp')}"
            action += self.clause("from") if self.random.random() < 0.7 else ""
            action += self.clause("to") if self.random.random() < 0.7 else ""
        return action + (" comment 'a b'" if self.random.random() < 0.1 else "")

    def command(self):
        kind = self.random.random()
        number = self.random.randint(1, 12)
        if kind < 0.04:
            return f"default {self.one('allow', 'deny', 'reject')} " + self.one(
                "incoming", "outgoing", "routed")
        if kind < 0.06:
            return f"logging {self.one('off', 'low', 'medium', 'high', 'full', 'on')}"
        if kind < 0.12:
            return f"delete {number}"
        if kind < 0.18:
            return f"delete {self.rule()}"
        if kind < 0.30:
            return f"insert {number} {self.rule()}"
        if kind < 0.38:
            return f"prepend {self.rule()}"
        if kind < 0.46:
            return f"route {self.rule()}"
        return self.rule()


class UfwRules(unittest.TestCase):
    def compare(self, name, commands, real):
        """What ufw refused, natsim refuses; what is left comes to the same rules."""
        with tempfile.TemporaryDirectory() as folder:
            simulated = Simulated(folder)
            taken = []
            for command, said in zip(commands, real["said"]):
                absent = "non-existent" in said and "deleted" not in said.replace(
                    "updated", "deleted")
                if not said or absent:
                    status, _, _ = simulated([*taken, command])
                    self.assertEqual(status, 2, f"{name}: '{command}' after {taken}")
                else:
                    taken.append(command)
            status, rules, complaints = simulated(taken)
        self.assertEqual(status, 0, f"{name}: {taken}\n{complaints}")
        self.assertEqual(normal(rules), normal(real["rules"]), f"{name}: {taken}")

    def test_written_sequences(self):
        self.maxDiff = 4000
        cases = [[command.removeprefix("! ") for command in commands]
                 for commands in SEQUENCES.values()]
        for (name, marked), commands, real in zip(SEQUENCES.items(), cases, play_real(cases)):
            refused = [command.removeprefix("! ") if not said or "non-existent" in said else ""
                       for command, said in zip(marked, real["said"])]
            wanted = [command.removeprefix("! ") if command.startswith("! ") else ""
                      for command in marked]
            self.assertEqual(wanted, refused, name)
            self.compare(name, commands, real)

    def test_random_sequences(self):
        self.maxDiff = 4000
        count = int(os.environ.get("NATSIM_UFW_CASES", "8"))
        seed = int(os.environ.get("NATSIM_UFW_SEED", "1"))
        cases = []
        for number in range(count):
            maker = RandomCommands(random.Random(f"{seed}/{number}"))
            cases.append([maker.command() for _ in range(20)])
        for number, (commands, real) in enumerate(zip(cases, play_real(cases))):
            self.compare(f"random {seed}/{number}", commands, real)


if __name__ == "__main__":
    REASON = missing()
    if REASON:
        print("skipped:", REASON)
        sys.exit(77)
    unittest.main()
