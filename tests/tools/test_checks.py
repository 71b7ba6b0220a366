#!/usr/bin/env python3
"""Tests of tools/check_layers and tools/check_style: every rule bites, and good code passes."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

GOOD = {
    "src/base/arena.c": '#include "base/arena.h"\n\n#include <stdlib.h>\n\nvoid f(void)\n{\n    free(malloc(1));\n}\n',
    "src/base/arena.h": "#pragma once\n/* See http://example.com, TODO(#3). */\nextern int arena_count;\n",
    "src/sql/driver_sqlite.c": '#include "base/arena.h"\nint a = sqlite3_exec(db, "SELECT 1", 0, 0, 0);\n',
    "src/query/select.c": 'const char *text = "SELECT 1 ORDER BY 1";\n',
    "src/feature/mass/upsert.c": '#include "feature/job/job.h"\n#include "record/record.h"\n',
    "src/feature/job/job.c": '#include "feature/job/job.h"\n#include "feature/job/queue_private.h"\n',
    "src/api/routes.c": '#include "http/http.h"\nconst char *text = "// not a comment; strcpy(a, b) extern";\n',
    "tests/sql/test_lane.c": 'void test_sqlite(void)\n{\n    free(malloc(1));\n    run("DELETE FROM x");\n}\n',
}


def function(lines):
    return "int long_one(int a,\n             int b)\n{\n" + "    f();\n" * lines + "}\n"


# (rule, file, text, line of the finding)
LAYER_CASES = [
    ("layer", "src/query/a.c", '\n#include "record/record.h"\n', 2),
    ("layer", "src/sql/a.c", '#include "json/json.h"\n', 1),
    ("layer", "src/base/a.h", '#include "sql/sql.h"\n', 1),
    ("layer", "src/util/a.c", '#include "base/arena.h"\n', 1),
    ("http", "src/record/a.c", '#include "http/http.h"\n', 1),
    ("http", "src/feature/mass/a.c", '#include "http/http.h"\n', 1),
    ("private", "src/api/a.c", '#include "record/record_private.h"\n', 1),
    ("private", "src/feature/mass/a.c", '#include "feature/job/queue_private.h"\n', 1),
    ("path", "src/api/a.c", '#include "arena.h"\n', 1),
    ("path", "src/api/a.c", '#include "../base/arena.h"\n', 1),
    ("path", "src/api/a.c", '# include "util/x.h"\n', 1),
    ("feature", "src/feature/share/a.c", '\n#include "feature/job/queue.h"\n', 2),
]

STYLE_CASES = [
    ("file-size", "src/base/a.c", "int a;\n" * 1001, 1001),
    ("warning: file-size", "src/base/a.c", "int a;\n" * 601, 601),
    ("function-size: long_one has 101", "src/base/a.c", function(101), 3),
    ("warning: function-size: long_one has 61", "src/base/a.c", function(61), 3),
    ("comment", "src/base/a.c", 'const char *a = "x"; // bad\n', 1),
    ("comment", "src/json/a.cpp", "int a;\n// bad\n", 2),
    ("todo", "src/base/a.c", "/* TODO: later */\n", 1),
    ("todo", "tests/base/a.c", "/* TODO(#x) */\n", 1),
    ("extern", "src/base/a.c", "\nextern int a;\n", 2),
    ("heap", "src/api/a.c", "\n\nchar *a = malloc(1);\n", 3),
    ("heap", "src/api/a.c", "char *a = calloc (1, 1);\n", 1),
    ("heap", "src/api/a.c", "char *a = realloc(b, 1);\n", 1),
    ("heap", "src/api/a.c", "char *a = strdup(b);\n", 1),
    ("heap", "src/sql/a.c", "free(b);\n", 1),
    ("driver-name", "src/query/a.c", "/* for SQLite */\n", 1),
    ("driver-name", "src/schema/a.h", 'const char *a = "postgresql";\n', 1),
    ("sql-text", "src/record/a.c", '\nconst char *a = "SELECT * FROM x";\n', 2),
    ("sql-text", "src/access/a.c", 'const char *a = "INSERT INTO x";\n', 1),
    ("sql-text", "src/access/a.c", 'const char *a = "UPDATE x SET y";\n', 1),
    ("sql-text", "src/api/a.c", 'const char *a = "DELETE FROM x";\n', 1),
    ("sql-text", "src/server/a.c", 'const char *a = "CREATE TABLE x";\n', 1),
    ("statement", "src/sql/lane.c", "int a = sqlite3_prepare_v3(db);\n", 1),
    ("statement", "src/sql/sql.c", "int a = sqlite3_exec(db);\n", 1),
] + [
    ("banned", "src/base/a.c", f"int a = {word}(b);\n", 1)
    for word in ("strcpy", "strcat", "sprintf", "gets", "strtok", "atoi", "alloca")
]


class CheckTest(unittest.TestCase):
    def run_check(self, tool, files):
        with tempfile.TemporaryDirectory() as directory:
            for name, text in files.items():
                path = pathlib.Path(directory) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return subprocess.run([sys.executable, ROOT / "tools" / tool, directory], capture_output=True, text=True)

    def check_cases(self, tool, cases):
        for rule, name, text, line in cases:
            with self.subTest(rule=rule, name=name, text=text[:40]):
                answer = self.run_check(tool, {**GOOD, name: text})
                self.assertIn(f"{name}:{line}: {rule}", answer.stdout)
                self.assertEqual(len(answer.stdout.splitlines()), 1, answer.stdout)
                self.assertEqual(answer.returncode, 0 if rule.startswith("warning") else 1)

    def test_good_tree_passes_both(self):
        for tool in ("check_layers", "check_style"):
            answer = self.run_check(tool, GOOD)
            self.assertEqual((answer.stdout, answer.stderr, answer.returncode), ("", "", 0))

    def test_every_layer_rule_bites(self):
        self.check_cases("check_layers", LAYER_CASES)

    def test_a_circle_of_features_is_found(self):
        answer = self.run_check("check_layers", {**GOOD, "src/feature/job/a.c": '#include "feature/mass/upsert.h"\n'})
        self.assertIn("cycle: feature/job -> feature/mass -> feature/job", answer.stdout)
        self.assertEqual(answer.returncode, 1)

    def test_every_style_rule_bites(self):
        self.check_cases("check_style", STYLE_CASES)

    def test_sizes_at_the_limit_are_only_warnings(self):
        files = {"src/base/a.c": function(100), "src/base/b.c": "int a;\n" * 1000, "src/base/c.c": function(60)}
        answer = self.run_check("check_style", files)
        self.assertEqual(answer.returncode, 0)
        self.assertEqual(answer.stdout.count("warning"), 2)
        self.assertNotIn("c.c", answer.stdout)


def main():
    result = unittest.main(exit=False, verbosity=0).result
    failed = len(result.failures) + len(result.errors)
    print(f"{max(result.testsRun - failed, 0)} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
