"""Axes at a call: how the formal axes of a definition find the actual axes of its arguments, by name.

Rules, in this order (reference, section 8): written at the call; the same name; the same stem if one
candidate is left;
the only one left on both sides; all left are anonymous: declared order. Actual axes that remain are
broadcast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from diagram.errors import Span
from diagram.sizes import Size, common_divisors, symbol
from diagram.types import Axis, DType, Hom, Ob, Tensor, Type, Unknown, map_sizes, wires_text
from grammar.elab.env import QUIET, Env, Fault, fault
from grammar.elab.static import suggest
from grammar.tree import Node


@dataclass(slots=True)
class Formal:
    """One port of a definition: its name, its type with `?x` for sizes still to find, and where it is
    declared."""

    name: str
    type: Type
    span: Span | None = None


@dataclass(slots=True)
class Binding:
    """What a call fixes: sizes and types of the formal variables, and how every argument is laid out."""

    axes: dict[str, Axis] = field(default_factory=dict)
    """Formal axis name -> actual axis."""
    sizes: dict[str, Size] = field(default_factory=dict)
    """`?x` -> size."""
    types: dict[str, Type] = field(default_factory=dict)
    """Type variable `?X` -> type."""
    degree: list[Axis] = field(default_factory=list)
    ports: list[tuple[int, ...]] = field(default_factory=list)
    orders: list[tuple[int, ...]] = field(default_factory=list)
    """For each argument: its axes in the order degree, then formal."""
    layout: list[tuple[int, str]] = field(default_factory=list)
    """The axes of the first argument: (number of the degree axis, "") or (-1, name of a consumed axis)."""

    def arrange(self, names: Sequence[str]) -> list[tuple[bool, int]]:
        """The order of the result's axes: (True, degree axis) or (False, k) for the k-th of the new axes
        `names`.

        One that bears the name (or, derived, the stem) of a consumed axis keeps its slot; the others take
        the place of
        the consumed block if it is contiguous, else they come last.
        """
        consumed = {p: name for p, (d, name) in enumerate(self.layout) if d < 0}
        contiguous = bool(consumed) and max(consumed) - min(consumed) + 1 == len(consumed)
        slots: dict[int, int] = {}
        for same in (lambda a, b: a == b, lambda a, b: a.rstrip("'") == b.rstrip("'")):
            for k, name in enumerate(names):
                free = [p for p, old in consumed.items() if p not in slots and old and same(name, old)]
                if k not in slots.values() and len(free) == 1:
                    slots[free[0]] = k
        new = [(False, k) for k in range(len(names)) if k not in slots.values()]
        mine = {d for d, _ in self.layout}
        further = [(True, d) for d in range(len(self.degree)) if d not in mine]
        result: list[tuple[bool, int]] = []
        at = 0
        for p, (d, _) in enumerate(self.layout):
            if consumed and p == min(consumed):
                result += further
                at = len(result)
            if d >= 0:
                result.append((True, d))
            elif p in slots:
                result.append((False, slots[p]))
                at = len(result)
        if not consumed:
            result += further
        return result[:at] + new + result[at:] if contiguous else result + new


@dataclass(slots=True)
class Site:
    """The place of a call, for messages."""

    env: Env
    node: Node
    callee: str
    spans: Sequence[Span]

    def span(self, k: int) -> Node | Span:
        """The text of argument k."""
        return self.spans[k] if k < len(self.spans) else self.node


def match_call(
    formals: Sequence[Formal],
    actuals: Sequence[Type],
    site: Site,
    written: Mapping[str, Axis] | None = None,
    sizes: Mapping[str, Size] | None = None,
    by_name_only: bool = False,
) -> Binding:
    """Bind the formal axes, sizes and type variables of a call. Raises `Fault` E0302, E0306, E0312, E0313,
    E0317."""
    if len(formals) != len(actuals):
        raise wrong_count(formals, actuals, site)
    known_sizes = dict(sizes or {})
    binding = Binding(sizes=known_sizes, axes=dict(written or {}))
    wrong: list[int] = []
    for k, (formal, actual) in enumerate(zip(formals, actuals, strict=True)):
        if isinstance(actual, Unknown):
            raise QUIET
        if isinstance(formal.type, Tensor) and isinstance(actual, Tensor):
            if not _dtype_fits(formal.type.dtype, actual.dtype, binding):
                wrong.append(k)
                binding.orders.append(())
                binding.ports.append(())
                continue
            _match_axes(k, formal, actual, binding, site, dict(written or {}), by_name_only)
        elif _unify(formal.type, actual, binding):
            binding.orders.append(())
            binding.ports.append(())
        else:
            wrong.append(k)
    if wrong:
        raise wrong_types(wrong, formals, actuals, site)
    for formal, actual, order, has in zip(formals, actuals, binding.orders, binding.ports, strict=True):
        if isinstance(formal.type, Tensor) and isinstance(actual, Tensor):
            bound = tuple(zip(formal.type.axes, (actual.axes[p] for p in order[len(has) :]), strict=True))
            _solve_sizes(bound, binding, site, formal)
    return binding


def _dtype_fits(formal: DType, actual: DType, binding: Binding) -> bool:
    if formal.bound is not None and actual.bound is not None and formal.name == actual.name:
        want = formal.bound.subs(binding.sizes)
        unknown = [s for s in want.symbols if s.startswith("?")]
        if len(unknown) == 1:
            solved = want.solve(unknown[0], actual.bound)
            if solved is not None:
                binding.sizes[unknown[0]] = solved
                return True
        return want == actual.bound
    return formal == actual


def _unify(formal: Type, actual: Type, binding: Binding) -> bool:
    """Types without axes; a type variable `?X` takes whatever is there, the same each time."""
    if isinstance(formal, Ob) and formal.name.startswith("?"):
        seen = binding.types.setdefault(formal.name, actual)
        return seen == actual
    if isinstance(formal, Hom) and isinstance(actual, Hom):
        pairs = (*zip(formal.dom, actual.dom, strict=False), *zip(formal.cod, actual.cod, strict=False))
        same = len(formal.dom) == len(actual.dom) and len(formal.cod) == len(actual.cod)
        return same and all(_unify(f, a, binding) for f, a in pairs)
    return map_sizes(formal, binding.sizes) == actual


def same_axis(a: Axis, b: Axis) -> bool:
    """Whether two axes of one scope are one: same name and size, or same stem, one derived, provably equal
    sizes."""
    if a.name and a.name == b.name:
        return a.size == b.size
    return bool(a.name) and a.stem == b.stem and a.size == b.size


def _match_axes(
    k: int,
    formal: Formal,
    actual: Tensor,
    binding: Binding,
    site: Site,
    written: Mapping[str, Axis],
    names_only: bool,
) -> None:
    assert isinstance(formal.type, Tensor)
    wanted = formal.type.axes
    taken: dict[int, int] = {}
    left = list(range(len(actual.axes)))

    def take(f: int, a: int) -> None:
        taken[f] = a
        left.remove(a)

    for f, axis in enumerate(wanted):  # rules 1 and 2
        name = written[axis.name].name if axis.name in written else axis.name
        found = [a for a in left if name and actual.axes[a].name == name]
        if found:
            take(f, found[0])
    for f, axis in enumerate(wanted):  # bound by an argument before this one
        bound = binding.axes.get(axis.name)
        if f not in taken and bound is not None and bound.name and not names_only:
            found = [a for a in left if actual.axes[a].name == bound.name]
            if found:
                take(f, found[0])
    open_ = [f for f in range(len(wanted)) if f not in taken]
    batch = {a for a in left if (info := site.env.find_axis(actual.axes[a].name)) is not None and info.batch}
    if open_ and not names_only:
        for f in list(open_):  # rule 3
            if wanted[f].name and wanted[f].name not in written:
                near = [a for a in left if actual.axes[a].stem == wanted[f].stem and a not in batch]
                rivals = [g for g in open_ if wanted[g].stem == wanted[f].stem]
                if len(near) == 1 and len(rivals) == 1:
                    take(f, near[0])
                    open_.remove(f)
        free = [a for a in left if a not in batch]
        movable = [f for f in open_ if _movable(wanted[f])]
        if len(open_) == 1 and len(free) == 1 and (movable or not actual.axes[free[0]].name):  # rule 4
            take(open_.pop(), free[0])
        elif (open_ and len(free) == len(open_) and all(not actual.axes[a].name for a in free)) or (
            open_ and all(not wanted[f].name for f in open_) and len(free) == len(open_)
        ):  # rule 5
            for f, a in zip(list(open_), free, strict=True):
                take(f, a)
                open_.remove(f)
    if open_:
        raise _unmatched(k, formal, actual, open_, left, site)
    _note_degree(k, actual, left, taken, binding, site, formal)


def _movable(axis: Axis) -> bool:
    """A sized module axis is a constant: rules 3 to 5 never rebind it."""
    return not axis.name or any(s.startswith("?") for s in axis.size.symbols) or axis.size.constant is None


def _note_degree(
    k: int,
    actual: Tensor,
    left: list[int],
    taken: dict[int, int],
    binding: Binding,
    site: Site,
    formal: Formal,
) -> None:
    has = []
    for a in left:
        axis = actual.axes[a]
        if not axis.name:
            raise _unmatched(k, formal, actual, [], left, site)
        for d, known in enumerate(binding.degree):
            if known.name == axis.name:
                if known.size != axis.size:
                    raise _two_sizes(axis.name, known, axis, site, k)
                has.append(d)
                break
        else:
            has.append(len(binding.degree))
            binding.degree.append(axis)
    pairs = sorted(zip(has, left, strict=True))
    binding.ports.append(tuple(d for d, _ in pairs))
    binding.orders.append((*(a for _, a in pairs), *(taken[f] for f in range(len(taken)))))
    if k == 0:
        number = dict(zip(left, has, strict=True))
        binding.layout = [
            (number.get(a, -1), "" if a in number else axis.name) for a, axis in enumerate(actual.axes)
        ]
    assert isinstance(formal.type, Tensor)
    for f, axis in enumerate(formal.type.axes):
        if not axis.name:
            continue
        now = actual.axes[taken[f]]
        before = binding.axes.setdefault(axis.name, now)
        if before is now or same_axis(before, now):
            continue
        if not before.name or not now.name:
            if before.size == now.size or not _closed(before.size) or not _closed(now.size):
                binding.axes[axis.name] = before if before.name else now
                continue
        raise _two_axes(axis.name, before, now, site, k)


def _closed(size: Size) -> bool:
    return not any(s.startswith("?") for s in size.symbols)


def _solve_sizes(pairs: Sequence[tuple[Axis, Axis]], binding: Binding, site: Site, formal: Formal) -> None:
    """Find the sizes of formal variables from the actual sizes, one unknown at a time."""
    todo = list(pairs)
    progress = True
    while todo and progress:
        progress = False
        for pair in list(todo):
            want, have = pair[0].size.subs(binding.sizes), pair[1].size
            unknown = [s for s in want.symbols if s.startswith("?")]
            if len(unknown) > 1:
                continue
            todo.remove(pair)
            progress = True
            if not unknown:
                if want != have:
                    raise _sizes_differ(pair[0], want, pair[1], site, formal)
                continue
            solved = want.solve(unknown[0], have)
            if solved is None:
                raise _no_whole(pair[0], want, unknown[0], have, site, formal)
            binding.sizes[unknown[0]] = solved
    if todo:
        names = sorted(
            {s[1:] for f, _ in todo for s in f.size.subs(binding.sizes).symbols if s.startswith("?")}
        )
        raise fault(
            "E0311",
            f"the sizes of {' and '.join(f'`{n}`' for n in names)} are not determined",
            site.node,
            f"`{formal.name}` of `{site.callee}` is {shown(formal.type)}",
            help=f"give one of them: `{site.callee}[{names[0]} = ...]`",
        )


def shown(type_: Type) -> str:
    """A formal type as the user wrote it, without the marks of unknown sizes."""
    return str(type_).replace("?", "")


# ------------------------------------------------------------------------------------------------ messages


def wrong_count(formals: Sequence[Formal], actuals: Sequence[Type], site: Site) -> Fault:
    """E0302."""
    n, m = len(formals), len(actuals)
    declared = formals[0].span if formals else None
    if declared is not None and formals[-1].span is not None:
        declared = declared.to(formals[-1].span)
    first, last = site.span(0), site.span(m - 1)
    at: Node | Span = site.node
    if m and isinstance(first, Span) and isinstance(last, Span):
        at = first.to(last)
    return fault(
        "E0302",
        f"`{site.callee}` takes {_wires(n)}, but {m} {'is' if m == 1 else 'are'} given",
        at,
        _wires(m),
        labels=((declared, f"{_wires(n)} {'is' if n == 1 else 'are'} declared here"),),
        help=_candidates(formals, actuals, site),
    )


def _wires(n: int) -> str:
    return f"{n} wire{'s' * (n != 1)}"


def _candidates(formals: Sequence[Formal], actuals: Sequence[Type], site: Site) -> str:
    if len(actuals) >= len(formals):
        return ""
    from grammar.elab.values import Wired

    missing = formals[len(actuals)].type
    names = [
        name
        for scope in site.env.chain()
        for name, value in scope.names.items()
        if isinstance(value, Wired) and value.types == (missing,) and name not in site.node.text
    ]
    return (
        f"`{names[0]}` is in scope and has the right type" if names else f"the next wire is {shown(missing)}"
    )


def wrong_types(
    wrong: Sequence[int], formals: Sequence[Formal], actuals: Sequence[Type], site: Site
) -> Fault:
    """E0306: every argument that does not fit, in one message; a permutation that fits is offered."""
    say = [f"{actuals[k]}, but `{formals[k].name}` is {shown(formals[k].type)}" for k in wrong]
    first, *others = wrong
    swapped = len(wrong) == 2 and all(
        _unify(formals[a].type, actuals[b], Binding()) for a, b in (wrong, tuple(reversed(wrong)))
    )
    headline = f"the arguments of `{site.callee}` have the wrong types"
    if len(wrong) == 1:
        headline = f"an argument of `{site.callee}` has the wrong type"
    return fault(
        "E0306",
        headline,
        site.span(first),
        say[0],
        labels=(
            *((_span(site.span(k)), text) for k, text in zip(others, say[1:], strict=True)),
            *((formals[k].span, f"`{formals[k].name}` is declared here") for k in wrong if formals[k].span),
        ),
        help="both arguments fit if they change places" if swapped else "",
    )


def _span(at: Node | Span) -> Span:
    return at.span if isinstance(at, Node) else at


def _unmatched(
    k: int, formal: Formal, actual: Tensor, open_: Sequence[int], left: Sequence[int], site: Site
) -> Fault:
    assert isinstance(formal.type, Tensor)
    wanted = formal.type.axes
    missing = [str(wanted[f]) for f in open_]
    have = [a for a in actual.axes]
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


def _two_axes(name: str, before: Axis, now: Axis, site: Site, k: int) -> Fault:
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


def _two_sizes(name: str, before: Axis, now: Axis, site: Site, k: int) -> Fault:
    return fault(
        "E0312",
        f"the axis `{name}` has two sizes: {before.size} and {now.size}",
        site.span(k),
        f"{now.size} here",
        labels=((_span(site.span(0)), f"{before.size} here"),),
    )


def _sizes_differ(formal: Axis, want: Size, actual: Axis, site: Site, port: Formal) -> Fault:
    at: Node | Span = site.node
    return fault(
        "E0312",
        f"the axis `{formal}` has two sizes: {want} and {actual.size}".replace("?", ""),
        at,
        f"`{actual}` is {actual.size} here" if actual.name else f"{actual.size} here",
        labels=((port.span, f"`{formal}` of `{site.callee}` is {want}".replace("?", "")),),
        help="make the sizes agree, or give the axes different names",
    )


def _no_whole(formal: Axis, want: Size, unknown: str, have: Size, site: Site, port: Formal) -> Fault:
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


def types_text(types: Sequence[Type]) -> str:
    """For messages: wires joined by `@`."""
    return shown_text(wires_text(tuple(types)))


def shown_text(text: str) -> str:
    """Without marks of unknown sizes."""
    return text.replace("?", "")
