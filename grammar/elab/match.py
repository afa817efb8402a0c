"""Axes at a call: how the formal axes of a definition find the actual axes of its arguments, by name.

Rules, in this order (reference, section 8): written at the call; the same name; the same stem if one
candidate is left; the only one left on both sides; all left are anonymous: declared order. Actual axes that
remain are broadcast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from diagram.sizes import Size, symbol
from diagram.types import Axis, DType, Tensor, Type, Unknown
from grammar.elab.binding import Binding, Formal, Site, unify
from grammar.elab.env import QUIET, fault
from grammar.elab.factors import apart
from grammar.elab.lint import loose
from grammar.elab.mismatch import (
    no_whole,
    shown,
    sizes_differ,
    two_axes,
    two_sizes,
    unmatched,
    wrong_count,
    wrong_types,
)


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
        elif unify(formal.type, actual, binding):
            binding.orders.append(())
            binding.ports.append(())
        else:
            wrong.append(k)
    wrong = wrong or _crossed(formals, actuals, binding, written or {})
    if wrong:
        raise wrong_types(wrong, formals, actuals, site)
    for formal, actual, order, has in zip(formals, actuals, binding.orders, binding.ports, strict=True):
        if isinstance(formal.type, Tensor) and isinstance(actual, Tensor):
            bound = tuple(zip(formal.type.axes, (actual.axes[p] for p in order[len(has) :]), strict=True))
            _solve_sizes([pair for two in bound for pair in _parts(*two)], binding, site, formal)
    return binding


def _parts(want: Axis, have: Axis) -> list[tuple[Axis, Axis]]:
    """Two axes whose sizes are one; for a product of the same factors, `(h k)`, these one by one."""
    names = [f.name for f in want.factors]
    if names and all(names) and names == [f.name for f in have.factors]:
        return list(zip(want.factors, have.factors, strict=True))
    return [(want, have)]


def _crossed(
    formals: Sequence[Formal], actuals: Sequence[Type], binding: Binding, written: Mapping[str, Axis]
) -> list[int]:
    """Arguments whose axes were taken crosswise: formal q for the caller's x, while formal x is not that x.

    A name that the definition has as well is never taken for another one, so `q` and `k` get swapped, unless
    that is what is written at the call.
    """
    names = {a.name for f in formals if isinstance(f.type, Tensor) for a in f.type.axes if a.name}
    bad = {
        name
        for name, actual in binding.axes.items()
        if name in names
        and name not in written
        and actual.name != name
        and actual.name in names
        and binding.axes.get(actual.name, actual).name != actual.name
    }
    return [
        k
        for k, (f, a) in enumerate(zip(formals, actuals, strict=True))
        if isinstance(f.type, Tensor) and isinstance(a, Tensor) and any(x.name in bad for x in f.type.axes)
    ]


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

    lax: list[tuple[Axis, Axis, int]] = []

    def take(f: int, a: int, rule: int = 1) -> None:
        taken[f] = a
        left.remove(a)
        if rule >= 3:
            lax.append((wanted[f], actual.axes[a], rule))

    for f, axis in enumerate(wanted):  # rules 1 and 2
        name = written[axis.name].name if axis.name in written else axis.name
        found = [a for a in left if name and actual.axes[a].name == name]
        if not found and axis.name in written:  # a derived axis of the same size keeps the old name
            found = [a for a in left if name and actual.axes[a].stem == name.rstrip("'")]
            found = found if len(found) == 1 else []
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
                    take(f, near[0], 3)
                    open_.remove(f)
        free = [a for a in left if a not in batch]
        names = [a.name for a in wanted]

        def fits(pairs: Iterable[tuple[int, int]]) -> bool:
            return not any(apart(wanted[f], actual.axes[a], names, site.env) for f, a in pairs)

        movable = [f for f in open_ if _movable(wanted[f])]
        if not fits(zip(open_, free, strict=False)):
            pass
        elif len(open_) == 1 and len(free) == 1 and (movable or not actual.axes[free[0]].name):  # rule 4
            take(open_.pop(), free[0], 4)
        elif (open_ and len(free) == len(open_) and all(not actual.axes[a].name for a in free)) or (
            open_ and all(not wanted[f].name for f in open_) and len(free) == len(open_)
        ):  # rule 5
            for f, a in zip(list(open_), free, strict=True):
                take(f, a, 5)
                open_.remove(f)
        elif open_ and formal.open and len(free) > len(open_) and not any(actual.axes[a].name for a in free):
            for f, a in zip(list(open_), free[-len(open_) :], strict=True):  # `*s` in front takes the rest
                take(f, a)
                open_.remove(f)
    if open_:
        raise unmatched(k, formal, actual, open_, left, site)
    if lax and any(a.name for _, a, _ in lax):
        loose(site.callee, site.node, lax)
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
        if not axis.name and not formal.open:
            raise unmatched(k, formal, actual, [], left, site)
        for d, known in enumerate(binding.degree):
            if axis.name and known.name == axis.name:
                if known.size != axis.size:
                    raise two_sizes(axis.name, known, axis, site, k)
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
        if axis.name not in binding.met:
            binding.axes[axis.name] = now
            binding.met.add(axis.name)
        before = binding.axes[axis.name]
        if before is now or same_axis(before, now):
            continue
        open_ = before.size == now.size or not _closed(before.size) or not _closed(now.size)
        if open_ and not (before.name and now.name):
            binding.axes[axis.name] = before if before.name else now
            continue
        raise two_axes(axis.name, before, now, site, k)


def _closed(size: Size) -> bool:
    return not any(s.startswith("?") for s in size.symbols)


def _settled(want: Size, have: Size, site: Site) -> bool:
    """An axis of the caller whose size was still open takes the size that it meets."""
    names = [s for s in want.symbols if want == symbol(s)]
    if not names or names[0] in have.symbols:
        return False
    info = site.env.find_axis(names[0])
    if info is not None and info.size is not None and info.size != want:  # found since the call was named
        return info.size == have
    if not site.env.is_open(names[0]):
        return False
    site.env.solve(names[0], have)
    return True


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
                if want != have and not _settled(want, have, site):
                    raise sizes_differ(pair[0], want, pair[1], site, formal)
                if want != have:
                    binding.settled[str(want)] = have
                    binding.sizes.update({k: s.subs(binding.settled) for k, s in binding.sizes.items()})
                continue
            solved = want.solve(unknown[0], have)
            if solved is None:
                raise no_whole(pair[0], want, unknown[0], have, site, formal)
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


# ------------------------------------------------------------------------------------------------ messages
