"""`diag test`: the tests that a file carries."""

FILE = """\
object A
box f : A -> A
def twice : A -> A = f >> f
test "composition" {
  assert twice == f >> f
}
test "types" {
  assert twice : A -> A
}
"""


def test_each_test_is_named_and_all_are_counted(diag, tmp_path):
    path = tmp_path / "x.diag"
    path.write_text(FILE)
    done = diag("test", path)
    assert (done.code, done.err) == (0, "")
    assert done.out == "ok   composition\nok   types\n2 passed\n"
    assert diag("test", "--quiet", path, path).out == "4 passed\n"


def test_a_test_that_fails_says_where(diag, tmp_path):
    path = tmp_path / "x.diag"
    path.write_text(FILE.replace("assert twice == f >> f", "assert twice == f"))
    done = diag("test", path)
    assert done.code == 1
    assert done.out == "FAIL composition\nok   types\n1 passed, 1 failed\n"
    assert done.err.count("error[E05") == 1
    assert f"{path}:5:" in done.err
    assert diag("test", path, "--format", "json").out.count('"code": "E05') == 1
