"""One tensor box as Python: reads, the operation, writes. The order of axes in memory is free
(`compilers.labels`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from compilers.contract import contract
from compilers.frame import Frame
from compilers.gather import read_at
from compilers.labels import Array, Space
from compilers.overlap import read_instead
from compilers.program import Program
from compilers.reads import read
from compilers.text import ATOM, Piece, piece, size_piece, template
from compilers.writes import write
from diagram.errors import Diagnostic, DiagramError, Span
from diagram.op import Kind
from diagram.reals import Real
from diagram.sizes import Size, product
from diagram.spec import Slot, Spec
from diagram.types import Axis, DType, Tensor
from diagram.value import Box


@dataclass(frozen=True, slots=True)
class Job:
    """A box with what its lowering needs: types of its wires, the arrays it reads, and which are learned."""

    frame: Frame
    box: Box
    dom: tuple[Tensor, ...]
    cod: tuple[Tensor, ...]
    operands: tuple[Array, ...]
    weights: frozenset[int] = frozenset()

    @property
    def spec(self) -> Spec:
        """The index structure."""
        if self.box.spec is None:
            raise DiagramError(
                Diagnostic("E0403", f"{self.box.label} has no index structure", _span(self.box))
            )
        return self.box.spec

    def space(self) -> Space:
        """A space with the indices of the spec."""
        return Space(self.frame, [axis.size for axis in self.spec.indices])

    def read(self, space: Space, port: int) -> Array:
        """Input `port` over indices."""
        spec = self.spec
        return read(space, self.operands[port], self.dom[port].shape, spec.ins[port], spec.pad(port))

    def number(self, space: Space, port: int) -> Array:
        """Input `port` over indices; whole numbers become real where the result is."""
        array, mine, result = self.read(space, port), self.dom[port].dtype, self.cod[0].dtype
        dialect = self.frame.dialect
        if self.box.op.name == "complex" and self.halved(mine):
            return Array(dialect.cast(array.text, dialect.dtype("f32")), array.labels)
        if not mine.is_integer or not result.is_smooth or self.box.op.name == "cast":
            return array
        to = dialect.dtype(self.frame.dtype(result.name))
        return Array(dialect.cast(array.text, to), array.labels)

    def halved(self, dtype: DType) -> bool:
        """Whether an element type has two bytes: there are no complex numbers of such."""
        return self.frame.dtype(dtype.name) in ("f16", "bf16")

    def write(self, space: Space, value: Array, port: int = 0) -> Array:
        """The array of output `port` from values over indices."""
        spec = self.spec
        pad = spec.pad(len(spec.ins) + port)
        return write(space, value, self.cod[port].shape, spec.outs[port], pad)


def lower(job: Job) -> tuple[Array, ...]:
    """The arrays a box writes. Raises `DiagramError` E0403, E0601, E0603 for one without meaning here."""
    name = job.box.op.name
    if name.startswith("torch."):
        from compilers.kernels import KERNELS

        return KERNELS[name](job)
    if name == "parts":
        from compilers.parts import parts

        return parts(job)
    rule = RULES.get(job.box.op.kind)
    if rule is None:
        from compilers.extern import unruled

        return unruled(job)
    return rule(job)


def _span(box: Box) -> Span | None:
    return box.mark.span if box.mark is not None else None


def value_text(job: Job, operands: Sequence[Array], **places: str) -> Piece:
    """The op's value template, filled."""
    frame, op = job.frame, job.box.op
    text = op.value if frame.dialect.name == "numpy" else op.torch or op.value
    if op.name == "gate" and isinstance(by := job.box.arg("by"), Real) and by.number == 0:
        text = "{0} * ({1} > 0)"
    if not text:
        raise DiagramError(
            Diagnostic("E0403", f"{op.name} has no array rule for {frame.dialect.name}", _span(job.box))
        )
    text = text.replace("xp.nn.functional.", "F.").replace("xp.", frame.dialect.alias + ".")
    form = template(text)
    pieces = {key: piece(value) for key, value in places.items()}
    for k, array in enumerate(operands):
        if array.level != ATOM and form.uses(str(k)) > 1:
            array = Array(frame.let(array.text), array.labels)
        pieces[str(k)] = Piece(array.text, array.level)
    for name, value in job.box.args:
        if name not in pieces:
            pieces[name] = argument(frame, value)
    return form.fill(pieces)


def argument(frame: Frame, value: object) -> Piece:
    """A static argument as Python."""
    if isinstance(value, Real):
        return frame.real(value)
    if isinstance(value, Size):
        return size_piece(value.subs(frame.values), frame.size_name)
    if isinstance(value, Axis):
        return argument(frame, value.size)
    if isinstance(value, DType):
        return piece(frame.dialect.dtype(frame.dtype(value.name)))
    if isinstance(value, tuple):
        return piece("(" + "".join(argument(frame, v).text + ", " for v in value) + ")")
    return piece(repr(value))


def _layout(space: Space, arrays: Sequence[Array], prefer: Sequence[int] = ()) -> tuple[int, ...]:
    """An order of all labels of the arrays: that of the largest array, new ones in front."""
    lead = max(arrays, key=lambda a: len(a.labels), default=Array("", ()))
    extra = {label for array in arrays for label in array.labels} - set(lead.labels)
    rank = {label: k for k, label in enumerate(prefer)}
    return (*sorted(extra, key=lambda x: (rank.get(x, len(rank)), x)), *lead.labels)


def pointwise(job: Job) -> tuple[Array, ...]:
    """Operands aligned for broadcasting."""
    space = job.space()
    operands = [job.number(space, k) for k in range(len(job.operands))]
    order = _layout(space, operands)
    aligned = [space.align(array, order) for array in operands]
    value = value_text(job, aligned)
    if job.cod[0].dtype.is_real and job.halved(job.cod[0].dtype) and any(t.dtype.is_complex for t in job.dom):
        dialect = job.frame.dialect  # the real part of what was made with more bytes
        value = piece(dialect.cast(value.text, dialect.dtype(job.frame.dtype(job.cod[0].dtype.name))))
    return _results(job, space, value, [order] * len(job.cod))


def _results(job: Job, space: Space, value: Piece, labels: Sequence[Sequence[int]]) -> tuple[Array, ...]:
    if len(job.cod) == 1:
        return (job.write(space, Array(value.text, tuple(labels[0]), value.level)),)
    names = [job.frame.names.fresh("t") for _ in job.cod]
    job.frame.line(f"{', '.join(names)} = {value.text}")
    return tuple(
        job.write(space, Array(name, tuple(order)), k)
        for k, (name, order) in enumerate(zip(names, labels, strict=True))
    )


def _common(job: Job, space: Space, core: Sequence[int]) -> tuple[list[Array], tuple[int, ...]]:
    """All operands over all their labels and the core, in one order."""
    operands = [job.number(space, k) for k in range(len(job.operands))]
    order = _layout(space, operands)
    order = (*(c for c in core if c not in order), *order)
    return [space.broadcast(array, order) for array in operands], order


def reduce(job: Job) -> tuple[Array, ...]:
    """The core is folded."""
    space = job.space()
    core = job.spec.core
    operands, order = _common(job, space, core)
    if job.box.op.name == "mean" and job.frame.dialect.name == "numpy" and not job.halved(job.dom[0].dtype):
        total = space.total(operands[0], core)
        count = job.frame.shaped(product(job.spec.indices[c].size for c in core))
        return _results(job, space, piece(f"{total.atom} / {count}"), [total.labels])
    if "one axis" not in job.box.op.facts:
        axes = sorted(order.index(c) for c in core)
        kept = tuple(label for label in order if label not in core)
        return _results(job, space, value_text(job, operands, axis=_tuple(axes)), [kept] * len(job.cod))
    array, value = operands[0], Piece(operands[0].text, operands[0].level)
    for c in reversed(core):
        value = value_text(job, [array], axis=str(array.labels.index(c)))
        array = Array(value.text, tuple(label for label in array.labels if label != c), value.level)
    return _results(job, space, value, [array.labels] * len(job.cod))


def _tuple(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else str(tuple(numbers))


def along(job: Job) -> tuple[Array, ...]:
    """The core stays, or becomes another index (`top`)."""
    space = job.space()
    core = job.spec.core
    operands, order = _common(job, space, core[:1])
    result = tuple(core[-1] if label == core[0] else label for label in order)
    value = value_text(job, operands, axis=str(order.index(core[0])), size=space.text(core[-1]))
    return _results(job, space, value, [result] * len(job.cod))


def contraction(job: Job) -> tuple[Array, ...]:
    """Products and sums; a convolution where the library has one."""
    if job.frame.dialect.name == "torch":
        from compilers.convolve import convolution

        found = convolution(job)
        if found is not None:
            return (found,)
    else:
        job = replace(job, box=read_instead(job.box, job.dom, job.cod[0]))
    space, spec = job.space(), job.spec
    operands = [job.read(space, k) for k in range(len(job.operands))]
    kept = list(dict.fromkeys(i for slot in spec.outs[0] for i, _ in slot.terms))
    if not operands:
        return (job.write(space, Array(_one(job), ())),)
    taps = {i for slot in spec.outs[0] if len(slot.terms) > 1 for i, _ in slot.terms[1:]}
    result = contract(space, operands, kept, job.weights, taps)
    absent = [i for i in spec.summed if all(i not in array.labels for array in operands)]
    return (job.write(space, space.total(result, absent)),)


def _one(job: Job) -> str:
    return job.frame.let(
        job.frame.dialect.full([], "1", job.frame.dtype(job.cod[0].dtype.name), job.frame.like)
    )


def gather(job: Job) -> tuple[Array, ...]:
    """A read at positions that come on wires."""
    space, spec = job.space(), job.spec
    positions = {p: job.read(space, p) for p in range(1, len(job.operands))}
    table = job.operands[0]
    value = None
    if job.frame.dialect.name == "torch":
        value = _embedding(job, positions)
    if value is None:
        value = read_at(space, table, job.dom[0].shape, spec.ins[0], spec.pad(0), positions)
    return (job.write(space, space.total(value, spec.summed)),)


def _embedding(job: Job, positions: dict[int, Array]) -> Array | None:
    """Rows of a matrix: torch's embedding."""
    slots = job.spec.ins[0]
    if len(slots) != 2 or job.operands[0].labels != (0, 1) or not job.dom[0].dtype.is_real:
        return None
    first, second = slots
    if (
        first.gather < 0
        or first.terms
        or first.offset != 0
        or second.index is None
        or job.spec.pad(0) is not None
    ):
        return None
    at = positions[first.gather]
    if second.index in at.labels or job.spec.indices[second.index].size != job.dom[0].shape[1]:
        return None
    return Array(f"F.embedding({at.text}, {job.operands[0].text})", (*at.labels, second.index))


def scatter(job: Job) -> tuple[Array, ...]:
    """A write at positions that come on wires."""
    space, spec = job.space(), job.spec
    positions = {p: job.read(space, p) for p in range(1, len(job.operands))}
    value = job.read(space, 0)
    used = {i for slot in spec.outs[0] for i, _ in slot.terms} | {
        i for a in positions.values() for i in a.labels
    }
    value = space.total(value, [i for i in range(len(spec.indices)) if i not in used])
    pad = spec.pad(len(spec.ins))
    return (write(space, value, job.cod[0].shape, spec.outs[0], pad, positions),)


def source(job: Job) -> tuple[Array, ...]:
    """Constants and positions, in the declared order of axes."""
    frame = job.frame
    sizes = [frame.size(size) for size in job.cod[0].shape]
    shape = "()" if not sizes else f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"
    value = value_text(
        job,
        [],
        shape=shape,
        size=sizes[0] if sizes else "1",
        dtype=frame.dialect.dtype(frame.dtype(job.cod[0].dtype.name)),
        device="None" if frame.like is None else f"{frame.like}.device",
    )
    return (Array(value.text.replace(", device=None", ""), tuple(range(len(sizes))), value.level),)


_SCALAR = ("add", "sub", "div", "pow", "select", "gt", "ge", "lt", "le")
"""Operations of both libraries that take a Python number for one of two arrays."""


def literals(p: Program) -> dict[int, Real]:
    """Constants that are only read where a Python number will do, with their values."""
    found: dict[int, Real] = {}
    for box in p.steps:
        value = box.arg("value")
        if box.op.name == "const" and isinstance(value, Real):
            type_ = p.wires[box.cod[0]]
            if isinstance(type_, Tensor) and type_.dtype.is_real:
                found[box.cod[0]] = value
    for w in p.outputs:
        found.pop(w, None)
    for box in p.steps:
        arrays = box.dom[1:] if box.op.name == "select" else box.dom
        if box.op.name not in _SCALAR or all(w in found for w in arrays):
            for w in box.dom:
                found.pop(w, None)
    return found


def whole(job: Job) -> tuple[Array, ...]:
    """Core axes last, in the order of the port's slots; the others in front, aligned."""
    if job.box.op.name == "concat":
        return (concat(job),)
    space, spec = job.space(), job.spec
    core = set(spec.core)
    operands = [job.read(space, k) for k in range(len(job.operands))]
    degree = tuple(dict.fromkeys(x for array in operands for x in array.labels if x not in core))
    arranged = []
    for array, slots in zip(operands, spec.ins, strict=True):
        own = tuple(s.index for s in slots if s.index is not None and s.index in core)
        missing = set(degree) - set(array.labels)
        order = (*degree, *own)
        arranged.append(space.broadcast(array, order) if missing else space.permute(array, order))
    labels = [
        (*degree, *(s.index for s in slots if s.index is not None and s.index in core)) for slots in spec.outs
    ]
    return _results(job, space, value_text(job, arranged), labels)


def concat(job: Job) -> Array:
    """Operands one after the other along the core axis."""
    space, spec = job.space(), job.spec
    (core,) = spec.core
    order: tuple[int, ...] = ()
    parts = []
    for k, (array, slots, type_) in enumerate(zip(job.operands, spec.ins, job.dom, strict=True)):
        length = next(
            (n for s, n in zip(slots, type_.shape, strict=True) if any(i == core for i, _ in s.terms)), None
        )
        mine = space.fresh(length if length is not None else Size.of(1))
        own = tuple(_renamed(s, core, mine) for s in slots)
        part = read(space, array, type_.shape, own, spec.pad(k))
        order = order or tuple(core if x == mine else x for x in part.labels)
        parts.append((part, mine))
    labels = set(order) | {core} | {x for p, m in parts for x in p.labels if x != m}
    order = (*(x for x in sorted(labels) if x not in order), *order)
    texts = [space.broadcast(p, [m if x == core else x for x in order]).text for p, m in parts]
    text = job.frame.dialect.concat(texts, order.index(core))
    return job.write(space, Array(text, order))


def _renamed(slot: Slot, core: int, mine: int) -> Slot:
    """The slot of a joined axis as the operand's own whole axis."""
    return Slot.at(mine) if any(i == core for i, _ in slot.terms) else slot


RULES: dict[Kind, Callable[[Job], tuple[Array, ...]]] = {
    Kind.POINTWISE: pointwise,
    Kind.REDUCE: reduce,
    Kind.ALONG: along,
    Kind.CONTRACT: contraction,
    Kind.GATHER: gather,
    Kind.SCATTER: scatter,
    Kind.SOURCE: source,
    Kind.WHOLE: whole,
}
