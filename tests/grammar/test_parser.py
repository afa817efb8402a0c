"""The parser: golden trees, docs, contextual words, recovery, limits, and that nothing makes it crash."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagram.errors import Diagnostic, DiagramError, Source
from grammar.lexer import lex
from grammar.parser import CHARACTER_LIMIT, TOKEN_LIMIT, parse
from grammar.source import decode, read_source
from grammar.tree import Node, chain, dump, walk

HERE = Path(__file__).parent
SAMPLES = sorted(HERE.parent.joinpath("samples").glob("*.diag"))
GOLDEN = sorted((HERE / "trees").glob("*.txt"))


def tree_of(text: str) -> Node:
    tree, problems = parse(Source("model.diag", text))
    assert problems == []
    return tree


def items_of(text: str) -> tuple[list[str], list[Diagnostic]]:
    tree, problems = parse(Source("model.diag", text))
    items = tree.kids[1]
    assert isinstance(items, Node)
    return [item.kind for item in items.kids if isinstance(item, Node)], problems


def codes(text: str) -> list[str]:
    return [d.code for d in parse(Source("model.diag", text))[1]]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_golden_tree(path: Path) -> None:
    text, _, tree = path.read_text("utf-8").partition("\n----\n")
    items = tree_of(text).kids[1]
    assert isinstance(items, Node)
    assert "\n".join(dump(item) for item in items.kids if isinstance(item, Node)) == tree.strip()


def test_docs_stay_with_item_and_statement() -> None:
    tree = tree_of("## one\n## two\ndef f(x: A) -> A {\n  ## three\n  y = x\n  return y\n}\n## at the end\n")
    docs = {node.kind: node.doc for node in walk(tree) if node.docs}
    assert docs == {"def_pointed": "one\ntwo", "bind": "three"}


def test_words_of_one_place_are_names_elsewhere() -> None:
    tree_of(
        "def over(tied: A, get: A) -> A { wire = put(get)\n"
        " scan t over tied reversed { emit o = over } return wire }"
    )
    tree_of("style s { layout x { a = 1 } wire y { b = 2 } wire_gap = 3 }")
    tree_of("relation r(wire: A) { wire put: A\n get(put, wire) }")
    tree_of('functor F : A -> B { include include\n box extern = extern "a:b" }')


def test_chains_of_thousands_are_read_and_walked_without_recursion() -> None:
    n = 20_000
    tree = tree_of("def f = " + " >> ".join(["a"] * n))
    assert sum(node.kind == "then" for node in walk(tree)) == n - 1
    body = next(node for node in walk(tree) if node.kind == "then")
    first, rest = chain(body, frozenset(("then",)))
    assert first.text == "a" and len(rest) == n - 1
    assert dump(tree).count("(then") == n - 1


def test_recovery_is_at_the_next_item() -> None:
    text = "object A\ndef f : A -> A =\n\nbox g : A -> A\ndef h(x: A { return x }\naxis a, b\n"
    kinds, problems = items_of(text)
    assert kinds == ["object_decl", "error", "box_decl", "error", "axis_decl"]
    assert [d.code for d in problems] == ["E0104", "E0101"]


def test_recovery_inside_a_category_keeps_the_category() -> None:
    text = "category C : markov {\n  object A\n  def f : = A\n  box g : A -> A\n}\nobject Z\n"
    kinds, problems = items_of(text)
    assert kinds == ["category_decl", "object_decl"]
    assert len(problems) == 1


def test_an_item_in_column_1_closes_an_open_category() -> None:
    kinds, problems = items_of("category C : markov {\n  def f { y = \ndef g = h\n")
    assert kinds == ["category_decl", "def_pointfree"]
    assert len(problems) == 1


def test_an_error_node_knows_the_names_it_would_declare() -> None:
    for text, names in (
        ("def f : = A", ["f"]),
        ("object A, B C, D", ["A", "B", "D"]),
        ("axis a = 3, b = = 4", ["a", "b"]),
        ("from x import y, z as w, +", ["y", "w"]),
        ("learn p, q : : R", ["p", "q"]),
        ("import .a.b as c c", ["c"]),
    ):
        tree, _ = parse(Source("", text))
        node = next(node for node in walk(tree) if node.kind == "error")
        group = node.kids[1]
        assert isinstance(group, Node)
        assert [getattr(t, "text", "") for t in group.kids] == names


def test_a_wrong_line_behind_an_item_does_not_spoil_it() -> None:
    kinds, problems = items_of("object A\n)\nobject B")
    assert kinds[0] == "object_decl" and kinds[-1] == "object_decl"
    assert [d.code for d in problems] == ["E0105"]


@pytest.mark.parametrize(
    "text",
    [
        "def f = " + "(" * 201 + "a" + ")" * 201,
        "def f = " + "[" * 300,
        "def f = " + "- " * 300 + "a",
        "def f = " + "a ** " * 300 + "a",
        "def f = " + "a if b else " * 300 + "a",
        "def f = (" + "not " * 300 + "a)",
        "def f(x: A) -> A {" + " for i in 0..2 {" * 250 + "}" * 251,
    ],
)
def test_nesting_over_200_is_refused(text: str) -> None:
    assert codes(text) == ["E0006"]


def test_nesting_of_200_is_accepted() -> None:
    tree_of("def f = " + "(" * 200 + "a" + ")" * 200)
    tree_of("def f = " + "- " * 200 + "a")


def test_levels_that_are_closed_do_not_count() -> None:
    tree_of("def f = " + "(" * 150 + " >> ".join(["a(b) @ -c ** (d[e + (f) * g(h)])"] * 300) + ")" * 150)


def test_errors_cost_no_more_than_linear_time() -> None:
    assert len(codes("category A : m {\nx y\n" * 3000)) == 3000
    assert len(codes("def f(x : A -> A = a b\n" * 1000)) == 1000
    assert codes("def f = " + " ∘ ".join(["a"] * 20000)) == ["E0103"]


def test_limits_of_names_numbers_items_and_files() -> None:
    assert codes("object " + "a" * 257) == ["E0007"]
    assert codes("object " + "a" * 256) == []
    assert codes("axis a = " + "9" * 1300) == ["E0008"]
    assert codes(f"axis a = {2**4095}") == []
    assert codes(f"axis a = {2**4097}") == ["E0008"]
    assert codes("#" * (CHARACTER_LIMIT + 1)) == ["E0004"]
    assert codes("object A\ndef f = " + "a+" * (TOKEN_LIMIT // 2) + "a") == ["E0005"]
    assert codes(("def f = " + "a+" * 50_000 + "a\n") * 3) == []


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DiagramError) as missing:
        read_source(tmp_path / "none.diag")
    assert missing.value.diagnostics[0].code == "E0002"
    with pytest.raises(DiagramError) as latin:
        decode("object É".encode("latin-1"), "a.diag")
    (problem,) = latin.value.diagnostics
    assert problem.code == "E0003" and problem.span is not None
    assert problem.span.start == 7
    (tmp_path / "a.diag").write_bytes(b"\xef\xbb\xbfobject A\r\n")
    assert read_source(tmp_path / "a.diag").text == "object A\r\n"


def test_names_come_in_composed_form_and_look_alikes_of_digits_do_not() -> None:
    assert lex(Source("", "\u212b")).tokens[0].text == "\u00c5"
    assert codes("object e\u0301") == ["E0109"]
    assert codes("axis a = \u0663") == ["E0109"]


@pytest.mark.parametrize("path", SAMPLES[::4], ids=lambda p: p.stem)
def test_every_prefix_of_a_sample_gives_a_tree(path: Path) -> None:
    text = path.read_text("utf-8")
    for stop in range(0, len(text), 29):
        tree, problems = parse(Source(path.name, text[:stop]))
        assert tree.kind == "start"
        check(problems, text[:stop])


def check(problems: list[Diagnostic], text: str) -> None:
    """Messages are short, in the user's words, inside the text."""
    from diagram.report import render

    for d in problems:
        assert len(d.message) <= 72 and not d.message.endswith(".")
        assert d.span is not None and 0 <= d.span.start <= d.span.end <= len(text)
        for word in ("token", "terminal", "lark", "LALR"):
            assert word not in (d.message + d.label + d.help).replace(text, "")
        assert max(map(len, render(d).split("\n"))) <= 110


WORDS = """def f ( ) [ ] { } = : -> >> @ ; , x A 3 0.5 "s" where axis learn category object box with == .. ...
* - fn in for return ⊗ ∘ " ' § test assert rule get wire ? | 12pt""".split()
WORDS += ["\n", "\ndef ", "\n}", "## d\n", "# c\n"]


@settings(derandomize=True, deadline=None, max_examples=250)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_any_words_give_a_tree_and_messages(words: list[str]) -> None:
    text = " ".join(words)
    tree, problems = parse(Source("a.diag", text))
    assert tree.kind == "start"
    check(problems, text)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.text(max_size=80))
def test_any_characters_give_a_tree_and_messages(text: str) -> None:
    check(parse(Source("a.diag", text))[1], text)


@settings(derandomize=True, deadline=None, max_examples=120)
@given(st.integers(0, 26), st.integers(0, 10**6))
def test_a_sample_with_words_lost_or_doubled_gives_a_tree(which: int, seed: int) -> None:
    r = random.Random(seed)
    text = SAMPLES[which].read_text("utf-8")
    tokens = lex(Source("", text)).tokens
    for _ in range(r.randint(1, 3)):
        token = r.choice(tokens)
        text = (
            text[: token.start]
            + r.choice(["", token.text * 2, r.choice(WORDS), token.text[:1]])
            + text[token.end :]
        )
    tree, problems = parse(Source("a.diag", text))
    assert tree.kind == "start"
    check(problems, text)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.integers(0, 26), st.integers(0, 10**6))
def test_edits_of_messages_parse(which: int, seed: int) -> None:
    from diagram.report import apply_edits

    r = random.Random(seed)
    text = SAMPLES[which].read_text("utf-8")
    token = r.choice(lex(Source("", text)).tokens[:-1])
    text = text[: token.start] + text[token.end :]
    problems = parse(Source("a.diag", text))[1]
    for d in problems:
        if d.edits:
            after = parse(Source("a.diag", apply_edits(text, d.edits)))[1]
            assert len(after) < len(problems)
