"""The command as a whole: its pages of help, its exit codes, what it says to wrong words."""

import signal
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

import diagram
from diagram.cli import COMMANDS

ROOT = Path(__file__).parents[2]
PIPES = {"cwd": ROOT, "stdin": PIPE, "stdout": PIPE, "stderr": PIPE}


def test_the_help_names_every_command_and_every_exit_code(diag):
    done = diag("--help")
    assert done.code == 0
    assert all(f"  {name} " in done.out for name in COMMANDS)
    assert all(code in done.out for code in ("0 done", "1 faulty", "2 wrong use", "4 a bug", "130"))
    assert max(map(len, done.out.splitlines())) <= 80
    assert done == diag() == diag("help") == diag("-h")


def test_every_command_has_a_module_and_a_page_of_help(diag):
    modules = {p.stem.removeprefix("do_") for p in (ROOT / "diagram" / "cli").glob("do_*.py")}
    assert modules == set(COMMANDS)
    for name in COMMANDS:
        done = diag(name, "--help")
        assert done.code == 0
        assert done.out.startswith(f"usage: diag {name} ")
        assert done.err == ""


def test_the_version_is_that_of_the_package(diag):
    assert diag("--version").out == f"diag {diagram.__version__}\n"


def test_a_mistyped_command_is_guessed(diag):
    done = diag("chek", "x.diag")
    assert (done.code, done.out) == (2, "")
    assert "no command `chek`; did you mean `check`?" in done.err


def test_an_unknown_option_is_wrong_use(diag):
    assert diag("--colour").code == 2
    done = diag("check", "--colour", "x.diag")
    assert done.code == 2
    assert "--colour" in done.err


@pytest.mark.parametrize(
    "command", ["check", "show", "run", "grad", "render", "compile", "fmt", "test", "eq"]
)
def test_a_missing_argument_is_wrong_use(diag, command):
    assert diag(command).code == 2


def test_an_unforeseen_error_is_reported_as_e0001_with_a_report_to_send(diag, kitchen, monkeypatch, tmp_path):
    def broken(path, sizes=None):
        raise ZeroDivisionError("the one thing nobody foresaw")

    monkeypatch.setattr(diagram, "load", broken, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    done = diag("show", kitchen)
    assert done.code == 4
    assert done.err.startswith("error[E0001]: internal error: ZeroDivisionError in test_use.py, line ")
    assert "please report it" in done.err
    (folder,) = tmp_path.glob("diag-bug-*")
    assert "ZeroDivisionError: the one thing nobody foresaw" in (folder / "report.txt").read_text()
    assert (folder / kitchen.name).read_text() == kitchen.read_text()


def test_an_interruption_is_quiet(diag, kitchen, monkeypatch):
    def interrupted(path, sizes=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(diagram, "load", interrupted, raising=False)
    done = diag("show", kitchen)
    assert (done.code, done.out, done.err) == (130, "", "")


def test_ctrl_c_ends_a_running_command_with_130_and_no_words():
    def heard() -> None:  # whatever started the tests may ignore the signal, and children inherit that
        signal.signal(signal.SIGINT, signal.default_int_handler)

    with Popen([sys.executable, "-m", "diagram", "fmt", "-"], **PIPES, preexec_fn=heard) as process:
        # more than a pipe holds: once it is all written, the command is reading, and past its start
        process.stdin.write(b"object A\n" * 20_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_a_reader_that_goes_away_is_no_error():
    with Popen([sys.executable, "-m", "diagram", "--help"], **PIPES) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_python_m_diagram_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "diagram", "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: diag has no command `nonsense`")


def test_the_installed_command_is_this_one():
    found = [e for e in entry_points(group="console_scripts") if e.name == "diag"]
    if not found:
        pytest.skip("diag-lang is not installed in this environment")
    assert found[0].value == "diagram.cli:main"
