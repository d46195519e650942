#!/usr/bin/env python3
"""The tree is tidy, and each check of tidy.py can fail: one bad snippet a row."""
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import tidy

README = """\
| folder | holds | may include |
| --- | --- | --- |
| `sim/base` | time | |
| `sim/wire` | headers | base |
| `sim/engine` | events | base |
"""
HEADER = "// What it is for.\n#pragma once\n"
GOOD = {
    "sim/README.md": README,
    "sim/base/a.h": HEADER,
    "sim/wire/b.h": HEADER + '#include "sim/base/a.h"\n',
    "sim/wire/b.cc": '#include "sim/wire/b.h"\n// std::cout in a comment is fine.\n',
    "sim/engine/c.cc": 'const char* k = "std::cout", d = \'"\', e = \'"\';\n',
    "src/cli/d.cc": '#include "sim/wire/b.h"\n',
    "tests/wire/b_test.cc": '#include "src/cli/e.h"\n',
    "src/cli/e.h": HEADER,
    "tests/fuzz/b_fuzz.cc": "",
    "tests/fuzz/corpus/b/seed": "\t TODO \n",
    "tests/scenario/golden.txt": "\t" + "-" * 120 + "\n",
}


def function(lines, head="int f(int a,\n      int b) {"):
    body = "  g();\n" * (lines - 1 - len(head.split("\n")))
    return f"namespace n {{\n\n{head}\n{body}}}\n\n}}  // namespace n\n"


def member(lines):
    return "  void g() {\n" + "    h();\n" * (lines - 2) + "  }\n"


# What is wrong, the file, its text, and a part of the finding.
BAD = [
    ("missing file", "sim/wire/x.cc", '#include "sim/base/z.h"\n', "is no file"),
    ("upward edge", "sim/base/x.cc", '#include "sim/wire/b.h"\n', "base may not include sim/wire"),
    ("sideways edge", "sim/engine/x.cc", '#include "sim/wire/b.h"\n', "may not include sim/wire"),
    ("sim knows src", "sim/base/x.cc", '#include "src/cli/e.h"\n', "nothing outside"),
    ("sim knows tests", "sim/base/x.cc", '#include "tests/wire/b_test.cc"\n', "nothing outside"),
    ("src knows tests", "src/cli/x.cc", '#include "tests/wire/b_test.cc"\n', "no test"),
    ("folder unknown", "sim/zoo/x.cc", "", "sim/zoo is not in the table"),
    ("relative include", "sim/base/x.cc", '#include "a.h"\n', "is no file"),
    ("header unused", "sim/base/x.h", HEADER, "no file includes this header"),
    ("global dice", "sim/base/x.cc", "int x = std::rand();\n", "natsim::Random"),
    ("system dice", "sim/base/x.cc", "std::random_device d;\n", "natsim::Random"),
    ("wall clock", "sim/base/x.cc", "std::chrono::system_clock c;\n", "Instant argument"),
    ("steady clock", "sim/base/x.cc", "std::chrono::steady_clock c;\n", "Instant argument"),
    ("stream", "sim/base/x.cc", 'void f() { std::cout << "a"; }\n', "never prints"),
    ("printf", "sim/base/x.cc", 'void f() { std::printf("a"); }\n', "never prints"),
    ("file", "sim/base/x.cc", 'void* f = fopen("a", "b");\n', "opens no file"),
    ("hash order", "sim/base/x.cc", "std::unordered_map<int, int> m;\n", "absl::flat_hash_map"),
    ("hash order", "sim/base/x.cc", "std::unordered_set<int> m;\n", "absl::flat_hash_map"),
    ("after a digit separator", "sim/base/x.cc", "int a = 1'000; double b = '1';\n", "integers"),
    ("after a raw string", "sim/base/x.cc", 'auto a = R"("//)"; float b;\n', "integers"),
    ("long line", "src/cli/x.cc", "// " + "ü" * 98 + "\n", "101 columns"),
    ("blank at the end", "src/cli/x.cc", "int a; \n", "blanks at the end"),
    ("tab", "tools/x.sh", "\techo\n", "a tab"),
    ("long file", "src/cli/x.cc", "\n" * 451, "451 lines"),
    ("long test file", "tests/wire/x.cc", "\n" * 601, "601 lines"),
    ("long function", "src/cli/x.cc", function(71), "x.cc f: 71 lines"),
    ("long member", "src/cli/x.cc",
     "class S {\n public:\n" + member(71) + "};\n", "x.cc g: 71 lines"),
    ("long test", "tests/wire/x.cc", function(71, "TEST(Suite, Case) {"), "x.cc Suite.Case: 71"),
    ("no pragma once", "sim/base/a.h", "// What it is for.\n", "pragma once"),
    ("no opening", "sim/base/a.h", "#pragma once\n", "opens with a comment"),
    ("test at the root", "tests/x_test.cc", "", "no target builds"),
    ("C++ in tools", "tools/x.cc", "", "no target builds"),
    ("no fuzz target", "tests/fuzz/x.cc", "", "no target builds"),
    ("orphan corpus", "tests/fuzz/corpus/x/seed", "", "without its fuzz target"),
    ("script without mode", "tools/x", "#!/bin/sh\n", "cannot be executed"),
    ("stranger", "notes.txt", "", "does not belong at the top"),
    ("later", "src/cli/x.cc", "// TODO: all of it\n", "do it now"),
    ("later", "src/README.md", "FIXME\n", "do it now"),
    ("ratchet may shrink", "tests/tidy/ratchet.txt", "500 sim/base/a.h\n", "take it out"),
    ("ratchet forgets", "tests/tidy/ratchet.txt", "500 sim/base/gone.h\n", "is no more"),
]


class BadSnippets(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        for path, text in GOOD.items():
            self.write(path, text)

    def write(self, path, text):
        target = self.top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def test_a_good_tree_has_no_findings(self):
        self.assertEqual(tidy.findings(self.top), [])

    def test_each_bad_snippet_is_found(self):
        for name, path, text, expected in BAD:
            with self.subTest(name, path=path):
                before = GOOD.get(path)
                self.write(path, text)
                found = tidy.findings(self.top)
                self.assertTrue(any(expected in finding for finding in found), (expected, found))
                if before is None:
                    (self.top / path).unlink()
                    if not any((self.top / path).parent.iterdir()):
                        (self.top / path).parent.rmdir()
                else:
                    self.write(path, before)

    def test_lengths_at_the_limit_pass(self):
        self.write("src/cli/x.cc", function(tidy.FUNCTION_LINES_MAX) + "// " + "ü" * 97 + "\n")
        self.write("src/cli/y.cc", "\n" * tidy.FILE_LINES_MAX)
        self.write("src/cli/z.cc", "class S {\n public:\n" + member(40) + member(40) + "};\n")
        self.assertEqual(tidy.findings(self.top), [])

    def test_the_ratchet_allows_what_it_names_and_not_a_line_more(self):
        self.write("tests/tidy/ratchet.txt", "80 src/cli/x.cc f\n# Why.\n460 src/cli/y.cc\n")
        self.write("src/cli/x.cc", function(80))
        self.write("src/cli/y.cc", "\n" * 460)
        self.assertEqual(tidy.findings(self.top), [])
        self.write("src/cli/x.cc", function(81))
        self.assertIn("grew to 81 lines", tidy.findings(self.top)[0])
        self.write("src/cli/x.cc", function(75))
        self.assertIn("75 lines now", tidy.findings(self.top)[0])


class ThisTree(unittest.TestCase):
    def test_is_tidy(self):
        found = tidy.findings(pathlib.Path(__file__).resolve().parents[2])
        if found:
            self.fail("\n" + "\n".join(found))


if __name__ == "__main__":
    unittest.main()
