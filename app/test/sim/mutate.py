#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors

"""Plant each bug of mutations/ in a copy of its source; the simulator has to find it within its minute.

    mutate.py BUILD [NAME...]     all, or these

A patch changes one .c file. Only that file is compiled, and the simulator is linked with it instead of the original.
"""

import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS = 60
TARGET = "app/test/sim/sim"
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def commands(build):
    """Return the compiler's commands by source, and the linker's."""
    lines = subprocess.run(["ninja", "-C", build, "-t", "commands", TARGET], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    words = [shlex.split(line) for line in lines]
    link = next(each for each in words if "-o" in each and each[each.index("-o") + 1] == TARGET)
    compilers = {}
    for each in words:
        if "-c" not in each:
            continue
        source = str((Path(build) / each[-1]).resolve().relative_to(ROOT))
        # A source that reads the clock is compiled twice: the simulator takes the second.
        if source not in compilers or f"{TARGET}.p/" in each[each.index("-o") + 1]:
            compilers[source] = each
    return compilers, link


def replace_after(words, option, value):
    return [value if before == option else word for before, word in zip([None] + words, words)]


def apply(patch, text):
    """Return the text with the patch, or None: each hunk has to occur once, at any line."""
    for hunk in re.split(r"^@@.*@@.*\n", patch, flags=re.M)[1:]:
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        if text.count(before) != 1:
            return None
        text = text.replace(before, after)
    return text


def plant(patch, build, compilers, link, folder):
    """Return the simulator with the bug, or None after an error."""
    source = re.search(r"^\+\+\+ b/(\S+)", patch.read_text(), re.M).group(1)
    text = apply(patch.read_text(), (ROOT / source).read_text())
    if text is None:
        print(f"{patch.name}: does not apply to {source}")
        return None
    copy = folder / Path(source).name
    copy.write_text(text)
    compiler = compilers[source]
    original = compiler[compiler.index("-o") + 1]
    mutant = str(folder / "mutant.o")
    compile_it = replace_after(replace_after(compiler, "-o", mutant), "-MF", str(folder / "mutant.d"))
    # Private headers lie beside the original.
    compile_it = [*compile_it[:-1], str(copy), "-I", str((ROOT / source).parent), "-Wno-error"]
    sim = str(folder / "sim")
    link_it = replace_after(link, "-o", sim)
    if original in link_it:
        link_it[link_it.index(original)] = mutant
    else:
        # In an archive, which is then not asked for it.
        link_it.insert(link_it.index(sim) + 1, mutant)
    for each in compile_it, link_it:
        done = subprocess.run(each, cwd=build, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"{patch.name}: does not build\n{done.stderr}")
            return None
    return sim


def is_found(patch, build, compilers, link):
    with tempfile.TemporaryDirectory() as folder:
        sim = plant(patch, build, compilers, link, Path(folder))
        if sim is None:
            return False
        start = time.monotonic()
        run = subprocess.run([sim, "find", str(SECONDS)], check=False, capture_output=True, text=True)
        took = time.monotonic() - start
        found = run.returncode == 1
        why = next((line for line in run.stderr.splitlines() if line), "")
        print(f"{patch.stem}: {'found' if found else 'NOT FOUND'} after {took:.1f} s {why}", flush=True)
        return found


def main():
    build = str(Path(sys.argv[1]).resolve())
    patches = sorted(each for each in (HERE / "mutations").glob("*.patch")
                     if len(sys.argv) == 2 or each.stem in sys.argv[2:])
    if not patches:
        sys.exit("no such patch")
    compilers, link = commands(build)
    missed = [patch.stem for patch in patches if not is_found(patch, build, compilers, link)]
    print(f"{len(patches) - len(missed)} of {len(patches)} planted bugs found")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
