"""A diagram with its derivative as one figure: the forward pass above, running right; the backward pass
below, running left; between them the residual turns around.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from compilers.figure.abreast import shifted
from compilers.figure.curves import KAPPA
from compilers.figure.draw import WIRE
from compilers.figure.drawing import layout
from compilers.figure.face import TEXT
from compilers.figure.mirror import mirrored
from compilers.figure.quality import metrics
from compilers.figure.scene import PT, Label, Path, Point, Scene, Step
from compilers.figure.text import Line, line
from diagram.hypergraph import Diagram, make
from diagram.optic import Optic, rev

GAP, REACH, STUB, NESTED, NAMED = 4 * PT, 14 * PT, 12 * PT, 8 * PT, 8 * PT
FEW = 200
"""Up to so many boxes several orders of the residual are tried."""


def lens_scene(what: Diagram | Optic, **options: Any) -> Scene:
    """The figure of an optic, or of a diagram and its reverse derivative. The options are those of `layout`.

    The residual wires are in the order that crosses least. Ids of the passes get `e0/` and `e1/` in front.
    Raises `DiagramError` E0406 where there is no derivative.
    """
    optic = rev(what) if isinstance(what, Diagram) else what
    name = what.name if isinstance(what, Diagram) else optic.forward.name
    options = {**options, "direction": "right"}
    options.pop("style", None)
    options.pop("engine", None)
    passes = [d.with_looks(optic.forward.looks or _looks(what)) for d in (optic.forward, optic.backward)]
    count = optic.residual
    drawn = _passes(passes[0], passes[1], list(range(count)), options)
    if count > 1 and len(passes[0].boxes) + len(passes[1].boxes) <= FEW:
        orders = (
            list(range(count - 1, -1, -1)),
            _by_source(drawn[0], passes[0], count),
            _by_target(drawn[1], count),
        )
        for order in orders:
            other = _passes(passes[0], passes[1], order, options)
            if _crossings(other) < _crossings(drawn):
                drawn = other
    results = [line(text, TEXT) for text in optic.backward.results or [""] * len(optic.back)]
    return _joined(drawn[0], drawn[1], count, name or "lens", results)


def _passes(ahead: Diagram, back: Diagram, order: list[int], options: dict[str, Any]) -> tuple[Scene, Scene]:
    """Both passes laid out, the backward one mirrored; the residual wires in this order, from the top."""
    results = len(ahead.cod) - len(order)
    places = [*range(results), *(results + k for k in order)]
    flat = ahead.flat._replace(outputs=tuple(ahead.outputs[k] for k in places))
    cod = tuple(ahead.cod[k] for k in places)
    first = make(flat, ahead.dom, cod, ahead.category, "forward").with_looks(ahead.looks)
    places = [*reversed(order), *range(len(order), len(back.dom))]
    inputs = tuple(back.inputs[k] for k in places) + back.inputs[len(back.dom) :]
    dom = tuple(back.dom[k] for k in places)
    flat = back.flat._replace(inputs=inputs)
    second = make(flat, dom, back.cod, back.category, "backward").with_looks(back.looks)
    scene = _without_names(layout(second, **options), len(order))
    return layout(first, **options), mirrored(scene)


def _crossings(passes: tuple[Scene, Scene]) -> int:
    return sum(metrics(scene).crossings for scene in passes)


def _by_source(scene: Scene, d: Diagram, count: int) -> list[int]:
    """The residual wires by where they come from in the forward pass."""
    results = len(d.cod) - count
    at = {s.dst: s.path.start[1] for s in scene.strands}
    return sorted(range(count), key=lambda k: at.get(f"out.{results + k}", 0))


def _by_target(scene: Scene, count: int) -> list[int]:
    """The residual wires by where they go in the backward pass, the lowest first."""
    at = {s.src: s.path.end[1] for s in scene.strands}
    return sorted(range(count), key=lambda k: -at.get(f"in.{count - 1 - k}", 0))


def _joined(ahead: Scene, back: Scene, count: int, name: str, results: Sequence[Line]) -> Scene:
    """One above the other, with the wires between them and those that go on to the right."""
    width, below = max(ahead.width, back.width), ahead.height + GAP
    room = max([0, *(words.width + NAMED - (width - back.width) for words in results)])
    width += room
    first = shifted(ahead, width - ahead.width, 0, "e0/")
    second = shifted(back, width - back.width, below, "e1/")
    outs, ins = _ends(first, "e0/out."), _starts(second, "e1/in.")
    start = len(outs) - count
    edge = width + REACH + NESTED * max(0, count - 1) + STUB
    turns = [
        _turn(outs[start + k], ins[count - 1 - k], width, REACH + NESTED * (count - 1 - k))
        for k in range(count)
    ]
    on = [Path(a, ((edge, a[1]),), WIRE) for a in (*outs[:start], *ins[count:])]
    names = _moved_names(second, count, edge) + _result_names(_ends(second, "e1/out."), results)
    wide = max([edge + 8 * PT, *(one.bounds[2] + 8 * PT for one in names)])
    rest = [one for one in second.labels if not _is_name(one, "e1/")]
    return Scene(
        wide, below + back.height, name, f"{name} and its reverse derivative",
        first.glyphs + second.glyphs, first.strands + second.strands, first.junctions + second.junctions,
        first.labels + tuple(rest + names), first.backdrop + second.backdrop,
        first.marks + second.marks + tuple(turns + on), max(ahead.rows, back.rows),
    )  # fmt: skip


def _looks(what: Diagram | Optic) -> Any:  # Any: decoration, as the diagram has it
    return what.looks if isinstance(what, Diagram) else what.forward.looks


def _is_name(label: Label, prefix: str) -> bool:
    return label.id.startswith(f"{prefix}n") and label.id[len(prefix) + 1 :].isdecimal()


def _without_names(scene: Scene, count: int) -> Scene:
    """Without the names and types of the residual wires, which begin in the forward pass."""
    gone = {f"n{k}" for k in range(count)}
    gone |= {f"t{s.id[1:]}" for s in scene.strands if s.src in {f"in.{k}" for k in range(count)}}
    return replace(scene, labels=tuple(one for one in scene.labels if one.id not in gone))


def _moved_names(scene: Scene, count: int, edge: int) -> list[Label]:
    """The names of what comes in from the right, at the end of their longer wires."""
    found = []
    for label in scene.labels:
        if _is_name(label, "e1/") and int(label.id[4:]) >= count:
            found.append(replace(label, x=edge + 4 * PT, anchor="start"))
    return found


def _result_names(ends: list[Point], results: Sequence[Line]) -> list[Label]:
    """The names of what comes out at the left."""
    return [
        Label(f"e1/r{k}", x - NAMED // 2, y + (words.ascent - words.descent) // 2, words, "end")
        for k, ((x, y), words) in enumerate(zip(ends, results, strict=True))
        if words.runs
    ]


def _ends(scene: Scene, prefix: str) -> list[Point]:
    found = {int(s.dst[len(prefix) :]): s.path.end for s in scene.strands if s.dst.startswith(prefix)}
    return [found[k] for k in sorted(found)]


def _starts(scene: Scene, prefix: str) -> list[Point]:
    found = {int(s.src[len(prefix) :]): s.path.start for s in scene.strands if s.src.startswith(prefix)}
    return [found[k] for k in sorted(found)]


def _turn(a: Point, b: Point, x: int, reach: int) -> Path:
    """From the end of the forward pass around into the backward one."""
    half = (b[1] - a[1]) // 2
    middle, kx, ky = a[1] + half, reach * KAPPA // 10000, half * KAPPA // 10000
    steps: tuple[Step, ...] = (
        (x, a[1]),
        (x + kx, a[1], x + reach, middle - ky, x + reach, middle),
        (x + reach, middle + ky, x + kx, b[1], x, b[1]),
        b,
    )
    return Path(a, steps, WIRE)
