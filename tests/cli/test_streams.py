"""Streams that are closed, full or gone: said in one line, or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIAG = f"{sys.executable} -m diagram"


def shell(line):
    return subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_closed_standard_output_is_no_bug():
    done = shell(f"{DIAG} explain E0304 >&-")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_standard_input_is_said():
    done = shell(f"{DIAG} fmt - <&-")
    assert done.returncode == 2
    assert done.stderr == "error: standard input is closed\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said():
    done = shell(f"{DIAG} explain > /dev/full")
    assert done.returncode == 2
    assert done.stderr == "error: cannot read or write standard output: No space left on device\n"


def test_junk_on_standard_input_is_said():
    done = shell(f"printf '\\377\\376\\000' | {DIAG} fmt -")
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("error")
    assert "E0001" not in done.stderr


def test_a_pipeline_formats():
    done = shell(f"printf 'object   A' | {DIAG} fmt - | cat")
    assert (done.returncode, done.stdout, done.stderr) == (0, "object A\n", "")
