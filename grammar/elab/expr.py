"""Expressions outside index notation: names, calls, composition, arithmetic on whole arrays."""

from __future__ import annotations

from diagram.errors import Span
from diagram.reals import Real
from diagram.types import Tensor
from grammar.elab.builtin import NamedForm, aligned
from grammar.elab.emit import constant, unary
from grammar.elab.env import QUIET, Env, evaluate, fault, kid, kids, known, rule, word
from grammar.elab.forms import BesideForm, HoleForm, IdForm, ThenForm, then
from grammar.elab.nearest import in_front, unknown
from grammar.elab.reads import whole_read
from grammar.elab.static import CONSTANTS, literal, number, static, string, touch, undecided
from grammar.elab.structure import require
from grammar.elab.typing import type_of
from grammar.elab.values import (
    DTypeVal,
    Form,
    Listing,
    Num,
    Static,
    Text,
    Truth,
    TypeVal,
    Value,
    Wired,
    kind_of,
)
from grammar.tree import Node, chain


@rule("name")
def name(node: Node, env: Env) -> Value:
    """A wire, item or number of that name; else the size of an axis; else a built-in."""
    text = word(node)
    value = env.find(text)
    if value is not None:
        if isinstance(value, Num):
            touch(text, env)
        if isinstance(value, Wired) and env.find_axis(text) is not None:
            raise _both(node, env)
        if isinstance(value, Static) and env.has_frame:
            return value.used(env)
        if isinstance(value, Form):
            return value.mentions() if not env.unit.is_part(value) else value
        return value
    info = env.find_axis(text)
    if info is not None:
        from grammar.elab.env import size_of

        return Num(Real.of(size_of(info, env)))
    built_in = env.unit.builtin(text)
    if built_in is not None:
        return built_in
    return _type_name(node, env)


def _both(node: Node, env: Env) -> Exception:
    """E0309: a name that is a wire and an axis at once."""
    text = word(node)
    info = env.find_axis(text)
    return fault(
        "E0309",
        f"`{text}` is a wire and an axis",
        node,
        "which of them is meant?",
        labels=(
            (env.span_of(text), f"the wire `{text}`"),
            (info.span if info is not None else None, f"the axis `{text}`"),
        ),
        help=f"the size of the axis is `size[{text}]`; give the wire another name",
    )


def _type_name(node: Node, env: Env) -> Value:
    from diagram.types import DTYPES, DType

    text = word(node)
    if text in DTYPES:
        return DTypeVal(DType(text))
    if text in CONSTANTS:
        return Num(Real.of(CONSTANTS[text]))
    if text.endswith("'") and env.find(text[:-1]) is not None:
        return TypeVal(type_of(node, env))
    raise unknown(text, node, env)


@rule("int", "real", "quantity")
def literal_number(node: Node, env: Env) -> Value:
    """A number."""
    return Num(literal(node))


@rule("string")
def text(node: Node, env: Env) -> Value:
    """A string."""
    return Text(string(node))


@rule("bool")
def truth(node: Node, env: Env) -> Value:
    """`true`, `false`."""
    return Truth(word(node) == "true")


@rule("hole")
def hole(node: Node, env: Env) -> Value:
    """`?name`."""
    return HoleForm(word(node))


@rule("unit")
def unit(node: Node, env: Env) -> Value:
    """`()`: no wires; as a type the empty one."""
    return TypeVal(())


@rule("function_type", "attr")
def only_type(node: Node, env: Env) -> Value:
    """`(A -> B)`, `A.r`, or a name of an imported module."""
    if node.kind == "attr":
        found = env.unit.member(node, env)
        if found is not None:
            return found
        if word(node, 1) not in ("l", "r"):
            return _member(node, env)
    return TypeVal(type_of(node, env))


def _member(node: Node, env: Env) -> Value:
    """`f.dagger`, or what a rule or functor has under a name."""
    from grammar.elab.bending import TURNS, turned_over
    from grammar.elab.kernels import GaussImage
    from grammar.elab.standins import Broken

    base = evaluate(kid(node, 0), env)
    if isinstance(base, Broken):
        raise QUIET
    if isinstance(base, Static):
        return base.member(word(node, 1), node, env)
    if isinstance(base, GaussImage):
        return base.member(word(node, 1), node)
    if word(node, 1) in TURNS and isinstance(base, Form | TypeVal):
        return turned_over(as_form(base, kid(node, 0)), word(node, 1), node, env)
    help, text = in_front(word(node, 1), kid(node, 0), env), kid(node, 0).text
    raise fault("E0201", f"`{text}` has no `{word(node, 1)}`", node, f"it is {kind_of(base)}", help=help)


@rule("group", "splat", "ellipsis", "range")
def misplaced(node: Node, env: Env) -> Value:
    """Parts of types and reads that do not stand for themselves."""
    raise fault("E0307", f"`{node.text}` has no meaning here", node, "a wire or a diagram is needed")


@rule("array")
def array(node: Node, env: Env) -> Value:
    """`[x, d]` is a type if it names axes; `[1, 0]` is a list."""
    slots = kids(kid(kid(node, 0), 0))
    if slots and all(s.kind in ("string", "array", "real", "bool", "neg") for s in slots):
        return Listing(tuple(evaluate(s, env) for s in slots))
    if slots and all(s.kind in ("int", "real", "neg", "add", "mul", "quantity", "call") for s in slots):
        return Listing(tuple(Num(number(s, env)) for s in slots))
    return TypeVal(type_of(node, env))


@rule("tuple")
def pair(node: Node, env: Env) -> Value:
    """`(a, b)`: wires side by side."""
    return env.frame.joined([as_wires(evaluate(part, env), part, env) for part in kids(node)])


@rule("choose")
def choose(node: Node, env: Env) -> Value:
    """`a if c else b` with a static condition: only one branch is elaborated."""
    verdict = undecided(kid(node, 1), env)
    if verdict is None and env.unit.checking:
        verdict = False  # a generic definition by itself: the branch that a recursion ends in
    if verdict is None:
        raise fault(
            "E0333",
            f"`{kid(node, 1).text}` cannot be decided: a size in it is open",
            kid(node, 1),
            help="a choice by a value on a wire is written `select(c, a, b)`",
        )
    return evaluate(kid(node, 0 if verdict else 2), env)


@rule("compare", "and_", "or_", "not_")
def condition(node: Node, env: Env) -> Value:
    """A condition: static if its parts are, else pointwise on arrays."""
    parts = [evaluate(p, env) for p in kids(node)]
    if all(not isinstance(p, Wired) for p in parts):
        return static(node, env)
    from grammar.tree import Token

    names = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
    ids = [env.frame.own(as_wires(p, n, env))[0] for p, n in zip(parts, kids(node), strict=True)]
    if node.kind == "not_":
        return Wired(env.frame, (unary(env, "not", ids[0], node),))
    if node.kind != "compare":
        return Wired(env.frame, (aligned(env, node.kind.rstrip("_"), ids, node),))
    result = -1
    for k, sign in enumerate(p.text for p in node.kids if isinstance(p, Token)):
        one = aligned(env, names[sign], (ids[k], ids[k + 1]), node)
        result = one if result < 0 else aligned(env, "and", (result, one), node)
    return Wired(env.frame, (result,))


# ------------------------------------------------------------------------------------------------ composition


@rule("then")
def compose(node: Node, env: Env) -> Value:
    """`f >> g`, or a wire into a diagram."""
    first, rest = chain(node, frozenset(("then",)))
    value = evaluate(first, env)
    if isinstance(value, Wired):
        before = first
        for _, part in rest:
            form = as_form(evaluate(part, env), part)
            value = then(env, value, form, part, before, (before.span,) * len(value.ids))
            before = part
        return value
    from grammar.elab.optics import optics, then_optic

    nodes = (first, *(part for _, part in rest))
    values = [value, *(evaluate(part, env) for _, part in rest)]
    both = optics(values, nodes, env)
    if both is not None:
        return then_optic(both, nodes, env)
    if isinstance(value, Static):
        from grammar.elab.functors import FunctorVal, ThenFunctor

        functors = tuple(v for v in values if isinstance(v, FunctorVal))
        if len(functors) == len(values):
            return ThenFunctor(functors)
    return ThenForm(tuple((as_form(v, n), n) for v, n in zip(values, nodes, strict=True)))


@rule("tensor")
def beside(node: Node, env: Env) -> Value:
    """`f @ g`: types, diagrams, or wires side by side."""
    first, rest = chain(node, frozenset(("tensor",)))
    nodes = (first, *(part for _, part in rest))
    values = [evaluate(n, env) for n in nodes]
    if all(isinstance(v, TypeVal | DTypeVal) for v in values):
        return TypeVal(sum((type_of(n, env) for n in nodes), ()))
    if all(isinstance(v, Wired) for v in values):
        return env.frame.joined([v for v in values if isinstance(v, Wired)])
    if any(isinstance(v, Wired) for v in values):
        raise _matmul(node, values, env)
    from grammar.elab.optics import beside_optic, optics

    both = optics(values, nodes, env)
    if both is not None:
        return beside_optic(both, nodes, env)
    return BesideForm(tuple((as_form(v, n), n) for v, n in zip(values, nodes, strict=True)))


def _matmul(node: Node, values: list[Value], env: Env) -> Exception:
    return fault(
        "E0307",
        f"`{node.text}` puts a wire beside a diagram",
        node,
        "`@` pairs wires, or composes diagrams side by side",
        help="a matrix product is an equation: `Y[i, j] = X[i, k] * W[k, j]`",
    )


def as_form(value: Value, node: Node) -> Form:
    """A value where a diagram is needed: a type is its identity. Raises `Fault` E0307."""
    if isinstance(value, Form):
        return value
    if isinstance(value, TypeVal):
        return IdForm(value.wires, node.text)
    if isinstance(value, DTypeVal):
        return IdForm((Tensor(value.dtype),), node.text)
    if isinstance(value, Wired):
        known(value.types)
    raise fault(
        "E0307", f"`{node.text}` is {kind_of(value)}, not a diagram", node, "a diagram is needed here"
    )


def form_of(node: Node, env: Env) -> Form:
    """An expression as a diagram."""
    return as_form(evaluate(node, env), node)


def as_wires(value: Value, node: Node, env: Env) -> Wired:
    """A value where wires are needed: numbers become constants, diagrams without inputs are run."""
    if isinstance(value, Wired):
        return value
    if isinstance(value, Num):
        return Wired(env.frame, (constant(env, value.real),))
    if isinstance(value, TypeVal) and not value.wires:
        return Wired(env.frame, ())
    if isinstance(value, HoleForm):
        return value.apply(env, Wired(env.frame, ()), node, ())
    if isinstance(value, Form) and value.arity() == 0:
        return value.apply(env, Wired(env.frame, ()), node, ())
    if isinstance(value, Form):
        raise fault(
            "E0102" if node.kind != "name" else "E0307",
            f"`{node.text}` is a diagram, not a wire",
            node,
            "a wire is needed here",
            help=f"put wires into it: `{node.text}(...)`",
        )
    raise fault(
        "E0307",
        f"`{node.text}` is not a wire",
        node,
        "round brackets hold wires",
        help="sizes, types, axes and diagrams go in square brackets",
    )


def note_uses(env: Env, wires: tuple[int, ...], span: Span) -> None:
    """Remember where wires were used, for messages about copies."""
    for w in wires:
        env.frame.uses.setdefault(w, []).append(span)


@rule("static_apply")
def static_apply(node: Node, env: Env) -> Value:
    """`f[...]` with static arguments; `X[...]` on a wire is a read."""
    base, brackets = kid(node, 0), kid(node, 1)
    head = _head(base, env)
    if isinstance(head, DTypeVal | TypeVal):
        return TypeVal(type_of(node, env))
    if isinstance(head, Wired):
        return _picked(head, base, brackets, env) or whole_read(head, base, brackets, env)
    if isinstance(head, NamedForm):
        return head.build(kids(kid(brackets, 0)), node, env)
    from grammar.elab.boxes import BoxForm
    from grammar.elab.define import DefForm
    from grammar.elab.signature import bind_statics

    if isinstance(head, DefForm) and not head.sig.generics:
        from grammar.elab.static_defs import unfolded

        known_head = unfolded(head, env)
        if isinstance(known_head, Static):
            return known_head.given(brackets, node, env)
    if isinstance(head, DefForm):
        return DefForm(head.sig, {**head.statics, **bind_statics(head.sig, brackets, env)}, head.part)
    if isinstance(head, BoxForm):
        return BoxForm(head.sig, {**head.statics, **bind_statics(head.sig, brackets, env)})
    if isinstance(head, Static):
        return head.given(brackets, node, env)
    if isinstance(head, Listing):
        return _entry(head, brackets, env)
    special = env.unit.special(base, brackets, node, env)
    if special is not None:
        return special
    from grammar.elab.standins import Broken

    if isinstance(head, Broken):
        raise QUIET
    wires = all(isinstance(env.find(n.text), Wired) for n in kids(kid(brackets, 0)))
    raise fault(
        "E0308", f"`{base.text}` takes no static arguments", brackets, f"`{base.text}` is {kind_of(head)}",
        help="wires go into round brackets" if wires else "",
        edits=((brackets, f"({brackets.text[1:-1]})"),) if wires else (),
    )  # fmt: skip


def _head(base: Node, env: Env) -> Value:
    if base.kind == "name" and env.find(word(base)) is None and env.unit.is_special(word(base)):
        return Text(word(base))
    return read_base(base, env)


def read_base(base: Node, env: Env) -> Value:
    """What stands before square brackets: there a name that is also an axis can only be the wire."""
    value = env.find(word(base)) if base.kind == "name" else None
    return value if isinstance(value, Wired) else evaluate(base, env)


def _entry(value: Listing, brackets: Node, env: Env) -> Value:
    k = number(kids(kid(brackets, 0))[0], env).number
    if not isinstance(k, int) or not 0 <= k < len(value.items):
        raise fault("E0319", f"there is no entry {k} in a list of {len(value.items)}", brackets)
    return value.items[k]


def _picked(value: Wired, base: Node, brackets: Node, env: Env) -> Wired | None:
    """`f(x)[1]`: one of several wires, counted from 0; the others are discarded. None if this is a read."""
    slots = kids(kid(brackets, 0))
    if len(value.ids) < 2 or len(slots) != 1 or slots[0].kind != "int":
        return None
    k = int(slots[0].text)
    if k >= len(value.ids):
        raise fault("E0319", f"there is no wire {k} in {len(value.ids)} wires", brackets, f"of `{base.text}`")
    require(env, "discard", "E0305", "discard", base, value.types)
    return Wired(value.frame, (value.ids[k],))
