"""What a call says when its arguments do not fit: E0302, E0306, E0312, E0313, E0317."""

from __future__ import annotations

from collections.abc import Sequence

from diagram.bounds import common_divisors
from diagram.errors import Span
from diagram.sizes import Size, symbol
from diagram.types import Axis, Tensor, Type
from grammar.elab.binding import Binding, Formal, Site, unify
from grammar.elab.env import Fault, fault
from grammar.elab.nearest import suggest
from grammar.tree import Node


def shown(type_: Type) -> str:
    """A formal type as the user wrote it, without the marks of unknown sizes."""
    return str(type_).replace("?", "")


def wrong_count(formals: Sequence[Formal], actuals: Sequence[Type], site: Site) -> Fault:
    """E0302. If one wire is missing and exactly one in scope fits, it is offered."""
    n, m = len(formals), len(actuals)
    declared = formals[0].span if formals else None
    if declared is not None and formals[-1].span is not None:
        declared = declared.to(formals[-1].span)
    found = _candidates(formals, actuals, site)
    help_ = ""
    edits: tuple[tuple[Span, str], ...] = ()
    if found:
        help_ = f"`{found[0]}` is in scope and has the right type"
    elif m < n:
        help_ = f"the next wire is {shown(formals[m].type)}"
    if len(found) >= 1 and m == n - 1 and site.node.kind == "call":
        end = Span(site.node.source, site.node.end - 1, site.node.end - 1)
        edits = ((end, f"{', ' if m else ''}{found[0]}"),)
    return fault(
        "E0302",
        f"`{site.callee}` takes {_wires(n)}, but {m} {'is' if m == 1 else 'are'} given",
        brackets_of(site.node),
        _wires(m),
        labels=((declared, f"{_wires(n)} {'is' if n == 1 else 'are'} declared here"),),
        help=help_,
        edits=edits,
    )


def brackets_of(node: Node) -> Span:
    """The round brackets of a call, with what is in them."""
    if node.kind == "call" and isinstance(node.kids[0], Node):
        return Span(node.source, node.kids[0].end, node.end)
    return node.span


def _wires(n: int) -> str:
    return f"{n} wire{'s' * (n != 1)}"


def _candidates(formals: Sequence[Formal], actuals: Sequence[Type], site: Site) -> list[str]:
    """Wires in scope that have the type of the first missing one and are not used in this call."""
    if len(actuals) >= len(formals):
        return []
    from grammar.elab.values import Wired
    from grammar.tree import walk

    missing = formals[len(actuals)].type
    used = {n.text for n in walk(site.node) if n.kind == "name"}
    return [
        name
        for scope in site.env.chain()
        for name, value in scope.names.items()
        if isinstance(value, Wired) and value.types == (missing,) and name not in used
    ]


def wrong_types(
    wrong: Sequence[int], formals: Sequence[Formal], actuals: Sequence[Type], site: Site
) -> Fault:
    """E0306: every argument that does not fit, in one message; a permutation that fits is offered."""
    say = [f"{actuals[k]}, but `{formals[k].name}` is {shown(formals[k].type)}" for k in wrong]
    first, *others = wrong
    swapped = len(wrong) == 2 and all(
        _would_fit(formals[a].type, actuals[b]) for a, b in (wrong, tuple(reversed(wrong)))
    )
    headline = f"the arguments of `{site.callee}` have the wrong types"
    if len(wrong) == 1:
        headline = f"an argument of `{site.callee}` has the wrong type"
    return fault(
        "E0306",
        headline,
        site.span(first),
        say[0],
        labels=(*((_span(site.span(k)), text) for k, text in zip(others, say[1:], strict=True)),),
        help="both arguments fit if they change places" if swapped else "",
        edits=_swapped(wrong, site) if swapped else (),
    )


def _would_fit(formal: Type, actual: Type) -> bool:
    """Whether an argument fits as it is: the same type, or an array with the same axis names."""
    if isinstance(formal, Tensor) and isinstance(actual, Tensor):
        return formal.dtype == actual.dtype and set(formal.names) <= set(actual.names)
    return unify(formal, actual, Binding())


def _swapped(wrong: Sequence[int], site: Site) -> tuple[tuple[Span, str], ...]:
    first, second = (_span(site.span(k)) for k in wrong)
    return ((first, second.text), (second, first.text))


def _span(at: Node | Span) -> Span:
    return at.span if isinstance(at, Node) else at


def unmatched(
    k: int, formal: Formal, actual: Tensor, open_: Sequence[int], left: Sequence[int], site: Site
) -> Fault:
    """E0317: formal axes for which the argument has none."""
    assert isinstance(formal.type, Tensor)
    wanted = formal.type.axes
    missing = [str(wanted[f]) for f in open_]
    have = actual.axes
    near = suggest(missing[0], [a.name for a in have if a.name]) if missing else ""
    if missing:
        message = f"`{site.callee}` needs the axis {', '.join(f'`{m}`' for m in missing)}, which is not there"
    else:
        message = f"the axes of this array cannot be matched to `{formal.name}` of `{site.callee}`"
    names = [actual.axes[a].name for a in left if actual.axes[a].name]
    hint = ""
    if missing and near:
        hint = f"did you mean `{near}`? write `{site.callee}[{missing[0]} = {near}]`"
    elif missing and names:
        hint = f"if `{missing[0]}` is `{names[0]}`, write `{site.callee}[{missing[0]} = {names[0]}]`"
    return fault(
        "E0317",
        message,
        site.span(k),
        f"this is {actual}",
        labels=((formal.span, f"`{formal.name}` is {shown(formal.type)}"),),
        help=hint,
    )


def two_axes(name: str, before: Axis, now: Axis, site: Site, k: int) -> Fault:
    """E0312: one formal axis met two axes of the caller."""
    return fault(
        "E0312",
        f"the axis `{name}` of `{site.callee}` is bound to two axes",
        site.span(k),
        f"here it is `{now}`" + (f" = {now.size}" if now.name else ""),
        labels=(
            (_span(site.span(0)), f"here it is `{before}`" + (f" = {before.size}" if before.name else "")),
        ),
        notes=("one axis of a definition is one axis of the caller; equal sizes are not enough",),
    )


def two_sizes(name: str, before: Axis, now: Axis, site: Site, k: int) -> Fault:
    """E0312: one axis of the caller has two sizes."""
    return fault(
        "E0312",
        f"the axis `{name}` has two sizes: {before.size} and {now.size}",
        site.span(k),
        f"{now.size} here",
        labels=((_span(site.span(0)), f"{before.size} here"),),
    )


def sizes_differ(formal: Axis, want: Size, actual: Axis, site: Site, port: Formal) -> Fault:
    """E0312: a formal axis and the actual one differ in size."""
    at: Node | Span = site.node
    return fault(
        "E0312",
        f"the axis `{formal}` has two sizes: {want} and {actual.size}".replace("?", ""),
        at,
        f"`{actual}` is {actual.size} here" if actual.name else f"{actual.size} here",
        labels=((port.span, f"`{formal}` of `{site.callee}` is {want}".replace("?", "")),),
        help="make the sizes agree, or give the axes different names",
    )


def no_whole(formal: Axis, want: Size, unknown: str, have: Size, site: Site, port: Formal) -> Fault:
    """E0313: no whole number solves the sizes."""
    name = unknown.removeprefix("?")
    text = str(want).replace("?", "")
    near = ""
    slope = want - symbol(unknown)
    if have.constant is not None and slope.constant is None:
        factor = want.divided_by(symbol(unknown))
        if factor is not None and factor.constant:
            options = ", ".join(map(str, common_divisors(have.constant, factor.constant)))
            near = f"sizes that divide {have} and are near {factor}: {options}"
    return fault(
        "E0313",
        f"no whole `{name}` makes `{text}` equal to {have}",
        site.node,
        f"the axis is {have} here",
        labels=((port.span, f"`{port.name}` is {shown(port.type)}"),),
        help=near,
    )


def shown_text(text: str) -> str:
    """Without marks of unknown sizes."""
    return text.replace("?", "")
