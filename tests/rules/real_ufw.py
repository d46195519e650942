"""What the real ufw makes of commands. A program to be run by `unshare -n -m`: in comes a JSON list
of lists of commands (each a list of words), out a JSON list of {"said": [...], "rules": text}: for
each command what ufw said, "" where it refused it, and iptables-save's table filter in the end.

Its settings are copies of the installed ones, in a mount namespace of its own.
"""
import builtins
import contextlib
import gettext
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
builtins._ = gettext.gettext
import ufw.common
import ufw.frontend

SHARE = pathlib.Path("/usr/share/ufw")
DEFAULTS = {"INPUT": "DROP", "OUTPUT": "ACCEPT", "FORWARD": "DROP", "APPLICATION": "SKIP"}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class RealUfw:
    """ufw as just installed, over and over again."""

    def __init__(self, folder):
        self.etc = pathlib.Path(folder, "etc")
        self.defaults = pathlib.Path(folder, "defaults")
        shutil.copytree("/etc/ufw", self.etc)
        shutil.copy("/etc/default/ufw", self.defaults)
        run("mount", "--make-rprivate", "/")
        run("mount", "--bind", str(self.etc), "/etc/ufw")
        run("mount", "--bind", str(self.defaults), "/etc/default/ufw")
        run("ip", "link", "set", "lo", "up")
        ufw.common.do_checks = False  # Nobody is asked, and it may run in a build.

    def reset(self):
        for path in (SHARE / "iptables").glob("*.rules"):
            shutil.copy(path, self.etc)
        shutil.copy(SHARE / "ufw.conf", self.etc)
        self.write_defaults("yes")
        empty = "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n"
        subprocess.run(["iptables-restore"], input=empty, text=True, check=True)

    def write_defaults(self, ipv6, keep=False):
        lines = self.defaults.read_text(encoding="ascii").splitlines()
        for i, line in enumerate(lines):
            for name, policy in DEFAULTS.items():
                if line.startswith(f"DEFAULT_{name}_POLICY=") and not keep:
                    lines[i] = f'DEFAULT_{name}_POLICY="{policy}"'
            if line.startswith("IPV6="):
                lines[i] = f"IPV6={ipv6}"
        self.defaults.write_text("\n".join(lines) + "\n", encoding="ascii")

    def command(self, words):
        """What it said; "" where it refused."""
        try:
            with open("/dev/null", "w", encoding="utf-8") as nowhere, \
                    contextlib.redirect_stderr(nowhere):
                parsed = ufw.frontend.parse_command(["ufw", *words])
                frontend = ufw.frontend.UFWFrontend(parsed.dryrun)
                frontend.backend.caps = {"limit": {"4": True, "6": True}}
                rule = parsed.data.get("rule", "")
                return frontend.do_action(parsed.action, rule, parsed.data.get("iptype", ""),
                                          True) or "done"
        except (SystemExit, Exception):  # pylint: disable=broad-except
            return ""

    def play(self, commands):
        self.reset()
        said = [self.command(list(words)) for words in commands]
        self.write_defaults("no", keep=True)  # Rules for IPv6 count, but nobody looks at them.
        enabled = self.command(["enable"])
        assert enabled, "ufw could not be enabled"
        return {"said": said, "rules": run("iptables-save", "-t", "filter")}


def main():
    cases = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        real = RealUfw(folder)
        json.dump([real.play(commands) for commands in cases], sys.stdout)
        run("umount", "/etc/ufw")
        run("umount", "/etc/default/ufw")


if __name__ == "__main__":
    main()
