"""Learned arrays: `learn w : [m] = normal(0.02), path = "mlp.w"`, and parts: `learn norm = layer_norm`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from diagram.reals import Real
from diagram.sizes import Size
from diagram.types import Tensor, Type
from diagram.value import Arg, Box, Diagram, Param
from grammar.printer.words import cannot, plain_name, real_text, size_text, type_text, valid

if TYPE_CHECKING:
    from grammar.printer.block import Block


def parts_of(block: Block) -> None:
    """Find the calls whose learned arrays are theirs alone under a common name: they become parts; and the
    loops
    whose learned arrays are declared inside.

    Fills `block.parts`, `block.loops`, `block.hidden`, and takes the names of the parts.
    """
    d = block.d
    paths = {w: p.path for w, p in zip(d.param_wires, d.params, strict=True)}
    found: dict[str, list[Box]] = {}
    for box in d.boxes:
        prefix = _prefix(box, paths)
        if prefix:
            found.setdefault(prefix, []).append(box)
        if box.op.name in ("repeat", "scan", "function"):
            _loop(block, box, paths)
    for prefix, boxes in found.items():
        mine = {w for box in boxes for w in box.dom[len(box.bodies[0].dom) :]}
        others = any(w not in mine and p.startswith(prefix + ".") for w, p in paths.items())
        free = valid(prefix) and prefix not in block.file.words.taken and prefix not in block.words.taken
        if _alone(d, boxes, mine) and not others and (free or prefix in block.file.avoid):
            block.words.taken.add(prefix)
            block.words.given.add(prefix)
            block.hidden |= mine
            block.parts.update((id(box), prefix) for box in boxes)


def _loop(block: Block, box: Box, paths: dict[int, str]) -> None:
    """Whether the learned arrays of a loop can be declared in it: its own alone, under the paths it would
    give."""
    body, d = box.bodies[0], block.d
    wires = box.dom[len(body.dom) :]
    count, fresh = box.arg("count"), box.arg("fresh")
    if isinstance(count, int) and isinstance(fresh, int):
        wires = wires[: count * fresh]
        inner = loop_paths([paths.get(w, "") for w in wires], fresh)
    else:
        inner = tuple(p.path for p in body.params)
        inner = inner if tuple(paths.get(w, "") for w in wires) == inner else ()
    if not inner:
        return
    uses = [w for other in d.boxes for w in other.dom if w in wires]
    if len(uses) == len(wires) == len(set(wires)) and not set(wires) & set(d.outputs):
        block.loops[id(box)] = inner
        block.hidden.update(wires)


def loop_paths(paths: Sequence[str], fresh: int) -> tuple[str, ...]:
    """The paths inside a loop, if turn t has `head.t.tail` for `head.tail`; empty if they have not."""
    inner: list[str] = []
    for k, path in enumerate(paths):
        head, _, rest = path.partition(".")
        number, _, tail = rest.partition(".")
        if not fresh or number != str(k // fresh) or not head:
            return ()
        inner.append(f"{head}.{tail}" if tail else head)
    turns = [inner[k : k + fresh] for k in range(0, len(inner), fresh or 1)]
    return tuple(turns[0]) if turns and all(t == turns[0] for t in turns) else ()


def _prefix(box: Box, paths: dict[int, str]) -> str:
    """The common segment before the paths of a call's learned arrays, empty if there is none."""
    if box.op.name != "call" or not box.bodies[0].params:
        return ""
    body = box.bodies[0]
    wires = box.dom[len(body.dom) :]
    found = set()
    for w, param in zip(wires, body.params, strict=True):
        path = paths.get(w, "")
        if not path.endswith("." + param.path):
            return ""
        found.add(path[: -len(param.path) - 1])
    (prefix,) = found if len(found) == 1 and len(set(wires)) == len(wires) else ("",)
    return prefix if "." not in prefix else ""


def _alone(d: Diagram, boxes: Sequence[Box], mine: set[int]) -> bool:
    """Whether the calls have one body, and nothing else reads these arrays."""
    if any(box.bodies[0] is not boxes[0].bodies[0] for box in boxes):
        return False
    if any(box.dom[len(box.bodies[0].dom) :] != boxes[0].dom[len(boxes[0].bodies[0].dom) :] for box in boxes):
        return False
    calls = {id(box) for box in boxes}
    others = {
        w for box in d.boxes for w in (box.dom[: len(box.bodies[0].dom)] if id(box) in calls else box.dom)
    }
    return mine.isdisjoint(others) and mine.isdisjoint(d.outputs)


def learn_lines(block: Block) -> list[str]:
    """A line for each learned array that belongs to no part."""
    d = block.d
    lines = []
    for w, param in zip(d.param_wires, d.params, strict=True):
        if w in block.hidden:
            continue
        type_ = block.file.axes.type(d.wires[w])
        if isinstance(type_, Tensor):
            type_ = type_.with_axes(block.named(type_.axes))
        name = block.words.free(plain_name(param.path), "weight")
        block.enter(w, name, type_)
        lines.append(learn_line(name, type_, param))
    return lines


def learn_line(name: str, type_: Type, param: Param) -> str:
    """One learned array as it is declared."""
    args = f"({', '.join(map(_arg, param.args))})" if param.args else ""
    mods = []
    if param.fan is not None:
        mods.append(f"fan = [{_fan(param.fan, type_)}]")
    if param.frozen:
        mods.append("frozen")
    for key, value in param.options:
        if isinstance(value, Real | int | float):
            mods.append(f"{key} = {real_text(Real.of(value))}")
    if param.path != name:
        mods.append(f'path = "{param.path}"')
    return ", ".join([f"learn {name} : {type_text(type_)} = {param.init}{args}", *mods])


def _fan(fan: Real, type_: Type) -> str:
    leaf = fan.leaf
    if not isinstance(leaf, int | Size):
        raise cannot(f"the fan {fan} of a learned array")
    if isinstance(type_, Tensor):
        named = [a.name for a in type_.axes if a.name and a.size == Size.of(leaf)]
        if named:
            return named[-1]
    return size_text(Size.of(leaf))


def _arg(value: Arg) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_arg, value))}]"
    if isinstance(value, Real | int | float) and not isinstance(value, bool):
        return real_text(Real.of(value))
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    raise cannot(f"the argument {value} of an initialiser")


def with_paths(d: Diagram, paths: Sequence[str]) -> Diagram:
    """The same diagram, its learned arrays under other paths."""
    from diagram.value import make

    params = tuple(replace(p, path=path) for p, path in zip(d.params, paths, strict=True))
    flat = d.flat._replace(params=params)
    return make(flat, d.dom, d.cod, d.category, d.name, d.doc, d.results, d.span)
