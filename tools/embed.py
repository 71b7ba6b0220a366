#!/usr/bin/env python3
"""Embeds files in the program: writes an assembly file with one .incbin a file and a table of them.

usage: embed.py OUTPUT.S SYMBOL FILE...

The table is `const EmbeddedFile SYMBOL[]`, its length `const size_t SYMBOL_count` (schema/embedded.h). A file's name
in the table is its file name without the extension. The rows stand in the order of the names.
"""

import pathlib
import sys

HEAD = """\
/* Written by tools/embed.py; the build makes it anew when a file changes. */
#if defined(__CET__)
#include <cet.h>
#endif
    .section .rodata
"""

FILE = """\
.Lname{index}:
    .asciz {name}
.Ldata{index}:
    .incbin {path}
.Lend{index}:
    .byte 0
"""

TABLE = """\
    .section .data.rel.ro,"aw"
    .balign 8
    .globl {symbol}
    .type {symbol}, %object
    .size {symbol}, {size}
{symbol}:
{rows}
    .section .rodata
    .balign 8
    .globl {symbol}_count
    .type {symbol}_count, %object
    .size {symbol}_count, 8
{symbol}_count:
    .quad {count}
    .section .note.GNU-stack,"",%progbits
"""


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def assembly(symbol, paths):
    paths = sorted(paths, key=lambda path: path.stem)
    names = [path.stem for path in paths]
    if len(set(names)) != len(names):
        sys.exit("embed.py: two files with the same name")
    parts = [HEAD]
    for index, path in enumerate(paths):
        parts.append(FILE.format(index=index, name=quoted(path.stem), path=quoted(str(path.resolve()))))
    rows = "\n".join(f"    .quad .Lname{i}, .Ldata{i}, .Lend{i}" for i in range(len(paths)))
    parts.append(TABLE.format(symbol=symbol, size=24 * len(paths), rows=rows, count=len(paths)))
    return "".join(parts)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    output, symbol, *files = sys.argv[1:]
    pathlib.Path(output).write_text(assembly(symbol, [pathlib.Path(file) for file in files]), encoding="utf-8")


if __name__ == "__main__":
    main()
