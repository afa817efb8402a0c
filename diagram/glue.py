"""Gluing pending compositions: one walk, without recursion, linear in the size of the parts."""

from __future__ import annotations

from diagram.builder import Builder
from diagram.layer import Layer
from diagram.room import undisturbed
from diagram.value import Diagram, Flat

Step = tuple[str, Diagram | list[int], list[int]]


def glue(d: Diagram) -> tuple[Flat, tuple[Layer, ...]]:
    """The hypergraph of a diagram made by `>>` and `@`, and how it lies in the plane, if that is known:
    composing joins wires, side by side only collects.

    `values` is the stack of wire lists between the parts. A step of `todo` runs a part on the top list, puts
    a list there, or moves the top list to the end of the outputs of the `@` it belongs to; `left` is how many
    wires lie left of the operands that are being run.
    """
    with undisturbed():
        return _glued(d)


def _glued(d: Diagram) -> tuple[Flat, tuple[Layer, ...]]:
    builder = Builder(d.category)
    values: list[list[int]] = [[builder.input(t) for t in d.dom]]
    left = [0]
    layers: list[Layer] | None = []
    todo: list[Step] = [("run", d, [])]
    while todo:
        action, item, collected = todo.pop()
        if isinstance(item, list):
            if action == "take":
                collected.extend(values.pop())
                left.pop()
                continue
            values.append(item)
            if action == "share":
                left.append(left[-1] + len(collected))
        elif item._parts is None:
            if layers is not None and not _read(layers, item, left[-1], len(builder.boxes)):
                layers = None
            values.append(list(builder.insert(item, values.pop())))
        elif item._parts[1] == ">>":
            todo.extend([("run", part, []) for part in reversed(chain(item))])
        else:
            _schedule(chain(item), values.pop(), todo)
    return builder.build(values.pop()).flat, tuple(layers or ())


def _read(layers: list[Layer], part: Diagram, at: int, first: int) -> bool:
    """Add how a part lies in the plane, `at` wires from the left, its boxes numbered from `first`; False if
    that is not known.
    """
    flat, known = part.flat, part.layers
    boxes = flat.boxes
    if known:
        layers += [Layer(at + a, k if k < 0 else first + k, n, order) for a, k, n, order in known]
    elif len(boxes) == 1:
        if boxes[0].dom != flat.inputs or boxes[0].cod != flat.outputs:
            return False
        layers.append(Layer(at, first))
    elif boxes:
        return False
    elif flat.outputs != flat.inputs:
        place = {w: k for k, w in enumerate(flat.inputs)}
        if len(place) < len(flat.inputs) or not all(w in place for w in flat.outputs):
            return False
        layers.append(Layer(at, -1, len(place), tuple([place[w] for w in flat.outputs])))
    return True


def chain(d: Diagram) -> list[Diagram]:
    """The operands of a chain of one and the same pending operator."""
    sign = d._parts[1] if d._parts is not None else ""
    parts: list[Diagram] = []
    stack = [d]
    while stack:
        part = stack.pop()
        if part._parts is not None and part._parts[1] == sign:
            stack.append(part._parts[2])
            stack.append(part._parts[0])
        else:
            parts.append(part)
    return parts


def _schedule(chain: list[Diagram], wires: list[int], todo: list[Step]) -> None:
    """Schedule the operands of `@`, each on its share of the wires; the outputs are collected in one list."""
    collected: list[int] = []
    steps: list[Step] = []
    at = 0
    for part in chain:
        share = wires[at : at + len(part.dom)]
        at += len(part.dom)
        steps += [("share", share, collected), ("run", part, []), ("take", [], collected)]
    steps.append(("put", collected, []))
    todo.extend(reversed(steps))
