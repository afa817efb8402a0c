"""Two diagrams beside each other, with what differs marked: boxes without a partner, and their wires.

Boxes are partners if all that leads to them is equal, or all that follows from them, or if they are equal
and joined to partners in the same way.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from compilers.figure.abreast import beside
from compilers.figure.drawing import layout, shown
from compilers.figure.fold import box_key
from compilers.figure.scene import PT, Circle, Glyph, Look, Path, Rect, Scene, Shape
from diagram.hypergraph import Diagram
from diagram.labels import label

MARKED = PT * 2


def diff_scene(f: Diagram, g: Diagram, **options: Any) -> Scene:
    """Both diagrams; `=` between them if nothing differs, else `≠`. The options are those of `layout`.

    Ids get `e0/` and `e1/` in front.
    """
    style = str(options.get("style", "string"))
    f, g = shown(f, style), shown(g, style)
    pairs = partners(f, g)
    left = _marked(layout(f, **options), set(range(len(f.boxes))) - set(pairs))
    right = _marked(layout(g, **options), set(range(len(g.boxes))) - set(pairs.values()))
    same = len(pairs) == len(f.boxes) == len(g.boxes) and f.type_text == g.type_text
    return beside([left, right], ["=" if same and f == g else "≠"], f"{f.name} and {g.name}")


def partners(f: Diagram, g: Diagram) -> dict[int, int]:
    """For boxes of `f` their partners in `g`."""
    kinds = [_kinds(d) for d in (f, g)]
    found: dict[int, int] = {}
    for read in (_from_above, _from_below):
        right: dict[Hashable, list[int]] = {}
        for k, key in reversed(list(enumerate(read(g, kinds[1])))):
            right.setdefault(key, []).append(k)
        taken = set(found.values())
        for k, key in enumerate(read(f, kinds[0])):
            while k not in found and right.get(key):
                other = right[key].pop()
                if other not in taken:
                    found[k] = other
                    taken.add(other)
    return _spread(f, g, kinds, found)


def _kinds(d: Diagram) -> list[Hashable]:
    """What each box is; names of axes and of boxes do not count, sizes do."""
    keys: dict[int, Hashable] = {}
    found: list[Hashable] = []
    for box in d.boxes:
        if box.bodies:
            found.append(box_key(box, keys))
        else:
            found.append(label(box.op, box.spec, box.args, len(box.dom), len(box.cod)).text)
    return found


def _from_above(d: Diagram, kinds: list[Hashable]) -> list[Hashable]:
    """What each box is, with all that leads to it."""
    wires: dict[int, Hashable] = {w: ("in", k) for k, w in enumerate(d.inputs)}
    found = []
    for box, kind in zip(d.boxes, kinds, strict=True):
        key = hash((kind, tuple(wires.get(w) for w in box.dom)))
        found.append(key)
        wires.update({w: (key, port) for port, w in enumerate(box.cod)})
    return list(found)


def _from_below(d: Diagram, kinds: list[Hashable]) -> list[Hashable]:
    """What each box is, with all that follows from it."""
    uses: dict[int, list[Hashable]] = {}
    for k, w in enumerate(d.outputs):
        uses.setdefault(w, []).append(("out", k))
    found: list[Hashable] = [0] * len(d.boxes)
    for k in range(len(d.boxes) - 1, -1, -1):
        box = d.boxes[k]
        read = tuple(frozenset(uses.get(w, ())) for w in box.cod)
        found[k] = hash((kinds[k], read))
        for port, w in enumerate(box.dom):
            uses.setdefault(w, []).append((found[k], port))
    return found


def _spread(f: Diagram, g: Diagram, kinds: list[list[Hashable]], found: dict[int, int]) -> dict[int, int]:
    """Equal boxes next to partners, at the same ports, are partners too."""
    around = [_neighbours(d) for d in (f, g)]
    todo = sorted(found)
    taken = set(found.values())
    while todo:
        k = todo.pop()
        there = dict(around[1][found[k]])
        for place, near in around[0][k]:
            other = there.get(place)
            if near in found or other is None or other in taken:
                continue
            if kinds[0][near] == kinds[1][other]:
                found[near] = other
                taken.add(other)
                todo.append(near)
    return found


def _neighbours(d: Diagram) -> list[list[tuple[tuple[int, int, int], int]]]:
    """For each box the boxes that it shares wires with, by the ports on both sides."""
    found: list[list[tuple[tuple[int, int, int], int]]] = [[] for _ in d.boxes]
    made = {w: (k, port) for k, box in enumerate(d.boxes) for port, w in enumerate(box.cod)}
    for k, box in enumerate(d.boxes):
        for port, w in enumerate(box.dom):
            if w in made and made[w][0] != k:
                source, out = made[w]
                found[k].append(((0, port, out), source))
                found[source].append(((1, out, port), k))
    return found


def _marked(scene: Scene, boxes: set[int]) -> Scene:
    """The scene with these boxes and the wires between them in the colour of warnings."""
    names = {f"b{k}" for k in boxes}
    strands = []
    for strand in scene.strands:
        ends = {strand.src.split(".")[0].split("/")[0], strand.dst.split(".")[0].split("/")[0]}
        hit = bool(ends & names)
        path = replace(strand.path, look=_alert(strand.path.look)) if hit else strand.path
        strands.append(replace(strand, path=path))
    glyphs = tuple(_glyph(g) if g.id.split("/")[0] in names else g for g in scene.glyphs)
    return replace(scene, glyphs=glyphs, strands=tuple(strands))


def _glyph(glyph: Glyph) -> Glyph:
    def again(shape: Shape) -> Shape:
        if isinstance(shape, Rect | Circle | Path) and shape.look.stroke:
            look = _alert(shape.look)
            return replace(shape, look=Look(look.fill, look.stroke, max(look.width, MARKED), look.dash))
        return shape

    return replace(glyph, shapes=tuple(map(again, glyph.shapes)))


def _alert(look: Look) -> Look:
    return replace(look, stroke="alert") if look.stroke else look
