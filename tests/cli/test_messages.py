"""The forms of messages: frames for people on standard error, lines for programs on standard output."""

import json

import pytest


def test_people_read_a_frame_on_standard_error(diag, wrong):
    done = diag("check", wrong)
    assert (done.code, done.out) == (1, "")
    lines = done.err.splitlines()
    assert lines[0] == "error[E0301]: these two diagrams do not compose"
    assert lines[1].strip().startswith(f"--> {wrong}:5:")
    assert "\x1b" not in done.err
    assert done.err.isascii()


@pytest.mark.parametrize("asked", [("--format", "json"), ("--json",)])
def test_programs_read_one_json_object_a_line_on_standard_output(diag, wrong, asked):
    done = diag("check", wrong, *asked)
    assert (done.code, done.err) == (1, "")
    (record,) = map(json.loads, done.out.splitlines())
    assert (record["code"], record["level"]) == ("E0301", "error")
    assert record["span"]["start"]["line"] == 5


def test_short_messages_are_one_line_that_editors_understand(diag, wrong):
    done = diag("check", wrong, "--format", "short")
    assert done.code == 1
    (line,) = done.out.splitlines()
    assert line.startswith(f"{wrong}:5:")
    assert "error[E0301]: these two diagrams do not compose" in line


def test_github_messages_are_annotations(diag, wrong):
    done = diag("check", wrong, "--format", "github")
    (line,) = done.out.splitlines()
    assert line.startswith("::error file=")
    assert "line=5" in line


@pytest.mark.parametrize("format", ["text", "short", "json", "github"])
def test_wrong_use_is_said_in_the_form_asked_for(diag, tmp_path, format):
    done = diag("check", tmp_path / "absent.diag", "--format", format)
    assert done.code == 2
    text = done.err if format == "text" else done.out
    assert "there is no file" in text
    if format == "json":
        assert json.loads(text)["code"] == "E0002"


@pytest.mark.parametrize(
    ("words", "environment", "colour"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
    ids=str,
)
def test_colour_is_for_terminals_unless_one_says_otherwise(
    diag, wrong, monkeypatch, words, environment, colour
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in diag("check", wrong, *words).err) == colour


def test_files_that_are_right_are_named_unless_one_wants_it_quiet(diag, kitchen):
    done = diag("check", kitchen)
    assert (done.code, done.out, done.err) == (0, f"{kitchen}: ok\n", "")
    assert diag("check", "--quiet", kitchen).out == ""
    assert diag("check", kitchen, "--format", "json").out == ""
