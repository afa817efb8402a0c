"""`diag cost`: polynomials without sizes, numbers with them."""


def cells(out):
    return {line.split("  ")[0].strip(): line.split() for line in out.splitlines() if line.strip()}


def test_the_table_has_polynomials_for_open_sizes_and_numbers_for_given_ones(diag, arrays):
    done = diag("cost", arrays, "total")
    assert done.code == 0
    assert "2*m*t" in done.out
    numbers = cells(diag("cost", arrays, "total", "--set", "t=2,m=3").out)
    assert numbers["operations"][1] == str(2 * 2 * 3)
    assert numbers["bytes moved"][2] == str(4 * (2 * 6 + 6 + 6 + 2))


def test_boxes_are_listed_and_polynomials_factored(diag, arrays):
    done = diag("cost", arrays, "total", "--boxes", "--factor", "--dtype", "f64")
    names = [line.split()[0] for line in done.out.split("\n\n")[1].splitlines()]
    assert names == ["box", "contract", "sum"]
    assert "8*t*(" in done.out


def test_a_definition_without_derivative_has_a_forward_cost(diag, tmp_path):
    path = tmp_path / "f.diag"
    path.write_text("axis n\ndef f(X: R[n]) -> nat[n] = argmax[n](X)\n")
    done = diag("cost", path)
    assert done.code == 0


def test_abstract_boxes_are_refused(diag, kitchen):
    done = diag("cost", kitchen, "opened")
    assert done.code == 1
    assert "E0403" in done.err


def test_tensor_operations_of_the_value_and_of_both_passes_are_counted(diag, tmp_path):
    path = tmp_path / "f.diag"
    path.write_text("axis n\ndef f(x: R[n]) -> R[n] = sin(exp(x))\n")
    line = next(x for x in diag("cost", path).out.splitlines() if x.startswith("tensor operations"))
    assert line.split() == ["tensor", "operations", "2", "5,", "2.50", "times"]
