"""Goal: checks judge what a network does, not how its file is written. Other ways to solve a lesson
get all points as well; half solutions, and those that open too much, lose what they miss."""

import json
import os
import subprocess
import tempfile
import unittest

PROGRAM = os.path.abspath(os.environ.get("NATSIM_PROGRAM", "build/natsim"))

# (lesson, what somebody did, points, edits of the solution: what, instead)
ATTEMPTS = [
    ("1-nat/first-nat", "snat instead of masquerade", 10,
     ("- masquerade: {out: wan}", "- snat: {out: wan, to: 203.0.113.2}")),
    ("1-nat/first-nat", "in the words of iptables", 10,
     ("    nat:\n      - masquerade: {out: wan}",
      "    iptables: |\n      *nat\n      -A POSTROUTING -o wan -j MASQUERADE\n      COMMIT")),
    ("1-nat/first-nat", "for the laptop only", 6,
     ("{out: wan}", "{out: wan, src: 192.168.1.20/32}")),
    ("1-nat/first-nat", "on the wrong side", 2, ("{out: wan}", "{out: lan}")),
    ("1-nat/who-was-it", "the port blocked for all", 5,
     ("src: 192.168.1.23, action", "proto: tcp, dport: 6667, action")),
    ("1-nat/port-forward-school", "whatever was forwarded may pass", 10,
     ("from: outside, dst: 10.20.0.80, proto: tcp, dport: 80,", "state: [dnat],")),
    ("1-nat/port-forward-school", "everything may pass from outside", 7,
     ("from: outside, dst: 10.20.0.80, proto: tcp, dport: 80,", "from: outside,")),
    ("1-nat/port-forward-school", "the outside port in the rule", 6,
     ("dport: 80,", "dport: 8080,")),
    ("1-nat/hairpin-photos", "native keys", 10,
     ("    iptables: |\n      *nat\n"
      "      -A PREROUTING -d 203.0.113.2 -p tcp --dport 443 -j DNAT"
      " --to-destination 192.168.5.10\n"
      "      -A POSTROUTING -o wan -j MASQUERADE\n"
      "      -A POSTROUTING -s 192.168.5.0/24 -d 192.168.5.10 -p tcp --dport 443 -j MASQUERADE\n"
      "      COMMIT\n",
      "    nat:\n      - masquerade: {out: wan}\n"
      "      - port_forward: {in: wan, proto: tcp, port: 443, to: \"192.168.5.10:443\","
      " hairpin: true}\n")),
    ("1-nat/hairpin-photos", "DNAT for every address", 7, (" -d 203.0.113.2", "")),
    ("1-nat/mail-address", "masquerade first", 4,
     ("      - snat:", "      - masquerade: {out: wan}\n      - snat:"),
     ("203.0.113.3}\n      - masquerade: {out: wan}", "203.0.113.3}")),
    ("1-nat/three-web-servers", "every 3 in each rule", 4, ("--every 2", "--every 3")),
    ("1-nat/hole-punching", "a port forward", 5,
     ("- masquerade: {out: wan}\n    # ---",
      "- masquerade: {out: wan, random: true}\n"
      "      - port_forward: {in: wan, proto: udp, port: 7000, to: \"192.168.1.10:7000\"}\n"
      "    # ---")),
    ("2-firewall/ping-only", "ping both ways, without state", 8,
     ("state: [established], action", "from: lab, to: ward, proto: icmp, action")),
    ("2-firewall/source-port-trick", "ESTABLISHED alone", 10,
     ("ESTABLISHED,RELATED", "ESTABLISHED")),
    ("2-firewall/source-port-trick", "no SYN from outside", 7,
     ("-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
      "-p tcp ! --syn -j ACCEPT\n      -A FORWARD -i wan -o lan -p udp --sport 53 -j ACCEPT")),
    ("2-firewall/rule-order", "the contractor is not among the desks", 10,
     ("-A FORWARD -i desks -o servers", "-A FORWARD ! -s 10.7.1.66 -i desks -o servers")),
    ("2-firewall/reject-or-drop", "everybody is told", 8,
     ("chain: forward, from: inside, proto: tcp, action", "chain: forward, proto: tcp, action"),
     ("chain: forward, from: inside, action: reject", "chain: forward, action: reject")),
    ("2-firewall/fair-limit", "no limit at all", 7,
     (" -m hashlimit --hashlimit-upto 5/second --hashlimit-burst 5 --hashlimit-mode srcip"
      " --hashlimit-name ping", "")),
    ("2-firewall/fair-limit", "the watchdog's own rule beside the old limit", 10,
     ("-m hashlimit --hashlimit-upto 5/second --hashlimit-burst 5 --hashlimit-mode srcip"
      " --hashlimit-name ping -j ACCEPT",
      "-s 198.51.100.10 -j ACCEPT\n      -A FORWARD -i wan -o dc -p icmp -m limit --limit 5/second"
      " --limit-burst 5 -j ACCEPT")),
    ("2-firewall/port-knocking", "no time limit", 8, (" --seconds 10 -j", " -j")),
    ("2-firewall/too-many-connections", "ten for all together", 7,
     ("--connlimit-mask 32 -j", "--connlimit-mask 0 -j")),
    ("2-firewall/ufw-server", "the scanner last", 8,
     ("- deny from 198.51.100.66\n", "- allow 80,443/tcp\n"),
     ("- allow 80,443/tcp\n      - allow from", "- deny from 198.51.100.66\n      - allow from")),
    ("3-dmz/two-firewalls", "any database port in the LAN", 9, (" -d 10.0.0.50", "")),
    ("3-dmz/after-translation", "by connection state", 10,
     ("from: internet, dst: 192.168.80.80, proto: tcp, dport: 8443,", "state: [dnat],")),
    ("3-dmz/ufw-router", "route allow from anywhere", 9,
     ("route allow in on dmz out on wan to any port 443", "route allow to any port 443")),
    ("4-vlan/second-switch", "one end only", 4, ("up: {trunk: [10, 20]}", "up: {access: 10}")),
    ("4-vlan/native-vlan", "no native VLAN on one end", 7,
     ("up: {trunk: [10, 20], native: 10}\n      # ---", "up: {trunk: [10, 20]}\n      # ---")),
    ("5-dhcp/same-place", "a range without these two, but the wrong MAC", 6,
     ("02:00:5e:10:00:09\", address", "02:00:5e:10:00:0b\", address")),
    ("5-dhcp/full-house", "the router's and the tills' addresses", 1,
     ("172.19.5.10-172.19.5.249", "172.19.5.1-172.19.5.3")),
    ("6-troubleshooting/silent-router", "all ICMP may pass", 8,
     ("-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
      "-m conntrack --ctstate ESTABLISHED -j ACCEPT\n      -A FORWARD -p icmp -j ACCEPT")),
    ("6-troubleshooting/silent-router", "the one ICMP type that it needs", 10,
     ("-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
      "-m conntrack --ctstate ESTABLISHED -j ACCEPT\n"
      "      -A FORWARD -p icmp --icmp-type fragmentation-needed -j ACCEPT")),
    ("6-troubleshooting/no-way-back", "a default route", 9,
     ("routes: [{to: 10.1.0.0/24, via: 10.2.0.1}]", "routes: [{to: default, via: 10.2.0.1}]")),
]


def graded(text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "attempt.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        ended = subprocess.run([PROGRAM, "check", "--json", path], text=True,
                               capture_output=True, check=False)
        return json.loads(ended.stdout)["points_met"], ended.stderr


class Attempts(unittest.TestCase):
    def test_get_the_points_that_they_deserve(self):
        for lesson, what, points, *edits in ATTEMPTS:
            with self.subTest(lesson=lesson, what=what):
                with open(f"topologies/solutions/{lesson}.yaml", encoding="utf-8") as file:
                    text = file.read()
                for old, new in edits:
                    self.assertIn(old, text)
                    text = text.replace(old, new, 1)
                got, complaints = graded(text)
                self.assertEqual(got, points, complaints)


if __name__ == "__main__":
    unittest.main()
