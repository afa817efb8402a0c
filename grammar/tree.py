"""The syntax tree: `Node`s with their parts in fixed places, and `Token`s, both with offsets into the source.

Signs and words that are always there (`def`, `(`, `=`) leave no trace. A missing optional part is `None`.
A list of any length is a node of its own, whose parts are the elements. Below, `e` is an expression, `N` a
NAME token, `x?` a part that may be `None`, `x*` all the parts of a list node (in order, possibly none
unless noted `x+`). The kind of a token is NAME INT NUMBER QUANTITY STRING, the word in capitals (AXIS), or
the sign itself (`==`).

File and modules
    start          edition?, items
    edition        INT
    items          item*            an item is any node of this section and the next two, or `error`
    error          keyword token?, names, item?      an item with a syntax error: the names it would declare
                                                     (of unknown type), the item as far as it was understood
    import_module  module_path, N?                   import .blocks.attention as att
    import_names   module_path, imported
    module_path    dots, path                        dots: `.` tokens*
    imported       import_name+
    import_name    N, N?                             name, other name
    path           N+                                a.b.c

Declarations
    category_decl  N, generics?, levels?, items?     items None: open to the end of the file
    levels         N+
    object_decl    names, options?
    names          N+
    type_decl      N, generics?, e
    axis_decl      axis_items, where?, options?
    axis_items     axis_item+
    axis_item      N, e?
    learn_weight   names, type, e?, mods             type: arrow | e;  e: the init
    learn_part     N, e
    mods           learn_mod*
    learn_mod      N, e?
    box_decl       N, generics?, signature, where?, options?        signature: arrow | pointed
    arrow          e, e                              dom, cod
    pointed        ports, result                     result: e | named_ports
    ports          port*
    named_ports    port+
    port           N, e
    generics       generic+
    generic        `*` token?, N, kind?, e?          e: the default;  kind: kind | box_kind
    kind           token                             NAME AXIS TYPE OBJECT FUNCTOR or CATEGORY
    box_kind       arrow?
    where          (where_size | where_cond)+
    where_size     N, e
    where_cond     e, op token, e [, op token, e]*   a chain: operands at even places, signs between
    options        option*
    option         key token, e?                     the key is a NAME or a reserved word: use its text

Definitions
    def_pointfree  N, generics?, arrow?, where?, options?, e
    def_pointed    N, generics?, params, result?, where?, options?, body       body: block | e
    params         param*
    param          N, e?
    block          stmts, return_stmt?
    return_stmt    values
    values         e*
    lens_decl      N, generics?, arrow, options?, lens_parts
    lens_parts     lens_part*
    lens_part      GET or PUT token, params, body
    optic_decl     N, generics?, arrow, e, options?, optic_parts    e: the residual after `via`
    optic_parts    optic_part*
    optic_part     FWD or BWD token, params?, body          no params: body is e, point-free
    relation_decl  N, generics?, params, where?, options?, rel_stmts
    rel_stmts      (rel_wire | rel_atom)*
    rel_wire       param+
    rel_atom       path, static?, values
    functor_decl   N, generics?, path, target_cat, options?, functor_items
    target_cat     path, static?
    functor_items  (map_axis | map_object | map_box | map_learn | map_include)*
    map_axis       N, e
    map_object     N, e
    map_box        N, generics?, params?, image, options?    image: e | extern;  box cup[V, V]: V generic
    map_learn      path, e, options?
    map_include    path
    extern         STRING
    rule_decl      N, generics?, e, `==` or `=>` token, e, where?
    theorem_decl   N, generics?, e, e, where?, proof_steps
    proof_steps    proof_step*
    proof_step     e, justifications
    justifications justification+
    justification  `-` token?, path, static?
    style_decl     N, path?, style_items
    style_items    (style_set | style_rule | style_align | style_above)*
    style_set      key token, e
    style_rule     BOX WIRE AXIS OBJECT REGION or LAYOUT token, path, style_sets
    style_sets     style_set*
    style_align    N, N+
    style_above    N, N
    figure_decl    N, e, options?
    test_decl      STRING, test_stmts
    test_stmts     (bind | write | axis_stmt | learn_* | def_* | assert_* | forall_stmt | expect_stmt)*
    assert_type    e, arrow
    assert_compare e, op token, e
    assert_close   e, e, e?                          e?: after `within`
    forall_stmt    forall_params, where?, test_stmts
    forall_params  param+
    expect_stmt    N, test_stmts

Statements
    stmts          stmt*                             a stmt is any node below, learn_weight or learn_part
    bind           targets, e, guard?
    targets        target+
    target         N, static?, e?                    e: the type
    write          N, static, e, guard?              Y[u = s*t + j] += e
    guard          e, e?                             condition, `else`
    axis_stmt      axis_items
    for_stmt       N, e, e, TIED token?, stmts
    scan_stmt      N, names, REVERSED token?, stmts
    emit_stmt      N, e
    feedback_stmt  N, e, e?                          name, type, init
    next_stmt      N, e
    region_stmt    STRING, options?, stmts

Expressions (round brackets around one expression leave no node)
    choose         e, e, e                           then, condition, else
    lambda         params, e?, body
    both_ways      e, e                              |
    then           e, e                              >>
    add sub        e, e                              left-nested, as every binary operator but pow
    tensor mul div floordiv mod    e, e              @ * / // %
    neg            e
    pow            e, e
    attr           e, N
    static_apply   e, static
    call           e, args
    args           (e | named)*
    named          key token, e                      x = e; inside static the key may be a reserved word
    name           NAME or SCAN token
    int real quantity string       token             INT, NUMBER, QUANTITY, STRING (quotes included)
    bool           TRUE or FALSE token
    hole           N
    array          static                            [...] by itself: array type or array literal
    unit           -                                 ()
    tuple          e+                                (a,) has one
    function_type  e, e                              (A -> B)
    group          token+                            (H p): NAME and INT, at least two
    axis_op        EINSUM REARRANGE REDUCE or REPEAT token, static?, pattern
    pattern        operands, operand
    operands       operand+
    operand        (NAME | INT | `...` token | axis_group)*
    axis_group     (NAME | INT token)+
    static         slots, pad?
    slots          (e | range | splat | ellipsis | named)*
    range          e, e?                             a..b
    splat          e                                 *s
    ellipsis       `...` token
    pad            N, e?                             ; pad 0
    or_ and_       e, e
    not_           e
    compare        e, op token, e [, op token, e]*   a chain, as where_cond

Doc comments (`## ...`) are in `Node.docs` of the item, statement, or part that they precede. Chains of
left-nested operators may be thousands deep: go down them with a loop (`chain`, `walk`), not by recursion. All
else nests at most 200 levels of brackets, blocks and right-nested operators.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from diagram.errors import Source, Span


class Token:
    """A word of the text: `kind` is `NAME`, `INT`, ..., the upper-case keyword, or the sign itself.

    Not a frozen dataclass: one is made for every word, and that costs three times as much.
    """

    __slots__ = ("end", "kind", "start", "text")

    def __init__(self, kind: str, text: str, start: int, end: int) -> None:
        self.kind = kind
        self.text = text
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return f"{self.kind}:{self.text}"

    def __eq__(self, other: object) -> bool:
        """Same word, wherever it stands."""
        return isinstance(other, Token) and (self.kind, self.text) == (other.kind, other.text)

    def __hash__(self) -> int:
        return hash((self.kind, self.text))


class Node:
    """A part of the text: `kind` and `kids` as listed above, from offset `start` to `end` of `source`."""

    __slots__ = ("docs", "end", "kids", "kind", "source", "start")

    def __init__(self, kind: str, kids: tuple[Part, ...], start: int, end: int, source: Source) -> None:
        self.kind = kind
        self.kids = kids
        self.start = start
        self.end = end
        self.source = source
        self.docs: tuple[Token, ...] = ()

    @property
    def span(self) -> Span:
        """The place in the source, for messages."""
        return Span(self.source, self.start, self.end)

    @property
    def text(self) -> str:
        """The characters as written."""
        return self.source.text[self.start : self.end]

    @property
    def doc(self) -> str:
        """The doc comment, without `##` and one blank, lines joined."""
        return "\n".join(t.text[2:].removeprefix(" ").rstrip() for t in self.docs)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.start}..{self.end}>"


Part: TypeAlias = Node | Token | None


def span_of(part: Node | Token, source: Source) -> Span:
    """The place of a node or a token of `source`."""
    return Span(source, part.start, part.end)


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, parents first, left to right; no recursion."""
    todo = [node]
    while todo:
        yield (top := todo.pop())
        todo += [kid for kid in reversed(top.kids) if isinstance(kid, Node)]


def chain(node: Node, kinds: frozenset[str]) -> tuple[Node, list[tuple[str, Node]]]:
    """A left-nested chain of operators as its first operand and the (kind, operand) that follow.

    `a >> b >> c` with `{"then"}` gives `a, [("then", b), ("then", c)]`.
    """
    tail: list[tuple[str, Node]] = []
    while node.kind in kinds:
        left, right = node.kids
        assert isinstance(left, Node) and isinstance(right, Node)
        tail.append((node.kind, right))
        node = left
    return node, tail[::-1]


def dump(node: Node) -> str:
    """The tree as an S-expression in one line, `(bind (targets (target y - -)) (name x) -)`; for tests."""
    out: list[str] = []
    todo: list[Part | str] = [node]
    while todo:
        top = todo.pop()
        if isinstance(top, str):
            out.append(top)
        elif top is None:
            out.append(" -")
        elif isinstance(top, Token):
            out.append(" " + top.text)
        else:
            out += [" (", top.kind]
            out += [f" ##{doc.text[2:].strip()!r}" for doc in top.docs]
            todo.append(")")
            todo += reversed(top.kids)
    return "".join(out).lstrip()
