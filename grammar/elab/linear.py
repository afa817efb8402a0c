"""Linear algebra: `inv[r, c](A)`, `solve[r, c](A, b)`, `w, V = eigh[r, c, k](A)`: the names say which axes
are rows, columns, and (where there are some) the new or further ones; all other axes are broadcast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagram.errors import Span
from diagram.hypergraph import Mark
from diagram.op import Op
from diagram.ops import STANDARD
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor
from grammar.elab.emit import array_type, checked_dtype, together
from grammar.elab.env import Env, axis_of, fault
from grammar.elab.static import axis_named
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node

Core = tuple[int, ...]
PORTS: dict[str, tuple[tuple[Core, ...], tuple[Core, ...]]] = {
    "solve": (((0, 1), (0,)), ((1,),)),
    "solve_columns": (((0, 1), (0, 2)), ((1, 2),)),
    "inv": (((0, 1),), ((1, 0),)),
    "det": (((0, 1),), ((),)),
    "logdet": (((0, 1),), ((),)),
    "cholesky": (((0, 1),), ((0, 1),)),
    "eigh": (((0, 1),), ((2,), (0, 2))),
    "svd": (((0, 1),), ((0, 2), (2,), (2, 1))),
    "expm": (((0, 1),), ((0, 1),)),
}
"""For each operation which of its named axes each operand has, and each result, in order."""


@dataclass(frozen=True, slots=True)
class LinearForm(Form):
    """An operation of linear algebra with its axes."""

    op: Op
    axes: tuple[Axis, ...]
    node: Node

    @property
    def name(self) -> str:
        return self.op.name

    def arity(self) -> int | None:
        return len(PORTS[self.op.name][0])

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        ids = env.frame.own(wires)
        ins, outs = PORTS[self.op.name]
        if len(ids) != len(ins):
            raise fault("E0302", f"`{self.name}` takes {len(ins)} wires, but {len(ids)} are given", node)
        types = [array_type(env, w, node) for w in ids]
        core = self._core(types, ins)
        others = [a for t, own in zip(types, ins, strict=True) for a in t.axes if not self._is_core(a, own)]
        batch = tuple(dict.fromkeys(others))
        number = {a.name: k for k, a in enumerate(batch)}
        place = [len(batch) + c for c in range(len(core))]
        maps = tuple(
            tuple(Slot.at(self._at(a, own, number, place)) for a in t.axes)
            for t, own in zip(types, ins, strict=True)
        )
        every = tuple(range(len(batch)))
        orders = [(*every, *(place[c] for c in own)) for own in outs]
        spec = Spec((*batch, *core), maps, tuple(tuple(map(Slot.at, o)) for o in orders), tuple(place))
        kinds = [checked_dtype(self.name, (), [t.dtype for t in types], node, k) for k in range(len(outs))]
        cod = [Tensor(kind, (*batch, *(core[c] for c in own))) for kind, own in zip(kinds, outs, strict=True)]
        operands = together(env, ids, types, node)
        return Wired(env.frame, env.frame.builder.box(self.op, operands, cod, spec, mark=Mark("", node.span)))

    def _is_core(self, axis: Axis, own: Core) -> bool:
        return any(self.axes[c].name == axis.name for c in own)

    def _at(self, axis: Axis, own: Core, number: dict[str, int], place: Sequence[int]) -> int:
        for c in own:
            if self.axes[c].name == axis.name:
                return place[c]
        return number[axis.name]

    def _core(self, types: Sequence[Tensor], ins: Sequence[Core]) -> tuple[Axis, ...]:
        """The named axes with the sizes that the operands have. Raises `Fault` E0312, E0314."""
        found = list(self.axes)
        for type_, own in zip(types, ins, strict=True):
            for c in own:
                axis = self.axes[c]
                have = [a for a in type_.axes if a.name == axis.name]
                if not have:
                    names = ", ".join(map(str, type_.axes)) or "none"
                    raise fault(
                        "E0314", f"`{self.name}` needs the axis `{axis}`", self.node, f"the array has {names}"
                    )
                if have[0].size != axis.size:
                    raise fault(
                        "E0312", f"the axis `{axis}` has two sizes: {axis.size} and {have[0].size}", self.node
                    )
                found[c] = have[0]
        return tuple(found)


def linear(name: str, slots: tuple[Node, ...], node: Node, env: Env) -> Value:
    """`inv[r, c]`. Raises `Fault` E0302, E0201."""
    ins, outs = PORTS[name]
    count = 1 + max(c for own in (*ins, *outs) for c in own)
    if len(slots) != count:
        raise fault("E0302", f"`{name}` takes {count} axes", node, help=STANDARD[name].doc)
    return LinearForm(STANDARD[name], tuple(axis_of(axis_named(s, env), env) for s in slots), node)
