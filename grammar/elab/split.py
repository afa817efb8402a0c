"""`C[m], T[n, m] = split[s](S)`: an array taken apart along an axis; the targets say how. The opposite of
`concat`."""

from __future__ import annotations

from collections.abc import Sequence

from diagram.sizes import ONE, ZERO, Size
from diagram.spec import Slot
from diagram.types import Axis, Tensor
from grammar.elab.emit import array_type, contract
from grammar.elab.env import AxisInfo, Env, axis_of, evaluate, fault, kid, kids, optional, word
from grammar.elab.expr import as_wires
from grammar.elab.static import axis_named
from grammar.elab.typing import one_type
from grammar.elab.values import Wired
from grammar.tree import Node


def is_split(expr: Node, env: Env) -> bool:
    """Whether the right side is `split[s](S)`."""
    if expr.kind != "call" or kid(expr, 0).kind != "static_apply":
        return False
    base = kid(kid(expr, 0), 0)
    return base.kind == "name" and word(base) == "split" and env.find("split") is None


def split(targets: Sequence[Node], expr: Node, env: Env) -> list[Wired]:
    """The parts, in order. Raises `Fault` E0302, E0311, E0312, E0314."""
    slots, args = kids(kid(kid(kid(expr, 0), 1), 0)), kids(kid(expr, 1))
    if len(slots) != 1 or len(args) != 1 or slots[0].kind != "name":
        raise fault("E0302", "`split` takes one axis and one array", expr, help="C[m], T[n, m] = split[s](S)")
    axis = axis_named(slots[0], env)
    ids = env.frame.own(as_wires(evaluate(args[0], env), args[0], env))
    if len(ids) != 1:
        raise fault("E0303", f"`{args[0].text}` is {len(ids)} wires, and one is split", args[0])
    whole = array_type(env, ids[0], args[0])
    if axis.name not in whole.names:
        raise fault(
            "E0314", f"there is no axis `{axis.name}` to split", slots[0], f"`{args[0].text}` is {whole}"
        )
    place = whole.names.index(axis.name)
    shapes = [_shape(t, whole, place, env) for t in targets]
    sizes = _sizes(shapes, targets, whole.axes[place].size, env)
    parts: list[Wired] = []
    offset = ZERO
    for target, (names, own, _), size in zip(targets, shapes, sizes, strict=True):
        parts.append(Wired(env.frame, (_part(env, ids[0], whole, place, names, own, offset, size, target),)))
        offset = offset + size
    return parts


Shape = tuple[tuple[str, ...], str | None, Size | None]
"""The names of a part's axes, the one along which it was cut (None: a single entry), and its size if a
type says it."""


def _shape(target: Node, whole: Tensor, place: int, env: Env) -> Shape:
    """Which axes the text gives a part."""
    size: Size | None = None
    if target.kids[1] is not None:
        names = tuple(word(s) if s.kind == "name" else "" for s in kids(kid(kid(target, 1), 0)))
    elif optional(target, 2) is not None:
        type_ = one_type(kid(target, 2), env, env)
        names = type_.names if isinstance(type_, Tensor) else ()
        here = {a.name for k, a in enumerate(whole.axes) if k != place}
        size = next((a.size for a in getattr(type_, "axes", ()) if a.name not in here), None)
    else:
        raise fault(
            "E0311", f"the axes of `{word(target)}` are not given", target, help="C[m], T[n, m] = split[s](S)"
        )
    common = {a.name for k, a in enumerate(whole.axes) if k != place}
    own = [n for n in names if n not in common]
    if (
        ("" in names and size is None)
        or len(own) > 1
        or not common <= set(names)
        or len(set(names)) != len(names)
    ):
        raise fault(
            "E0317", f"`{word(target)}[{', '.join(names)}]` is no part of {whole}", target,
            f"a part has the axes {', '.join(sorted(common)) or 'none'} and at most one of its own",
        )  # fmt: skip
    return names, own[0] if own else None, size


def _sizes(shapes: Sequence[Shape], targets: Sequence[Node], total: Size, env: Env) -> list[Size]:
    """The sizes of the parts: declared, one entry, and at most one that takes the rest."""
    known: list[Size | None] = []
    for _, own, size in shapes:
        info = env.find_axis(own) if own is not None else None
        if size is not None and (size.constant is not None or own == ""):
            known.append(size)
            continue
        declared = info is not None and (info.size is not None or info.expr is not None)
        if own is None:
            known.append(ONE)
        else:
            known.append(axis_of(info, env).size if declared and info is not None else None)
    open_ = [k for k, size in enumerate(known) if size is None]
    rest = total - sum((s for s in known if s is not None), ZERO)
    if len(open_) > 1:
        names = " and ".join(f"`{shapes[k][1]}`" for k in open_)
        raise fault(
            "E0311",
            f"the sizes of {names} are not determined",
            targets[open_[0]],
            help="declare one: `axis n = 3`",
        )
    if not open_ and rest != 0:
        raise fault(
            "E0312", f"the parts have {total - rest} entries together, and there are {total}", targets[0]
        )
    if rest.constant is not None and rest.constant < 0:
        raise fault(
            "E0312", f"the parts have {total - rest} entries together, and there are {total}", targets[0]
        )
    for k in open_:
        name = shapes[k][1]
        assert name is not None
        env.axes[name] = AxisInfo(name, rest, span=targets[k].span)
        known[k] = rest
    return [size for size in known if size is not None]


def _part(
    env: Env,
    w: int,
    whole: Tensor,
    place: int,
    names: tuple[str, ...],
    own: str | None,
    offset: Size,
    size: Size,
    target: Node,
) -> int:
    sizes = {a.name: a for k, a in enumerate(whole.axes) if k != place}
    axes = tuple(Axis(n, size) if n == own else sizes[n] for n in names)
    at = {a.name: k for k, a in enumerate(axes)}
    cut = Slot((), offset) if own is None else Slot(((at[own], ONE),), offset)
    reads = tuple(cut if k == place else Slot.at(at[a.name]) for k, a in enumerate(whole.axes))
    out = tuple(Slot.at(k) for k in range(len(axes)))
    return contract(env, (w,), (reads,), out, axes, axes, target)
