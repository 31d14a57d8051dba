# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""scripts/configure, scripts/test and scripts/tally, each in a small tree that is made for it."""

import json
import os
import re
import shutil
import subprocess

import pytest
from paths import SOURCE, DTS

SCRIPTS = SOURCE / "scripts"
STAGES = ["unit_tests", "fuzzers"]
# Without a language: meson's checks of a compiler take longer than all the rest.
MESON_BUILD = """
project('small')
cmocka = dependency('cmocka', required: get_option('tests'))
if cmocka.found()
    test('small_test', find_program('true'))
endif
"""
MESON_OPTIONS = "option('tests', type: 'feature', value: 'auto')\n"


# Hide the surrounding test run from it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def run(*command, env=None):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          timeout=120, env=env or ENVIRONMENT)


def last_lines(done, number):
    return done.stdout.splitlines()[-number:]


# scripts/tally

def junit(*cases):
    """(name, verdict) each; failure and error as pytest writes them."""
    return "<testsuites><testsuite>" + "".join(
        f'<testcase classname="TestSuite_x" name="{name}">{"" if verdict == "passed" else f"<{verdict}/>"}</testcase>'
        for name, verdict in cases) + "</testsuite></testsuites>"


def meson_record(name, output, result="OK"):
    return json.dumps({"name": name, "stdout": output, "result": result})


def tally(folder, files, stages=()):
    for name, text in files.items():
        (folder / name).write_text(text)
    return run(SCRIPTS / "tally", folder, *stages)


def test_results_of_all_kinds_are_summed(tmp_path):
    done = tally(tmp_path, {
        "unit_tests.json": meson_record("m:a / a_test", "[       OK ] one\n[  FAILED  ] two\n", "FAIL"),
        "fuzzers.txt": "passed a_fuzz\nfailed b_fuzz\n",
        "end_to_end.xml": junit(("a", "passed"), ("b", "failure"), ("c", "error")),
        "rfc3918.table": "of no concern",
    }, [*STAGES, "end_to_end"])
    assert (done.returncode, last_lines(done, 1)) == (1, ["3 passed, 4 failed"])
    assert "  failed: m:a / a_test: two" in done.stdout and "  failed: TestSuite_x.c" in done.stdout


@pytest.mark.parametrize("files", [
    {}, {"unit_tests.json": ""}, {"unit_tests.txt": ""}, {"unit_tests.xml": junit()},
    {"unit_tests.xml": junit(("a", "skipped"))},
], ids=["no report", "empty log", "no line", "no case", "all skipped"])
def test_a_stage_without_a_test_is_a_failure_that_says_so(tmp_path, files):
    done = tally(tmp_path, {"fuzzers.txt": "passed a_fuzz\n", **files}, STAGES)
    assert (done.returncode, last_lines(done, 1)) == (1, ["1 passed, 1 failed"])
    assert "unit_tests: failed: nothing was tested" in done.stdout


def test_a_stage_that_broke_counts_once(tmp_path):
    done = tally(tmp_path, {"fuzzers.txt": "passed a_fuzz\n", "broken.txt": "failed unit_tests broke\n"}, STAGES)
    assert (done.returncode, last_lines(done, 1)) == (1, ["1 passed, 1 failed"])


def test_a_test_that_is_expected_and_did_not_run_is_a_failure(tmp_path):
    record = meson_record("m:a / a_test", "[       OK ] one: of two\n")
    done = tally(tmp_path, {"unit_tests.json": record, "unit_tests.expected": "a_test\nb_test\n"}, ["unit_tests"])
    assert (done.returncode, last_lines(done, 1)) == (1, ["1 passed, 1 failed"])
    assert "  failed: b_test: did not run" in done.stdout


def test_a_report_that_was_cut_off_is_a_failure(tmp_path):
    done = tally(tmp_path, {"end_to_end.xml": junit(("a", "passed"))[:-20], "fuzzers.txt": "passed a_fuzz\n"})
    assert (done.returncode, last_lines(done, 1)) == (1, ["1 passed, 1 failed"])


def test_what_passes_the_second_time_is_flaky_and_passed(tmp_path):
    done = tally(tmp_path, {
        "end_to_end.xml": junit(("a", "passed"), ("b", "error"), ("c", "failure")),
        "end_to_end.again.xml": junit(("b", "passed"), ("c", "failure")),
    }, ["end_to_end"])
    assert (done.returncode, last_lines(done, 2)) == (1, ["flaky: TestSuite_x.b", "2 passed, 1 failed"])


# scripts/test

@pytest.fixture(name="tree")
def fixture_tree(tmp_path):
    """A tree with these scripts and no suite; its setup finds everything installed."""
    tree = tmp_path / "tree"
    for folder in ("app", "lib", "dts/tests", "scripts"):
        (tree / folder).mkdir(parents=True)
    for name in ("configure", "quietly", "tally", "test"):
        shutil.copy(SCRIPTS / name, tree / "scripts")
    setup = tree / "scripts/setup"
    setup.write_text("#!/bin/sh\n")
    setup.chmod(0o755)
    for name in ("pytest.ini", "framework", "programs", "tests/conftest.py"):
        (tree / "dts" / name).symlink_to(DTS / name)
    (tree / "meson.build").write_text(MESON_BUILD)
    (tree / "meson_options.txt").write_text(MESON_OPTIONS)
    return tree


def suite(tree, text):
    (tree / "dts/tests/TestSuite_small.py").write_text(
        f"import pathlib, os, pytest\nSEEN = pathlib.Path({str(tree / 'seen')!r})\n{text}")


FLAKY = """
def once(name):
    path = SEEN.with_name(name)
    was_there = path.exists()
    path.touch()
    return was_there

@pytest.fixture(scope="module", params=["[x] y"])
def bed(request):
    assert once("bed")
    yield
    if request.param == "never": raise AssertionError

@pytest.fixture
def untidy():
    yield
    assert once("untidy")

def test_in_a_bed(bed):
    assert "PYTEST_XDIST_WORKER" not in os.environ

def test_with_a_tail(untidy):
    pass

def test_once():
    assert once("once")

def test_never():
    assert False

def test_well():
    assert not once("well")
"""


def test_a_failed_test_runs_once_more_alone(tree):
    """Also for a fixture and a teardown; passed tests do not run again; what fails twice has failed."""
    suite(tree, FLAKY)
    done = run(tree / "scripts/test", "--full", "small")
    flaky = ["flaky: TestSuite_small.test_" + name for name in ("in_a_bed[[x] y]", "with_a_tail", "once")]
    *found, last = last_lines(done, 4)
    assert (done.returncode, sorted(found), last) == (1, sorted(flaky), "4 passed, 1 failed"), done.stdout
    assert "  failed: TestSuite_small.test_never" in done.stdout


def test_a_run_with_flaky_tests_alone_is_well(tree):
    suite(tree, "def test_once():\n    was_there = SEEN.exists()\n    SEEN.touch()\n    assert was_there\n")
    done = run(tree / "scripts/test", "--full", "small")
    assert (done.returncode, last_lines(done, 2)) == (0, ["flaky: TestSuite_small.test_once", "1 passed, 0 failed"])


# The suites of the core are one, and what would be /mcdpdk in Debian 13 is the tree.
TRIXIE = """#!/bin/bash
mkdir -p build/trixie/build
exec "${@//\\/mcdpdk\\/build/$PWD/build/trixie/build}"
"""


def test_the_core_runs_on_debian_13_and_its_failures_once_more(tree):
    script = tree / "scripts/test"
    script.write_text(re.sub(r"^core=\([^)]*\)", "core=(small)", script.read_text(), flags=re.MULTILINE))
    (tree / "scripts/trixie").write_text(TRIXIE)
    (tree / "scripts/trixie").chmod(0o755)
    suite(tree, FLAKY)
    done = run(script, "--full", "trixie_end_to_end")
    assert "trixie_end_to_end: 4 passed, 1 failed" in done.stdout and "flaky: TestSuite_small.test_once" in done.stdout
    assert (done.returncode, last_lines(done, 1)) == (1, ["4 passed, 1 failed"])


def test_suites_that_cannot_be_collected_are_a_failure(tree):
    suite(tree, "import no_such_module\n")
    done = run(tree / "scripts/test", "--full", "small")
    assert (done.returncode, last_lines(done, 1)[0].endswith(" 0 failed")) == (1, False)


def test_missing_unit_tests_of_a_tree_without_cmocka_fail(tree):
    """As after scripts/demo on a bare machine, where meson reports no tests and succeeds."""
    (tree / "app/small_test.c").touch()
    assert run(tree / "scripts/configure", tree / "build", "-Dtests=disabled").returncode == 0
    done = run(tree / "scripts/test", "--full", "unit_tests")
    assert (done.returncode, last_lines(done, 2)) == (
        1, ["unit_tests: failed: nothing was tested", "0 passed, 1 failed"]), done.stderr
    assert run(tree / "scripts/configure", tree / "build").returncode == 0
    done = run(tree / "scripts/test", "--full", "unit_tests")
    assert (done.returncode, last_lines(done, 1)) == (0, ["1 passed, 0 failed"])


def test_fuzzers_without_a_program_fail(tree):
    (tree / "app/small_fuzz.c").touch()
    (tree / "scripts/configure").write_text("#!/bin/sh\nexec env CC=cc meson setup $1 >/dev/null\n")
    done = run(tree / "scripts/test", "--full", "fuzzers")
    assert done.returncode == 1 and "  failed: small_fuzz" in done.stdout


def test_a_fuzzer_is_found_in_each_folder(tree):
    """As build/sanitized/app/domain/small_fuzz."""
    (tree / "app/small_fuzz.c").touch()
    (tree / "scripts/configure").write_text(
        "#!/bin/sh\nCC=cc meson setup $1 >/dev/null\nmkdir -p $1/app/domain\n"
        "printf '#!/bin/sh\\n' >$1/app/domain/small_fuzz\nchmod +x $1/app/domain/small_fuzz\n")
    done = run(tree / "scripts/test", "--full", "fuzzers")
    assert (done.returncode, last_lines(done, 1)) == (0, ["1 passed, 0 failed"])


def test_wrong_names_are_refused_with_the_known_ones():
    for words in (["--full", "unit_tests", "small"], ["--ful"], ["unit_tests"]):
        done = run(SCRIPTS / "test", *words)
        assert done.returncode == 2 and {"sanitized_end_to_end", "drops"} <= set(done.stderr.split())
    shown = run(SCRIPTS / "test", "--help")
    assert shown.returncode == 0 and "unit_tests" in shown.stdout


def test_it_is_what_continuous_integration_calls():
    assert (SOURCE / ".ci/run").read_text().splitlines()[-1] == 'exec "$(dirname "$0")/../scripts/test" "$@"'


# scripts/configure

class Folder:
    def __init__(self, tree):
        self.tree = tree
        self.path = tree / "build"
        self.environment = dict(ENVIRONMENT)

    def configure(self, *options):
        """Return whether the folder was made anew."""
        before = self.made()
        done = run(self.tree / "scripts/configure", self.path, *options, env=self.environment)
        assert done.returncode == 0, done.stderr
        assert (self.path / "build.ninja").exists()
        return self.made() != before

    def made(self):
        path = self.path / "meson-private/coredata.dat"
        return path.stat().st_mtime_ns if path.exists() else None


@pytest.fixture(name="folder")
def fixture_folder(tree):
    folder = Folder(tree)
    assert folder.configure("-Dtests=disabled")
    return folder


def test_a_folder_that_is_as_asked_stays(folder):
    (folder.path / "reports").mkdir()
    assert not folder.configure("-Dtests=disabled")
    assert folder.configure() and not folder.configure()
    assert (folder.path / "reports").is_dir()


@pytest.mark.slow
def test_what_was_set_by_hand_goes(folder):
    run("meson", "configure", folder.path, "-Dtests=auto")
    assert folder.configure("-Dtests=disabled")


@pytest.mark.slow
def test_a_folder_that_was_configured_by_hand_is_made_anew(tree):
    run("meson", "setup", tree / "build", tree, "-Dtests=disabled")
    assert Folder(tree).configure()


def test_a_folder_that_was_interrupted_is_made_anew(folder):
    (folder.path / "build.ninja").unlink()
    assert folder.configure("-Dtests=disabled")
    (folder.path / "configured").unlink()
    shutil.rmtree(folder.path / "meson-info")
    assert folder.configure("-Dtests=disabled")


def test_another_compiler_makes_it_anew(folder):
    folder.environment["CC"] = "clang-14"
    assert folder.configure("-Dtests=disabled")


@pytest.mark.slow
def test_a_tree_that_moved_is_made_anew(folder):
    moved = Folder(folder.tree.rename(folder.tree.with_name("moved")))
    assert moved.configure("-Dtests=disabled")


@pytest.mark.slow
def test_another_default_makes_it_anew(folder):
    (folder.tree / "meson_options.txt").write_text(MESON_OPTIONS.replace("auto", "enabled"))
    assert folder.configure("-Dtests=disabled")


@pytest.mark.parametrize("package", ["libcmocka-dev", pytest.param("meson", marks=pytest.mark.slow)])
def test_a_package_that_comes_or_goes_makes_it_anew(folder, tmp_path, package):
    """dpkg-query answers without the package, as before its installation."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "dpkg-query").write_text(f'#!/bin/sh\n/usr/bin/dpkg-query "$@" | grep -v " {package} "\n')
    (tools / "dpkg-query").chmod(0o755)
    path = folder.environment["PATH"]
    folder.environment["PATH"] = f"{tools}:{path}"
    assert folder.configure("-Dtests=disabled") and not folder.configure("-Dtests=disabled")
    folder.environment["PATH"] = path
    assert folder.configure("-Dtests=disabled")
