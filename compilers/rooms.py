"""What steps of a program hold: bytes of each wire, which wires are views of others, and what a step needs
besides while it runs. Bounds from above, for numpy; torch needs no more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from compilers.program import Program
from compilers.reads import is_view
from diagram.cost import BYTES
from diagram.errors import Diagnostic, DiagramError
from diagram.op import Kind
from diagram.planning.problem import Problem, Task, profile
from diagram.sizes import Size
from diagram.spec import Map, Spec
from diagram.types import Axis, Tensor, Type
from diagram.value import Box, Diagram

Inner = Callable[[Diagram], Program]
"""The program of a body."""
WINDOW = 8
"""How many earlier states a fixed point keeps, twice."""
SIMPLE = re.compile(r"xp\.\w+\((\{\d\}(, )?)+\)|\{0\} \S+ \{(1|by)\}|\{by\} - \{0\}|-\{0\}|1 / \{0\}|\{0\}")
"""Texts of one array operation: no arrays in between."""

MANY = {"erf": 6, "lgamma": 7, "digamma": 8, "polygamma": 4, "gelu": 8, "gelu_slope": 7}
"""How many arrays of their size functions of several steps make on the way, if more than two."""


class Rooms:
    """Bytes, for one meaning of `R`."""

    def __init__(self, dtypes: Mapping[str, str], inner: Inner) -> None:
        self.dtypes = dtypes
        self.inner = inner
        self.bodies: dict[int, tuple[Diagram, int]] = {}

    def bytes(self, type_: Type) -> int:
        """What an array takes. Raises `DiagramError` E0311 while a size is open."""
        return _number(type_.entries) * self._item(type_) if isinstance(type_, Tensor) else 0

    def _item(self, type_: Tensor) -> int:
        name = self.dtypes.get(type_.dtype.name, type_.dtype.name)
        return 8 if name == "nat" else BYTES[name]

    def problem(self, p: Program, price: Callable[[Box], int] | None = None) -> Problem:
        """The steps of a program as tasks. A step reads what its operands are views of, too."""
        given = set(p.inputs)
        views: dict[int, tuple[int, ...]] = {}
        sizes = [0] * len(p.wires)
        tasks = []
        for step in p.steps:
            reads = tuple(dict.fromkeys(r for w in step.dom for r in views.get(w, (w,))))
            kind, made = self._view(step, p.wires)
            for w in step.cod:
                sizes[w] = made if len(step.cod) == 1 else self.bytes(p.wires[w])
                if kind:
                    views[w] = (w, *(r for r in reads if r != w))
            cost = price(step) if price is not None else 1
            tasks.append(Task(reads, step.cod, cost, self.room(step, p.wires)))
        results = tuple(
            dict.fromkeys(
                r for w in p.outputs for r in views.get(w, (w,)) if w not in given and r not in given
            )
        )
        return Problem(tuple(tasks), tuple(sizes), results)

    def _view(self, step: Box, wires: Sequence[Type]) -> tuple[str, int]:
        """`view` for a step that makes no array of its own, `perhaps` for one that may make none, or none;
        and the bytes of what it makes."""
        spec = step.spec
        whole = sum(self.bytes(wires[w]) for w in step.cod)
        if step.op.name in ("again", "stop"):
            return "view", 0
        if step.op.name != "contract" or spec is None or len(step.dom) != 1 or spec.summed:
            return "", whole
        plain = _fills(spec, wires[step.cod[0]]) and not spec.pad(1)
        read = {i for slot in spec.ins[0] for i, _ in slot.terms}
        if not plain or len(read) != len(spec.outs[0]):
            return "perhaps", whole * (2 if spec.pad(1) else 1)
        if spec.pad(0):  # a copy with borders, and windows on it
            return "", min(whole, self._padded(spec, wires[step.dom[0]]))
        return "view", 0

    def _padded(self, spec: Spec, type_: Type) -> int:
        """The bytes of an array with the borders that its reads go over."""
        assert isinstance(type_, Tensor)
        found = self._item(type_)
        for slot, size in zip(spec.ins[0], type_.shape, strict=True):
            ends = [(_number(c), _number(spec.indices[i].size) - 1) for i, c in slot.terms]
            start = _number(slot.offset)
            low = min(0, start + sum(c * n for c, n in ends if c < 0))
            high = max(_number(size) - 1, start + sum(c * n for c, n in ends if c > 0))
            found *= high - low + 1
        return found

    def room(self, step: Box, wires: Sequence[Type]) -> int:
        """Bytes of arrays that a step makes on the way and drops."""
        op, spec = step.op, step.spec
        ins = [self.bytes(wires[w]) for w in step.dom]
        outs = sum(self.bytes(wires[w]) for w in step.cod)
        if step.bodies:
            return self._body(step, wires, outs)
        if spec is None:
            return 2 * (sum(ins) + outs)
        if op.kind is Kind.CONTRACT:
            if len(step.dom) == 1 and not spec.summed and self._view(step, wires)[0] != "perhaps":
                return 0
            copied = sum(self._copied(spec, k, wires[w]) for k, w in enumerate(step.dom))
            if not _fills(spec, wires[step.cod[0]]):  # written into zeros, with borders
                copied += 2 * outs + self._over(spec.outs[0], spec, wires[step.cod[0]])
            return copied + 2 * outs * (len(ins) > 2)
        reads = sum(self._read(m, spec, wires[w]) for m, w in zip(spec.ins, step.dom, strict=True))
        if op.kind is Kind.POINTWISE:
            return reads + outs * (0 if SIMPLE.fullmatch(op.value) else MANY.get(op.name, 2))
        if op.kind is Kind.SOURCE:
            return outs
        if op.kind in (Kind.REDUCE, Kind.ALONG):
            return reads + 2 * max(*ins, outs) if ins else outs
        return reads + 4 * (sum(ins) + outs)

    def _read(self, slots: Map, spec: Spec, type_: Type) -> int:
        """What is copied to read an array at these places."""
        return 0 if is_view(slots) and not any(spec.pads) else self._over(slots, spec, type_)

    def _over(self, slots: Map, spec: Spec, type_: Type) -> int:
        """The bytes of an array over all indices that its places mention."""
        indices = {i for slot in slots for i, _ in slot.terms}
        item = self._item(type_) if isinstance(type_, Tensor) else 0
        whole = item
        for i in indices:
            whole *= _number(spec.indices[i].size)
        return max(whole, self.bytes(type_))

    def _copied(self, spec: Spec, port: int, type_: Type) -> int:
        """What a product copies of an operand: nothing if its axes lie as a matrix product takes them."""
        slots = spec.ins[port]
        indices = [slot.index for slot in slots]
        if None in indices or spec.pad(port):
            return self._over(slots, spec, type_) + (self.bytes(type_) * 2 if spec.pad(port) else 0)
        if not spec.summed and len(spec.ins) <= 2:
            return 0
        if len(spec.ins) == 1:
            return 0
        others = {i for k, m in enumerate(spec.ins) if k != port for s in m for i, _ in s.terms}
        kept = {i for slot in spec.outs[0] for i, _ in slot.terms}
        own = [i for i in indices if i not in others]
        summed = [i for i in indices if i in others and i not in kept]
        batch = [i for i in indices if i in others and i in kept]
        straight = len(own) <= 1 and len(summed) <= 1 and len(batch) <= 1
        return 0 if straight and len(spec.ins) == 2 else self.bytes(type_)

    def _body(self, step: Box, wires: Sequence[Type], outs: int) -> int:
        inside = max(map(self.held, step.bodies), default=0)
        if step.op.name == "scan":
            states = step.arg("states")
            assert isinstance(states, int)
            emitted = sum(self.bytes(wires[w]) for w in step.cod[states:])
            return inside + emitted + 2 * sum(self.bytes(wires[w]) for w in step.cod[:states])
        if step.op.name == "trace":
            (body,), n = step.bodies, step.arg("wires")
            assert isinstance(n, int)
            return inside + (2 * WINDOW + 4) * sum(self.bytes(t) for t in body.dom[:n])
        return inside + (outs if step.op.name == "repeat" else 0)

    def held(self, body: Diagram) -> int:
        """The most that a body holds besides what it is given."""
        if id(body) not in self.bodies:
            problem = self.problem(self.inner(body))
            self.bodies[id(body)] = (body, max(profile(problem, problem.base), default=0))
        return self.bodies[id(body)][1]


def _fills(spec: Spec, type_: Type) -> bool:
    """Whether a result has one entry for each position, in its place: else it is written into zeros."""
    assert isinstance(type_, Tensor)
    return not any(spec.pads[len(spec.ins) :]) and all(
        slot.index is not None and spec.indices[slot.index].size == size
        for slot, size in zip(spec.outs[0], type_.shape, strict=True)
    )


def _number(size: Size) -> int:
    if size.constant is None:
        raise DiagramError(
            Diagnostic(
                "E0311",
                f"memory is planned for sizes that are known, and {', '.join(sorted(size.symbols))} is open",
                help="give it with sizes = {...} or --set",
            )
        )
    return size.constant


def open_sizes(types: Iterable[Type]) -> set[str]:
    """The sizes that are still open in some types."""
    axes: list[Axis] = [a for t in types if isinstance(t, Tensor) for a in t.axes]
    return {s for a in axes for s in a.size.symbols}
