#!/usr/bin/env python3
"""layers.py - who may include whom: ARCHITECTURE.md's rule, checked from the #include lines of src/."""
# SPDX-License-Identifier: Apache-2.0
import pathlib
import re
import sys

SRC = pathlib.Path(__file__).resolve().parents[1] / "src"
PURE = {"base", "binlog", "wire", "sql"}
BELOW_STAGES = PURE | {"net", "store", "engine", "topology"}
STAGES = ("receive", "apply", "primary", "execute", "snapshot", "serve", "session")
ALLOWED = {
    "base": set(),
    "binlog": {"base"},
    "wire": {"base"},
    "sql": {"base", "binlog"},
    "config": {"base"},
    "print": {"base", "binlog", "sql"},
    "net": {"base", "wire"},
    "store": {"base", "binlog"},
    "topology": {"base", "store", "binlog"},
    "engine": {"base", "binlog", "wire", "sql", "net"},
    **{stage: BELOW_STAGES for stage in STAGES},
    "verify": BELOW_STAGES | {"snapshot"},  # reads a source as the first copy does
}
SEES_ALL = {"node", "cli", "main"}
# net names the two flavours as the log does: one enum, no code. What a result set carries are the values of the log.
EXCEPTIONS = {("net", "binlog/gtid.h"), ("wire", "binlog/value.h"), ("wire", "binlog/column.h"),
              ("wire", "binlog/temporal.h"), ("wire", "binlog/value_number.h")}
# What a layer without I/O, clocks and logging may not reach for.
IMPURE = {"binlog": ("base/log.h", "base/files.h", "base/clock.h"), "wire": ("base/log.h", "base/files.h", "base/clock.h"),
          "sql": ("base/log.h", "base/files.h", "base/clock.h")}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def layer_of(path):
    parts = path.relative_to(SRC).parts
    return parts[0] if len(parts) > 1 else path.stem


def problem(path, layer, included):
    target = included.split("/")[0]
    if "/" not in included:
        return f"{included} is named without its folder"
    if not (SRC / included).exists():
        return f"{included} does not exist"
    if included in IMPURE.get(layer, ()):
        return f"{layer} does no I/O, asks no clock and never logs, so it may not include {included}"
    if layer in SEES_ALL or target == layer or (layer, included) in EXCEPTIONS:
        return None
    if layer not in ALLOWED:
        return f"layer {layer} has no row in tools/layers.py"
    return None if target in ALLOWED[layer] else f"{layer} may not include {target} ({included})"


def main():
    found = []
    for path in sorted(SRC.rglob("*")):
        if path.suffix not in (".c", ".h", ".def"):
            continue
        text = path.read_text()
        for match in INCLUDE.finditer(text):
            why = problem(path, layer_of(path), match.group(1))
            if why:
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path.relative_to(SRC.parent)}:{line}: {why}")
    print("\n".join(found) or "every include respects the layers")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
