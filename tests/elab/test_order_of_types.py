"""Types may be declared in any order; one cause gives one message."""

from diagram import check_text


def said(text: str) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in check_text(text)]


def test_a_type_may_be_used_before_it_is_declared():
    assert (
        said("type U = T @ T\ntype T = A\nobject A\nbox f : U -> T\ndef g(a: A, b: A) -> A = f(a, b)\n") == []
    )


def test_an_unknown_name_in_a_type_is_one_message():
    text = "object A\ntype T = Q\ntype U = T @ T\nbox f : U -> T\ndef g : U -> T = f\n"
    assert said(text) == [("E0201", "cannot find the type `Q`")]


def test_types_made_of_each_other_are_one_message():
    text = "type T = U\ntype U = T @ T\nbox f : T -> T\n"
    assert [code for code, _ in said(text)] == ["E0311"]


def test_a_long_chain_of_types_in_the_wrong_order_is_no_recursion():
    text = (
        "".join(f"type T{k} = T{k + 1}\n" for k in range(3000))
        + "type T3000 = A\nobject A\nbox f : T0 -> A\n"
    )
    assert said(text) == []
