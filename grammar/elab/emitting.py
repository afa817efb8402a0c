"""`emit Y = e` in a `for`: what the turns give, stacked along a new axis named like the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagram.hypergraph import Mark
from diagram.ops import STANDARD
from diagram.reals import Real
from diagram.sizes import Size
from diagram.spec import Slot, Spec
from diagram.types import Axis
from grammar.elab.emit import array_type
from grammar.elab.env import AxisInfo, Env, fault, word, word_span
from grammar.elab.values import Wired
from grammar.tree import Node


def stack_turns(node: Node, env: Env, turns: Sequence[Mapping[str, int]]) -> None:
    """Bind every emitted name to the array of all turns. Raises `Fault` E0411 where their types differ."""
    axis = Axis(word(node), Size.of(len(turns)))
    if env.find_axis(axis.name) is None:
        env.axes[axis.name] = AxisInfo(axis.name, axis.size, generic=True)
    for name in turns[0] if turns else ():
        w = _stacked(name, [turn[name] for turn in turns], axis, node, env)
        env.frame.builder.names[w] = name
        env.names[name] = Wired(env.frame, (w,))
        env.spans[name] = word_span(node)


def _stacked(name: str, wires: Sequence[int], axis: Axis, node: Node, env: Env) -> int:
    types = [array_type(env, w, node) for w in wires]
    first = types[0]
    for type_ in types:
        if type_ != first:
            raise fault(
                "E0411",
                f"the type of `{name}` changes in the loop",
                node,
                f"{type_} in a later turn",
                notes=(f"{first} in the first turn",),
            )
    if axis.name in first.names:
        raise fault("E0316", f"`{name}` has an axis `{axis.name}` already: {first}", node)
    rest = tuple(Slot.at(k + 1) for k in range(len(first.axes)))
    spec = Spec((axis, *first.axes), (rest,) * len(wires), ((Slot.at(0), *rest),), (0,))
    offsets = tuple(Real.of(k) for k in range(len(wires)))
    made = first.with_axes((axis, *first.axes))
    mark = Mark("", node.span)
    (w,) = env.frame.builder.box(
        STANDARD["concat"], tuple(wires), (made,), spec, (("offsets", offsets),), mark=mark
    )
    return w
