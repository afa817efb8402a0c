"""Gluing pending compositions: one walk, without recursion, linear in the size of the parts."""

from __future__ import annotations

from diagram.builder import Builder
from diagram.value import Diagram, Flat


def glue(d: Diagram) -> Flat:
    """The hypergraph of a diagram made by `>>` and `@`: composing joins wires, side by side only collects.

    `values` is the stack of wire lists between the parts; a step of `todo` runs a part on the top list, puts
    a list there, or moves the top list to the end of the outputs of the `@` it belongs to.
    """
    builder = Builder(d.category)
    values: list[list[int]] = [[builder.input(t) for t in d.dom]]
    todo: list[tuple[str, Diagram | list[int]]] = [("run", d)]
    while todo:
        action, item = todo.pop()
        if isinstance(item, list):
            if action == "put":
                values.append(item)
            else:
                item.extend(values.pop())
        elif item._parts is None:
            values.append(list(builder.insert(item, values.pop())))
        elif item._parts[1] == ">>":
            todo.extend([("run", part) for part in reversed(chain(item))])
        else:
            _schedule(chain(item), values.pop(), todo)
    return builder.build(values.pop()).flat


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


def _schedule(chain: list[Diagram], wires: list[int], todo: list[tuple[str, Diagram | list[int]]]) -> None:
    """Schedule the operands of `@`, each on its share of the wires; the outputs are collected in one list."""
    collected: list[int] = []
    steps: list[tuple[str, Diagram | list[int]]] = []
    at = 0
    for part in chain:
        share = wires[at : at + len(part.dom)]
        at += len(part.dom)
        steps += [("put", share), ("run", part), ("take", collected)]
    steps.append(("put", collected))
    todo.extend(reversed(steps))
