"""Runs the test that holds our networks to tests/cases/peers.json, and writes what it finds into README.md's table of
networks. tests/peers/run calls it. Wants build/release/tests/limbus_native_tests built, or LIMBUS_NATIVE_TESTS.
"""

import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree

from formula import CASES

HERE = pathlib.Path(__file__).parent
BUILT = HERE.parent.parent / "build/release/tests/limbus_native_tests"
HEAD = "| network | image | peer | parameters here | there | largest difference by largest logit |\n|---|---|---|---|---|---|\n"


def checked():
    """Of every row in order: our parameters, and the largest difference by the largest logit."""
    program = os.environ.get("LIMBUS_NATIVE_TESTS", BUILT)
    done = subprocess.run([program, "peers: *", "-s", "-r", "xml"], stdout=subprocess.PIPE, check=False)
    found = {"countParameters": [], "largest": []}
    for expression in xml.etree.ElementTree.fromstring(done.stdout).iter("Expression"):
        kind = re.match(r"\s*(\w*)", expression.findtext("Original"))[1]
        if kind in found:
            found[kind].append(expression.findtext("Expanded").split()[0])
    return list(zip(map(int, found["countParameters"]), map(float, found["largest"])))


def told(value):
    if isinstance(value, dict):
        name, *others = value.items()
        return f"{name[1]} ({', '.join(f'{key} {told(each)}' for key, each in others)})"
    return value if isinstance(value, str) else json.dumps(value)


def line(row, ours, difference):
    words = [f"{name} {told(value)}" for name, value in row["options"].items()]
    words.append(f"{row['inputChannels']} to {row['classes']}")
    size = f"{row['width']}x{row['height']}"
    cells = f"`{row['net']}`: {', '.join(words)}", size, row["peer"], ours, row["parameters"], f"{difference:.1g}"
    return "".join(f"| {cell} " for cell in cells) + "|\n"


def main():
    rows, results = json.loads((CASES / "peers.json").read_text())["peers"], checked()
    if len(rows) != len(results):
        raise SystemExit(f"{len(rows)} rows, but the test compared {len(results)}")
    table = HEAD + "".join(line(row, *result) for row, result in zip(rows, results))
    readme = HERE / "README.md"
    before, after = re.split(r"(?<=<!-- networks -->\n).*(?=<!-- /networks -->)", readme.read_text(), flags=re.S)
    readme.write_text(before + table + after)
    print(f"README.md: {len(rows)} networks, largest difference {max(r[1] for r in results):.1g}")


main()
