#!/usr/bin/env python3
"""Reads the tree and tells where it breaks the habits of the house.

    tests/tidy/tidy.py [TOP]     one line a finding, path:line: what is wrong; exit status 1 if any

What each folder may include stands in the tables of sim/README.md and src/README.md. Files and
functions that were too long when they were last looked at stand in ratchet.txt, which may only
shrink. tidy_test.py proves that each check can fail.
"""
import os
import pathlib
import re
import sys

LINE_COLUMNS_MAX = 100
FILE_LINES_MAX = 450
TEST_FILE_LINES_MAX = 600  # Tables that tell a story are long.
FUNCTION_LINES_MAX = 70

TOP_LEVEL = {"CMakeLists.txt", "sim", "src", "topologies", "tests", "tools", "README.md", "LICENSE"}
NOT_OURS = re.compile(r"^(build.*|out|\..*|__pycache__)$")
CODE = {".h", ".cc"}
TEXT = CODE | {".py", ".sh", ".cmake", ".txt", ".in", ""}

# In sim/ only: what would make a run depend on anything but its input, and what to use instead.
BANNED = {
    r"\b(std::)?s?rand\s*\(": "natsim::Random",
    r"\brandom_device\b|<random>": "natsim::Random",
    r"\b(system|steady|high_resolution)_clock\b": "an Instant argument",
    r"\bstd::time\s*\(|\bgettimeofday\b|\bclock_gettime\b": "an Instant argument",
    r"\bstd::c(out|err|in)\b|<iostream>": "a returned value (sim/ never prints)",
    r"\bf?printf\s*\(|\bputs\s*\(|\bfmt::print\b": "a returned value (sim/ never prints)",
    r"\bfopen\b|<fstream>|<filesystem>": "bytes as an argument (sim/ opens no file)",
    r"\bgetenv\b": "an argument",
    r"\bunordered_(map|set|multimap|multiset)\b":
        "absl::flat_hash_map where order cannot matter, std::map where it is walked",
    r"\b(float|double)\b": "integers (no floating point decides anything)",
}
SCOPE = re.compile(r"\s*(inline )?(namespace|class|struct|enum|union|extern|public|private)\b")
WORDS = re.compile(r"\b(TODO|FIXME|XXX)\b")


class Tree:
    """The files below `top` that belong to the project, and the findings about them."""

    def __init__(self, top):
        self.top = pathlib.Path(top)
        self.findings = []
        self.files = sorted(self._walk())
        self.ratchet = self._read_ratchet()

    def _walk(self):
        for folder, folders, names in os.walk(self.top):
            folders[:] = [name for name in folders if not NOT_OURS.match(name)]
            for name in names:
                if not name.startswith("."):
                    yield (pathlib.Path(folder) / name).relative_to(self.top)

    def _read_ratchet(self):
        """`path` or `path function` -> lines, from the lines `NUMBER path [function]`."""
        entries = {}
        path = self.top / "tests/tidy/ratchet.txt"
        for line in path.read_text().splitlines() if path.exists() else []:
            if line and not line.startswith("#"):
                number, what = line.split(maxsplit=1)
                entries[what] = int(number)
        return entries

    def text(self, path):
        return (self.top / path).read_text(encoding="utf-8", errors="replace")

    def texts(self, suffixes):
        """The text files with such names that people write: not what tests read and compare."""
        return [path for path in self.files if path.suffix in suffixes and
                (path.parts[0] not in ("tests", "topologies") or path.name == "CMakeLists.txt"
                 or path.suffix not in ("", ".txt", ".in"))]

    def code(self, below=""):
        return [path for path in self.files if path.suffix in CODE and str(path).startswith(below)]

    def tell(self, path, line, what):
        self.findings.append(f"{path}:{line}: {what}")

    def too_long(self, path, line, what, lines, limit):
        """`what` is the file's path, or that and the function's name, as in the ratchet."""
        allowed = self.ratchet.pop(what, None)
        if allowed is None and lines > limit:
            self.tell(path, line, f"{what}: {lines} lines, {limit} is the limit")
        elif allowed is not None and lines > allowed:
            self.tell(path, line, f"{what}: grew to {lines} lines from {allowed} in ratchet.txt")
        elif allowed is not None and lines < allowed:
            self.tell(path, line, f"{what}: {lines} lines now: say so in ratchet.txt ({allowed})"
                      if lines > limit else f"{what}: short now, take it out of ratchet.txt")


def without_comments(text):
    """The code with comments and the insides of literals blanked; line numbers stay."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(\\.|[^"\\\n])*"'
                       r"|'(\\.|[^'\\\n])+'", re.DOTALL)

    def blank(match):
        found = match.group(0)
        if found[0] == "'" and match.start() and text[match.start() - 1].isalnum():
            return found  # A digit separator: 1'000'000.
        return "\n" * found.count("\n") if found[0] in "/R" else found[0] * 2
    return token.sub(blank, text)


def layers(tree):
    """Folder -> the folders that it may include, from the tables of the two READMEs."""
    table = {}
    for readme in ("sim/README.md", "src/README.md"):
        if not (tree.top / readme).exists():
            continue
        for row in re.finditer(r"^\| `((?:sim|src)/\w+)/?` \|[^|\n]*\|([^|\n]*)\|$",
                               tree.text(readme), re.MULTILINE):
            folder, allowed = row.group(1), row.group(2).split()
            root = folder.split("/")[0]
            table[folder] = {folder} | {f"{root}/{name.split('/')[-1]}" for name in allowed}
    return table


def check_includes(tree):
    table = layers(tree)
    if not table:
        tree.tell("sim/README.md", 1, "has no table of layers")
    everyone = {str(path) for path in tree.files}
    included = set()
    for path in tree.code():
        folder = "/".join(path.parts[:2])
        if path.parts[0] == "sim" and len(path.parts) > 2 and folder not in table:
            tree.tell(path, 1, f"{folder} is not in the table of sim/README.md")
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if not match:
                continue
            target = match.group(1)
            included.add(target)
            if target not in everyone:
                tree.tell(path, number, f'"{target}" is no file, seen from the top folder')
            elif (wrong := forbidden(path, target, table)):
                tree.tell(path, number, wrong)
    for path in tree.code():
        if path.suffix == ".h" and str(path) not in included:
            tree.tell(path, 1, "no file includes this header")


def forbidden(path, target, table):
    """Why the file at `path` may not include `target`, or None."""
    here, there = path.parts[0], target.split("/")[0]
    folder, other = "/".join(path.parts[:2]), "/".join(target.split("/")[:2])
    if here == "sim" and there != "sim":
        return f"sim/ includes nothing outside of it, and {target} is"
    if here == "src" and there == "tests":
        return "src/ includes no test"
    if here == there and folder in table and other not in table[folder]:
        return f"{folder} may not include {other} (the table in {here}/README.md)"
    return None


def check_banned(tree):
    for path in tree.code("sim/"):
        for number, line in enumerate(without_comments(tree.text(path)).splitlines(), 1):
            for pattern, instead in BANNED.items():
                if (match := re.search(pattern, line)):
                    tree.tell(path, number, f"{match.group(0).strip('( ')}: use {instead}")


def check_lines(tree):
    for path in tree.texts(TEXT):
        if path.name == "LICENSE":
            continue
        lines = tree.text(path).splitlines()
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_COLUMNS_MAX:
                tree.tell(path, number, f"{len(line)} columns, {LINE_COLUMNS_MAX} is the limit")
            if line != line.rstrip() or "\t" in line:
                tree.tell(path, number, "a tab, or blanks at the end of the line")
        if path.suffix in CODE | {".py"}:
            limit = TEST_FILE_LINES_MAX if path.parts[0] == "tests" else FILE_LINES_MAX
            tree.too_long(path, 1, str(path), len(lines), limit)


def functions(text):
    """(name, first line, number of lines) of each function defined in a namespace or a class.

    The format is fixed: a definition starts at indent 0 or 2 and ends in a `}` at the same indent.
    """
    lines = without_comments(text).split("\n")
    number = 0
    while number < len(lines):
        first, base = number, len(lines[number]) - len(lines[number].lstrip())
        number += 1
        opens = re.match(r"\s*[\w~:\[]", lines[first]) and not SCOPE.match(lines[first])
        if base not in (0, 2) or not opens:
            continue
        last = first  # The line that ends the head: a signature may take several.
        while last + 1 < len(lines) and not re.search(r"[;{}]$", lines[last]) and lines[last]:
            last += 1
        head = " ".join(lines[first:last + 1])
        name = re.search(r"([\w:~]+|operator\S+)\s*\(([^)]*)", head)
        if not head.endswith("{") or re.search(r"[=({,]\s*{$", head) or not name:
            continue
        label = name.group(1)
        if label.startswith("TEST"):
            label = name.group(2).replace(", ", ".").strip()
        close = " " * base + "}"
        while number < len(lines) and not lines[number].startswith(close):
            number += 1
        yield label, first + 1, number - first + 1


def check_functions(tree):
    for path in tree.code():
        for name, first, lines in functions(tree.text(path)):
            tree.too_long(path, first, f"{path} {name}", lines, FUNCTION_LINES_MAX)


def check_headers(tree):
    for path in tree.code():
        text = tree.text(path)
        if path.suffix == ".h" and "\n#pragma once\n" not in text:
            tree.tell(path, 1, "no #pragma once")
        if path.suffix == ".h" and not text.startswith("// "):
            tree.tell(path, 1, "a header opens with a comment that says what it is for")


def check_built(tree):
    """CMake globs sim/**, src/**, tests/<area>/**, tests/fuzz/*_fuzz.cc and tools/bench/*/*.cc,
    tools/package-check builds tools/example: what lies elsewhere?"""
    for path in tree.code():
        parts = path.parts
        if parts[:2] == ("tools", "bench") and len(parts) == 4 or parts[:2] == ("tools", "example"):
            continue
        if parts[0] not in ("sim", "src", "tests"):
            tree.tell(path, 1, "no target builds C++ in this folder")
        elif parts[0] == "tests" and len(parts) == 2:
            tree.tell(path, 1, "no target builds this: tests live in tests/<area>/")
        elif parts[:2] == ("tests", "fuzz"):
            if path.suffix == ".cc" and (len(parts) != 3 or not path.stem.endswith("_fuzz")):
                tree.tell(path, 1, "no target builds this: fuzz targets are tests/fuzz/*_fuzz.cc")
    for folder in sorted((tree.top / "tests/fuzz/corpus").glob("*")):
        if not (tree.top / f"tests/fuzz/{folder.name}_fuzz.cc").exists():
            tree.tell(folder.relative_to(tree.top), 1, "a corpus without its fuzz target")


def check_scripts(tree):
    for path in tree.texts({".py", ".sh", ""}):
        runs = os.access(tree.top / path, os.X_OK)
        if runs != tree.text(path).startswith("#!"):
            tree.tell(path, 1, "can be executed, but has no #! line" if runs else
                      "has a #! line, but cannot be executed")


def check_top_level(tree):
    for entry in sorted(tree.top.iterdir()):
        if entry.name not in TOP_LEVEL and not NOT_OURS.match(entry.name):
            tree.tell(entry.name, 1, "does not belong at the top of the tree")


def check_words(tree):
    for path in tree.texts(TEXT | {".md", ".yaml", ".yml"}):
        if path.parts[:2] == ("tests", "tidy"):
            continue
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if (match := WORDS.search(line)):
                tree.tell(path, number, f"{match.group(0)}: do it now, or leave it out")


def findings(top):
    tree = Tree(top)
    for check in (check_top_level, check_includes, check_banned, check_lines, check_functions,
                  check_headers, check_built, check_scripts, check_words):
        check(tree)
    for what in tree.ratchet:
        tree.tell("tests/tidy/ratchet.txt", 1, f"{what}: is no more, take it out")
    return tree.findings


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    found = findings(top)
    print("\n".join(found) if found else "tidy")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
