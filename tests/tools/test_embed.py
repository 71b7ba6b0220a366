#!/usr/bin/env python3
"""Tests of tools/embed.py: builds a program with embedded files and reads them back."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = os.environ.get("CC", "cc").split()

PROGRAM = """
#include <stdio.h>
#include "schema/embedded.h"
int main(void)
{
    for (size_t i = 0; i < embedded_metadata_count; i++) {
        const EmbeddedFile *file = &embedded_metadata[i];
        printf("%s|%zu|%s\\n", file->name, (size_t)(file->end - file->data), file->data);
    }
    return 0;
}
"""


class EmbedTest(unittest.TestCase):
    def build(self, files):
        directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        paths = []
        for name, text in files.items():
            path = directory / name
            path.write_text(text, encoding="utf-8")
            paths.append(str(path))
        (directory / "main.c").write_text(PROGRAM)
        subprocess.run([sys.executable, ROOT / "tools/embed.py", directory / "out.S", "embedded_metadata", *paths],
                       check=True)
        subprocess.run([*COMPILER, "-pie", "-fPIE", "-Wl,--fatal-warnings", "-I", ROOT / "src", directory / "main.c",
                        directory / "out.S", "-o", directory / "program"], check=True)
        return directory / "program"

    def enterContext(self, manager):
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def test_files_come_back_sorted_and_whole(self):
        program = self.build({"Product.json": '{"a": "ü"}', "Brand.json": "{}"})
        answer = subprocess.run([program], check=True, capture_output=True, text=True, encoding="utf-8").stdout
        self.assertEqual(answer, 'Brand|2|{}\nProduct|11|{"a": "ü"}\n')

    def test_no_files_is_an_empty_table(self):
        answer = subprocess.run([self.build({})], check=True, capture_output=True, text=True).stdout
        self.assertEqual(answer, "")

    def test_stack_stays_non_executable(self):
        headers = subprocess.run(["readelf", "-lW", self.build({"A.json": "1"})], check=True, capture_output=True,
                                 text=True).stdout
        stack = next(line for line in headers.splitlines() if "GNU_STACK" in line)
        self.assertNotIn("RWE", stack)

    def test_two_files_of_one_name_are_refused(self):
        answer = subprocess.run([sys.executable, ROOT / "tools/embed.py", "/dev/null", "x", "a/A.json", "b/A.json"],
                                capture_output=True, text=True)
        self.assertNotEqual(answer.returncode, 0)
        self.assertIn("same name", answer.stderr)


def main():
    result = unittest.main(exit=False, verbosity=0).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
