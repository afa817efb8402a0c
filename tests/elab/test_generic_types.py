"""`type Tokens[s: axis] = R[s, d]`: types with static arguments."""

from diagram import check_text, loads

HEAD = """axis d = 4
type Tokens[s: axis] = R[s, d]
type Pair[T: type] = T @ T
type Big[n: nat = 3, *s: axis] = R[*s, n]
type Heads[s: axis, h: axis = d] = R[s, (h 2)]
"""


def said(text: str) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in check_text(HEAD + text)]


def test_the_argument_stands_where_the_generic_stood():
    module = loads(HEAD + "def f(X: Tokens[x]) -> Tokens[s = x] = exp(X)\n")
    assert str(module["f"]) == "f : R[x, d] -> R[x, d]"


def test_a_generic_type_is_the_type_that_it_abbreviates():
    assert said("def f(X: Tokens[x]) -> R[x, d] = X\ndef g(X: R[y, d]) -> Tokens[y] = f(X)\n") == []
    assert said("def f(X: Tokens[y]) -> R[y, d] {\n  Y : Tokens[y] = exp(X)\n  return Y\n}\n") == []


def test_types_lists_and_defaults_are_arguments_too():
    assert said("def p(X: Pair[Tokens[x]]) -> Pair[Tokens[x]] = X\n") == []
    assert said("def q(X: Big[n = 5, a, b]) -> R[a, b, 5] = X\n") == []
    assert said("def q(X: Big[s = a]) -> R[a, 3] = X\n") == []
    assert said("def r(X: Heads[a]) -> R[a, (d 2)] = X\n") == []


def test_wrong_arguments_are_named():
    assert said("def f(X: Tokens) -> R = 1\n") == [("E0302", "`Tokens` needs its static argument `s`")]
    assert said("def f(X: Tokens[d]) -> R = 1\n") == [("E0316", "the axis `d` occurs twice in one array")]
    assert [code for code, _ in said("def f(X: Tokens[a, b]) -> R = 1\n")] == ["E0302"]
    assert said("def f(X: Tokens[t = a]) -> R = 1\n") == [("E0201", "`Tokens` has no static argument `t`")]


def test_the_text_of_a_generic_type_is_checked_where_it_stands():
    assert said("type Odd[s: axis] = R[s, zz]\n") == [("E0201", "cannot find the axis `zz`")]
