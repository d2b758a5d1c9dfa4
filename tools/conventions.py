#!/usr/bin/env python3
"""conventions.py - what STYLE.md says and a machine can count: heads, licence lines, sizes, words.

A function or file over its limit needs the word "long:" with a reason in a comment within its first lines.
"""
# SPDX-License-Identifier: Apache-2.0
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FILE_LINES, TABLE_LINES, FUNCTION_LINES = 600, 1000, 70
LICENCE = "SPDX-License-Identifier: Apache-2.0"
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|setjmp|longjmp|goto)\b")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def files_of(*names):
    for name in names:
        path = ROOT / name
        yield from sorted(path.rglob("*")) if path.is_dir() else [path]


def without_comments(text):
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def long_functions(lines):
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            if number - start - 1 > FUNCTION_LINES:
                yield start, number - start - 1
            start = None


def check_source(path, text):
    lines = text.splitlines()
    bare = without_comments(text)
    is_test = path.relative_to(ROOT).parts[0] != "src"
    limit = TABLE_LINES if path.suffix == ".def" or is_test else FILE_LINES
    if not text.startswith(("/*", "//")):
        yield 1, "a file starts with a comment that says its duty"
    if LICENCE not in "\n".join(lines[:60]):
        yield 1, f"no line // {LICENCE} after the head"
    if path.suffix == ".h" and "#pragma once" not in text:
        yield 1, "a header has #pragma once"
    if len(lines) > limit and "long:" not in "\n".join(lines[:30]):
        yield 1, f"{len(lines)} lines, the limit is {limit}"
    for start, count in long_functions(lines):
        if "long:" not in "\n".join(lines[max(0, start - 8):start + 3]):
            yield start, f"a function of {count} lines, the limit is {FUNCTION_LINES}"
    for match in BANNED.finditer(bare):
        if not is_test:
            yield bare.count("\n", 0, match.start()) + 1, f"{match.group(1)} is not used here"


def check_own_header(path, text):
    own = path.with_suffix(".h")
    if path.suffix != ".c" or not own.exists():
        return
    first = re.search(r'^#include\s+[<"]([^>"]+)[>"]', text, re.M)
    if first and first.group(1) != str(own.relative_to(ROOT / "src")):
        yield 1, f"includes its own header first, not {first.group(1)}"


def main():
    found = []
    for path in files_of("src", "test", "bench", "tools", "Makefile", "docs", "packaging", "cmake"):
        if path.suffix not in (".c", ".h", ".def", ".py", ".sh", ".cmake", ".md") and path.name != "Makefile":
            continue
        text = path.read_text(errors="replace")
        problems = []
        if path.suffix in (".c", ".h", ".def"):
            problems += check_source(path, text)
        if path.suffix in (".py", ".sh") and LICENCE not in "\n".join(text.splitlines()[:60]):
            problems.append((1, f"no line # {LICENCE} after the head"))
        if path.suffix == ".c" and ROOT / "src" in path.parents:
            problems += check_own_header(path, text)
        if path.name != pathlib.Path(__file__).name:
            problems += [(text.count("\n", 0, match.start()) + 1, f"{match.group(1)}: finish it, or open an issue")
                         for match in UNFINISHED.finditer(text)]
        found += [f"{path.relative_to(ROOT)}:{line}: {what}" for line, what in problems]
    print("\n".join(found) or "the tree keeps its conventions")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
