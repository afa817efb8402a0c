"""What the command line names and cannot be used: one clear message, exit code 2, no traceback, no output."""

import os

import pytest

NAMED = {"run": ["NAME"], "grad": ["NAME"], "render": ["NAME"], "compile": ["NAME"], "show": ["NAME"]}
EVERY = ["check", "test", "fmt", "eq", *NAMED]
JUNK = bytes(range(256)) * 8


def words(command, path):
    return [command, path, *{"eq": ["f", "g"]}.get(command, NAMED.get(command, []))]


def one_message(done):
    errors = [line for line in done.err.splitlines() if line.startswith("error")]
    assert len(errors) == 1, done.err
    assert done.out == ""
    return errors[0]


@pytest.mark.parametrize("command", EVERY)
def test_a_missing_file_is_named(diag, tmp_path, command):
    done = diag(*words(command, tmp_path / "absent.diag"))
    assert done.code == 2
    assert "there is no file" in one_message(done)


def test_a_missing_file_is_looked_for_among_its_neighbours(diag, kitchen):
    assert "did you mean `kitchen.diag`?" in one_message(diag("check", kitchen.with_name("kitchn.diag")))


def test_a_missing_folder_is_said_to_be_missing(diag, tmp_path):
    assert "does not exist" in one_message(diag("check", tmp_path / "nowhere" / "x.diag"))


@pytest.mark.parametrize("command", EVERY)
def test_a_folder_is_not_a_file(diag, tmp_path, command):
    done = diag(*words(command, tmp_path))
    assert done.code == 2
    assert "is a folder" in one_message(done)


@pytest.mark.parametrize("command", EVERY)
def test_binary_junk_is_not_text(diag, tmp_path, command):
    path = tmp_path / "junk.diag"
    path.write_bytes(JUNK)
    done = diag(*words(command, path))
    assert done.code == 2
    assert "UTF-8" in one_message(done)
    assert path.read_bytes() == JUNK


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a file that the user may not read")
def test_a_file_that_may_not_be_read_is_wrong_use(diag, kitchen):
    kitchen.chmod(0)
    assert diag("check", kitchen).code == 2


def test_an_empty_file_has_no_errors_and_no_definitions(diag, tmp_path):
    path = tmp_path / "empty.diag"
    path.write_text("")
    assert diag("check", path).code == 0
    assert diag("fmt", "--check", path).code == 0
    done = diag("run", path)
    assert done.code == 2
    assert "has no definitions" in one_message(done)


@pytest.mark.parametrize("command", NAMED)
def test_an_unknown_definition_is_guessed_and_the_others_listed(diag, kitchen, command):
    done = diag(command, kitchen, "opended")
    assert done.code == 2
    assert "no definition `opended`; did you mean `opened`?" in one_message(done)
    assert "it has `opened`, `turned`" in done.err


@pytest.mark.parametrize("command", ["run", "grad", "render", "compile"])
def test_of_several_definitions_one_must_be_named(diag, kitchen, command):
    done = diag(command, kitchen)
    assert done.code == 2
    assert "which definition" in one_message(done)
    assert "`opened`, `turned`" in done.err


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("t", "not of the form NAME=NUMBER"),
        ("=3", "not of the form NAME=NUMBER"),
        ("t=many", "`many` is not a number"),
        ("t=2,t=3", "gives `t` twice"),
        ("t=-1", "the shape [-1, 2]"),
    ],
)
def test_a_malformed_size_is_wrong_use(diag, arrays, setting, said):
    done = diag("run", arrays, "twice", "--set", setting, "--set", "m=2")
    assert done.code == 2
    assert said in one_message(done)


def test_an_unknown_size_is_wrong_use(diag, arrays):
    done = diag("run", arrays, "twice", "--set", "t=2,m=3,q=4")
    assert done.code == 2
    assert "`q`" in one_message(done)


def test_a_missing_size_is_named(diag, arrays):
    done = diag("run", arrays, "twice", "--set", "t=2")
    assert done.code == 2
    assert "`m`" in one_message(done)
    assert "--set m=" in done.err


def test_a_faulty_diagram_has_exit_code_1(diag, wrong):
    for command in ("check", "test"):
        done = diag(command, wrong)
        assert done.code == 1
        assert one_message(done).startswith("error[E0301]")
    for command in NAMED:
        assert diag(command, wrong, "f").code == 1


def test_several_files_are_all_checked_and_the_worst_decides(diag, wrong, kitchen):
    done = diag("check", kitchen, wrong)
    assert done.code == 1
    assert f"{kitchen}: ok" in done.out
    assert "E0301" in done.err
