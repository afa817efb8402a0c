"""Results reach their file whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from diagram.cli.command import Usage
from diagram.cli.files import replacing, write


def test_the_old_file_stays_when_writing_fails(tmp_path):
    path = tmp_path / "y.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(str(path)) as draft:  # noqa: PT012  (the point is the middle)
        draft.write_text("half")
        raise ZeroDivisionError
    assert [p.name for p in tmp_path.iterdir()] == ["y.txt"]
    assert path.read_text() == "old"


def test_a_draft_has_the_ending_of_its_file_because_libraries_look_at_it(tmp_path):
    with replacing(str(tmp_path / "y.svg")) as draft:
        assert draft.suffix == ".svg"
        assert draft.parent == tmp_path
        draft.write_text("new")
    assert [p.name for p in tmp_path.iterdir()] == ["y.svg"]


def test_permissions_are_those_of_the_file_replaced_or_the_usual_ones(tmp_path):
    old, new, plain = tmp_path / "old", tmp_path / "new", tmp_path / "plain"
    old.write_text("")
    old.chmod(0o640)
    write(str(old), "x")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    write(str(new), "x")
    plain.write_text("x")
    assert new.stat().st_mode == plain.stat().st_mode


def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write(str(link), "new\n")
    assert link.is_symlink()
    assert target.read_text() == "new\n"


def test_a_device_is_written_directly():
    write(os.devnull, "x")
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("path", ["nowhere/y.svg", "."])
def test_a_place_that_cannot_be_written_is_said_before_anything_is_done(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Usage, match="cannot write"):
        write(path, "x")


@pytest.mark.parametrize(
    ("command", "name"), [("render", "y.svg"), ("grad", "y.diag"), ("compile", "y.py"), ("run", "y.npz")]
)
def test_every_command_that_writes_says_when_the_folder_is_missing(diag, arrays, tmp_path, command, name):
    sizes = ["--set", "t=2,m=3"] if command in ("run", "compile") else []
    done = diag(command, arrays, "twice", *sizes, "-o", tmp_path / "nowhere" / name)
    assert done.code == 2
    assert "nowhere` does not exist" in done.err


@pytest.mark.parametrize(("command", "name"), [("render", "y.gif"), ("run", "y.txt")])
def test_an_ending_that_means_nothing_is_wrong_use(diag, arrays, tmp_path, command, name):
    sizes = ["--set", "t=2,m=3"] if command == "run" else []
    done = diag(command, arrays, "twice", *sizes, "-o", tmp_path / name)
    assert done.code == 2
    assert "ending" in done.err
    assert not (tmp_path / name).exists()


FALSE = """category Monoid : symmetric
object A
box m : A @ A -> A
rule assoc : m @ A >> m == A @ m >> m
theorem two : m @ A >> m == A @ m >> m { == A @ m >> m by assoc }
theorem bad : m @ A >> m == swap[A, A] @ A >> m @ A >> m {
  == swap[A, A] @ A >> m @ A >> m by assoc
}
"""


def test_a_step_that_fails_is_drawn_beside_what_the_rules_reach(diag, tmp_path):
    (tmp_path / "false.diag").write_text(FALSE, encoding="utf-8")
    result = diag("prove", tmp_path / "false.diag", "-o", tmp_path / "step.svg")
    assert result.code == 1
    text = (tmp_path / "step.svg").read_text(encoding="utf-8")
    assert text.count("≠") == 1
    assert text.count(">m<") == 6
    assert diag("prove", tmp_path / "false.diag", "two", "-o", tmp_path / "two.svg").code == 0
    assert (tmp_path / "two.svg").read_text(encoding="utf-8").count(">m<") == 4
