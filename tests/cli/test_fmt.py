"""`diag fmt`: in place, from standard input, or only checking."""

import io
import sys

UGLY = "object   A\nbox  f:A->A   # kept\ndef g(x:A)->A{return f( x )}\n"
NEAT = "object A\nbox f : A -> A # kept\ndef g(x: A) -> A { return f(x) }\n"


def squeezed(text):
    return text.replace(" ", "")


def test_a_file_is_laid_out_in_place_and_then_stays(diag, tmp_path):
    path = tmp_path / "x.diag"
    path.write_text(UGLY)
    done = diag("fmt", path)
    assert (done.code, done.out) == (0, "")
    assert done.err == f"{path}: laid out anew\n"
    text = path.read_text()
    assert text != UGLY
    assert squeezed(text) == squeezed(NEAT)
    assert (diag("fmt", path).err, path.read_text()) == ("", text)
    assert diag("fmt", "--check", path).code == 0


def test_checking_writes_nothing(diag, tmp_path):
    path = tmp_path / "x.diag"
    path.write_text(UGLY)
    done = diag("fmt", "--check", path)
    assert (done.code, path.read_text()) == (1, UGLY)
    assert "would be laid out anew" in done.err


def test_standard_input_goes_to_standard_output(diag, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(UGLY))
    done = diag("fmt", "-")
    assert (done.code, done.err) == (0, "")
    assert squeezed(done.out) == squeezed(NEAT)


def test_a_file_that_does_not_parse_is_left_as_it_is(diag, tmp_path):
    path = tmp_path / "x.diag"
    path.write_text("object A\ndef f(x: A -> A { return x }\n")
    before = path.read_bytes()
    done = diag("fmt", path)
    assert done.code == 1
    assert "error[E01" in done.err
    assert path.read_bytes() == before


def test_line_ends_of_other_systems_are_no_reason_to_fail(diag, tmp_path):
    path = tmp_path / "x.diag"
    path.write_bytes(b"object A\r\nbox f : A -> A\r\n")
    assert diag("fmt", path).code == 0
    assert diag("fmt", "--check", path).code == 0
