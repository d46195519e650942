"""Goal: `natsim rules` prints what `iptables -L -n -v` does: the same rule sets in both, and the
same chains, headings, columns and words come out.

What differs on purpose: protocols have their names, as iptables printed them before 1.8.9 and again
after it; blanks; one spelling where iptables has two for the same thing; ports and states stand
before a rule's other matches.

Exit status 77: skipped, for want of a tool or of namespaces."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ.get("NATSIM_PROGRAM", "build/natsim")
WILD = sorted(glob.glob("tests/rules/wild/*.rules"))
TABLES = ("raw", "mangle", "nat", "filter")
PROTOCOLS = {"0": "all", "1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "50": "esp"}
# pkts, bytes, target, prot, opt, in, out, source, destination and the words behind
RULE = re.compile(r"^( *\S+ +\S+ \S* *)(\S+) +(--|-f|!f)(  \S+ +\S+ +\S+ +\S+)(.*)")
SAME = (
    (r"(?<!ct)state (?=[A-Z])", "ctstate "),  # -m state is conntrack's
    (r"\b(tcp|udp)(?= (?!spt|dpt|flags)|$)", ""),  # -m tcp without anything asked of it
    (r"\bNOTRACK$", "CT notrack"),
    (r"\brandom-fully\b", "random"),  # natsim draws alike for both
)
# One rule a line, each match and target with and without negation.
WORDS = {
    "filter": [
        "-p icmp --icmp-type echo-request", "-p icmp --icmp-type 3/4", "-p icmp ! --icmp-type 8",
        "-p icmp --icmp-type any", "-p icmp ! --icmp-type 3/1",
        "-p tcp --dport ssh", "-p tcp ! --sport 5 --dport 6:7", "-p udp --sport 53 ! --dport 1024:",
        "-p tcp -m multiport --dports 80,443,8000:8080", "-p tcp -m multiport ! --sports 1,2",
        "-p tcp -m multiport --ports 1,2", "-p tcp --syn", "-p tcp ! --syn",
        "-p tcp --tcp-flags ALL NONE", "-m mac --mac-source 00:11:22:33:44:55",
        "-m mac ! --mac-source 00:11:22:33:44:55", "-m iprange --src-range 10.0.0.1-10.0.0.9",
        "-m iprange ! --src-range 1.1.1.1-1.1.1.2 --dst-range 2.2.2.1-2.2.2.2",
        "-m mark --mark 5", "-m mark ! --mark 5/0xff", "-m connmark --mark 5",
        "-m connmark ! --mark 5/0xff", "-m ttl --ttl-eq 5", "-m ttl ! --ttl-eq 5",
        "-m ttl --ttl-lt 5", "-m ttl --ttl-gt 5", "-m length --length 100:200",
        "-m length ! --length 100", "-m dscp --dscp 10", "-m dscp ! --dscp 10", "-m tos --tos 0x10",
        "-m tos ! --tos 0x10/0x3f", "-m limit", "-m limit --limit 3/min --limit-burst 7",
        "-m conntrack --ctstate INVALID,NEW", "-m state --state RELATED,ESTABLISHED",
        "-m conntrack ! --ctstate NEW ! --ctorigsrc 10.0.0.0/8 --ctreplsrcport 1:5 "
        "! --ctstatus ASSURED --ctexpire 1:9",
        "-m conntrack --ctstatus NONE ! --ctproto 17 --ctrepldst 1.2.3.4 --ctdir REPLY "
        "--ctexpire 5", "-m addrtype --dst-type LOCAL",
        "-m addrtype ! --src-type LOCAL,UNICAST --dst-type BROADCAST",
        "-m pkttype --pkt-type broadcast", "-m pkttype ! --pkt-type multicast",
        "-m statistic --mode nth --every 2 --packet 0",
        "-m statistic --mode nth ! --every 3 --packet 2",
        "-m statistic --mode random --probability 0.3",
        "-m statistic --mode random ! --probability 0.3", "-m connlimit --connlimit-above 10",
        "-m connlimit ! --connlimit-above 3 --connlimit-mask 24 --connlimit-daddr",
        "-m recent --name a --set", "-m recent --name a --rcheck --seconds 60 --hitcount 3",
        "-m recent --update --seconds 5 --reap --rttl --name a --rdest --mask 255.255.255.0",
        "-m recent --remove --name a", "-m recent ! --rcheck --name a",
        "-m hashlimit --hashlimit-above 10/sec --hashlimit-name h1 --hashlimit-mode srcip,dstport",
        "-m hashlimit --hashlimit-upto 10/min --hashlimit-burst 7 --hashlimit-name h2 "
        "--hashlimit-mode srcip,dstip --hashlimit-srcmask 24 --hashlimit-htable-max 10 "
        "--hashlimit-htable-expire 20000",
        "-m hashlimit --hashlimit-upto 10/min --hashlimit-name h3",
        "-m time --timestart 09:00 --timestop 17:00 --weekdays Mon,Tue",
        "-m time ! --weekdays Mon --monthdays 1,2,3,4,22,23",
        "-m time --datestart 2026-01-02T03:04:05 --datestop 2026-02-03",
        "-m time --timestart 23:00 --timestop 01:00 --contiguous",
        "-m comment --comment \"two words\"", "-g USER", "-j USER", "-f", "! -f",
        "-j REJECT", "-p tcp -j REJECT --reject-with tcp-reset",
        "-j LOG", "-j LOG --log-prefix \"x \" --log-ip-options --log-tcp-sequence",
        "-j LOG --log-level info --log-tcp-options",
    ],
    "mangle": [
        "-j MARK --set-mark 1", "-j MARK --set-xmark 1/0xff", "-j MARK --set-mark 1/0xff",
        "-j MARK --or-mark 1", "-j MARK --and-mark 1", "-j MARK --xor-mark 1",
        "-j CONNMARK --set-mark 1", "-j CONNMARK --set-xmark 1/0xff", "-j CONNMARK --save-mark",
        "-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff",
        "-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff00", "-j CONNMARK --restore-mark",
        "-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff", "-j CONNMARK --and-mark 0xff",
        "-j CONNMARK --or-mark 0xff", "-j TTL --ttl-set 64", "-j TTL --ttl-inc 1",
        "-j TTL --ttl-dec 1", "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
        "-p tcp --syn -j TCPMSS --set-mss 1400", "-p tcp -j DSCP --set-dscp-class EF",
    ],
    "raw": ["-j CT --notrack", "-j NOTRACK"],
    "nat": [
        "-p tcp --dport 8080 -j DNAT --to 10.0.0.2:80", "-p tcp -j DNAT --to-destination :80",
        "-p tcp -j DNAT --to-destination 1.1.1.1:80-90/70 --persistent",
        "-j DNAT --to-destination 10.0.0.2-10.0.0.5", "-p tcp -j REDIRECT",
        "-p tcp -j REDIRECT --to-ports 80-90 --random",
        "-d 198.51.100.0/24 -j NETMAP --to 10.0.0.0/24",
        "-j MASQUERADE", "-j MASQUERADE --random", "-p tcp -j MASQUERADE --to-ports 80-90 --random",
        "-j SNAT --to 203.0.113.9",
        "-p tcp -j SNAT --to-source 1.1.1.1-1.1.1.2:5-6 --random --persistent",
    ],
}
CHAINS = {"filter": "FORWARD", "mangle": "FORWARD", "raw": "PREROUTING", "nat": "PREROUTING"}


def missing():
    for tool in ("iptables-restore", "iptables", "unshare"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    probe = ["unshare", "-n", "iptables", "-A", "INPUT", "-j", "LOG"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        return "no network namespaces, or no netfilter in them"
    return None


def real_lists(path, tables):
    """iptables' own lists, in a namespace that is gone afterwards."""
    with open(path, encoding="utf-8") as file:
        counters = "-c" if "[" in file.read() else ""
    script = f"iptables-restore {counters} < {path}" + "".join(
        f"; echo 'Table: {table}'; echo; iptables -t {table} -L -n -v" for table in tables)
    return subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True,
                          check=True).stdout


def natsim_list(path):
    with tempfile.TemporaryDirectory() as folder:
        topology = os.path.join(folder, "case.yaml")
        with open(topology, "w", encoding="utf-8") as file:
            file.write("name: case\nnodes:\n  r:\n    type: router\n    interfaces:\n"
                       "      lan0: {addresses: 192.168.1.1/24}\n"
                       f"    iptables_file: {os.path.abspath(path)}\n")
        return subprocess.run([PROGRAM, "rules", topology, "r"], capture_output=True, text=True,
                              check=True).stdout


def columns(line):
    """The line with a protocol's name, the target's column as wide as 10, and its sorted words."""
    found = RULE.match(line)
    if not found:
        return line
    head, protocol, option, tail, words = found.groups()
    words = " ".join(words.split())
    for pattern, instead in SAME:
        words = re.sub(pattern, instead, words)
    return (head.rstrip(), PROTOCOLS.get(protocol, protocol), option, tail.rstrip(),
            sorted(words.split()))


def all_words():
    """WORDS as a text for iptables-restore."""
    text = ""
    for table, rules in WORDS.items():
        text += f"*{table}\n:USER - [0:0]\n"
        for rule in rules:
            is_source = re.search(r"-j (MASQUERADE|SNAT)", rule)
            text += f"-A {'POSTROUTING' if is_source else CHAINS[table]} {rule}\n"
        text += "COMMIT\n"
    return text


def blocks(text):
    """The chains of each table: {(table, heading): lines}."""
    made, table, heading = {}, "", ""
    for line in text.splitlines():
        if line.startswith("Table: "):
            table = line
        elif line.startswith("Chain "):
            heading = line
            made[table, heading] = []
        elif line:
            made[table, heading].append(columns(line))
    return made


class ListShape(unittest.TestCase):
    def test_columns_are_those_of_iptables(self):
        self.maxDiff = None
        self.assertGreater(len(WILD), 5)
        for path in WILD:
            mine = natsim_list(path)
            tables = [table for table in TABLES if f"Table: {table}\n" in mine]
            self.assertTrue(tables, path)
            mine, real = blocks(mine), blocks(real_lists(path, tables))
            self.assertEqual(sorted(mine), sorted(real), path)
            for chain, lines in mine.items():
                self.assertEqual(lines, real[chain], f"{path} {chain}")

    def test_matches_and_targets_are_in_its_words(self):
        with tempfile.NamedTemporaryFile("w", suffix=".rules", encoding="ascii") as file:
            file.write(all_words())
            file.flush()
            mine = blocks(natsim_list(file.name))
            real = blocks(real_lists(file.name, TABLES))
        for chain, lines in mine.items():
            self.assertEqual(len(lines), len(real[chain]))
            for one, other in zip(lines, real[chain]):
                self.assertEqual(one, other)


if __name__ == "__main__":
    REASON = missing()
    if REASON:
        print("skipped:", REASON)
        sys.exit(77)
    unittest.main()
