"""Point-free axis operations: `einsum{q h k, x h k -> q x h}`, `rearrange`, `reduce[mean]`, `repeat`.

The names of a pattern are local and positional, but a name that is an axis of the operand must stand in
that axis's place (E0316).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from diagram.errors import Span
from diagram.hypergraph import Mark
from diagram.ops import STANDARD
from diagram.sizes import Size, exact, product, symbol
from diagram.spec import Slot, Spec
from diagram.types import Axis, Tensor, Wires
from grammar.elab.emit import array_type, checked_dtype, contract
from grammar.elab.env import Env, axis_of, fault, kid, kids, optional, rule, size_of, word
from grammar.elab.factors import check_factors
from grammar.elab.nearest import suggest
from grammar.elab.values import Form, Value, Wired
from grammar.tree import Node, Token

Term = tuple[str, ...]
"""One axis of an operand: its name, or the names of the factors it is made of."""


@dataclass(slots=True)
class _Space:
    """Local indices of one use of a pattern."""

    axes: list[Axis] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    where: dict[str, tuple[Node | Token, int]] = field(default_factory=dict)
    operands: tuple[str, ...] = ()
    """The text of the operands, for messages."""


@dataclass(frozen=True, slots=True)
class PatternForm(Form):
    """An einops pattern as a diagram."""

    verb: str
    reducer: str
    ins: tuple[Node, ...]
    out: Node
    node: Node
    env: Env

    @property
    def name(self) -> str:
        return self.verb

    def arity(self) -> int | None:
        return len(self.ins)

    def dom(self) -> Wires | None:
        """Arrays with the axes as named, if all names are declared."""
        types = []
        for operand in self.ins:
            axes = []
            for part in operand.kids:
                info = (
                    self.env.find_axis(part.text) if isinstance(part, Token) and part.kind == "NAME" else None
                )
                if info is None:
                    return None
                axes.append(axis_of(info, self.env))
            if len({a.name for a in axes}) != len(axes):
                return None
            types.append(Tensor(axes=tuple(axes)))
        return tuple(types)

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        ids = env.frame.own(wires)
        if len(ids) != len(self.ins):
            raise fault(
                "E0302",
                f"`{self.verb}` takes {len(self.ins)} wires, but {len(ids)} are given",
                node,
                labels=((self.node, f"{len(self.ins)} operands in the pattern"),),
            )
        space = _Space(operands=tuple(s.text for s in spans))
        types = [array_type(env, w, node) for w in ids]
        slots = [
            self._operand(part, type_, space, k)
            for k, (part, type_) in enumerate(zip(self.ins, types, strict=True))
        ]
        rest = self._rest(types)
        out, axes = self._output(space, rest, types)
        w = self._emit(env, ids, slots, out, axes, space, types, node)
        return Wired(env.frame, (w,))

    def _rest(self, types: Sequence[Tensor]) -> tuple[Axis, ...]:
        for operand, type_ in zip(self.ins, types, strict=True):
            if any(isinstance(p, Token) and p.kind == "ELLIPSIS" for p in operand.kids):
                return type_.axes
        return ()

    def _operand(self, operand: Node, type_: Tensor, space: _Space, port: int) -> tuple[Slot, ...]:
        parts = [p for p in operand.kids if p is not None]
        dots = [k for k, p in enumerate(parts) if isinstance(p, Token) and p.kind == "ELLIPSIS"]
        n = len(type_.axes)
        if dots:
            k, extra = dots[0], n - len(parts) + 1
            places: list[Node | Token | None] = [*parts[:k], *[None] * extra, *parts[k + 1 :]]
        else:
            places = list(parts)
        if len(places) != n:
            raise fault(
                "E0302",
                f"the pattern lists {len(places)} axes, but the array has {n}",
                operand,
                f"the array is {type_}",
            )
        return tuple(
            self._slot(p, axis, type_, space, port) for p, axis in zip(places, type_.axes, strict=True)
        )

    def _slot(self, part: Node | Token | None, axis: Axis, type_: Tensor, space: _Space, port: int) -> Slot:
        if part is None:
            return Slot.at(_index(axis.name or f"_{len(space.axes)}", axis, space))
        if isinstance(part, Node):
            return self._group(part, axis, type_, space)
        if part.kind == "INT":
            if axis.size.constant != int(part.text):
                raise fault("E0312", f"this axis is {axis.size}, not {part.text}", self._span(part))
            return Slot.at(_index(f"_{len(space.axes)}", axis, space))
        name = part.text
        if name in type_.names and axis.name != name and self._place_of(name, type_) != name:
            raise fault(
                "E0316",
                f"the name `{name}` stands in the place of the axis `{axis}`",
                self._span(part),
                f"the operand is {type_}",
                help=f"its axes are, in order, {', '.join(map(str, type_.axes))}",
            )
        before = space.numbers.get(name)
        if before is not None and space.axes[before].size != axis.size:
            raise self._two_sizes(name, part, axis, space, port)
        space.where.setdefault(name, (part, port))
        return Slot.at(_index(name, axis, space))

    def _place_of(self, name: str, type_: Tensor) -> str:
        """The name that the pattern has in the place of the operand's axis `name`."""
        for operand in self.ins:
            names = [p.text if isinstance(p, Token) else "" for p in operand.kids if p is not None]
            k = type_.names.index(name)
            if len(names) == len(type_.axes) and names[k] == name:
                return name
        return ""

    def _two_sizes(self, name: str, part: Token, axis: Axis, space: _Space, port: int) -> Exception:
        first, home = space.where[name]
        old = space.axes[space.numbers[name]]
        origin = self.env.find_axis(axis.name)
        other = self.env.find_axis(old.name)
        same_name = axis.name == old.name
        return fault(
            "E0312",
            f"the axis `{name}` has two sizes",
            self._span(part),
            f"{axis.size}{_bound(axis, port, space)}",
            labels=(
                (
                    Span(self.node.source, first.start, first.end),
                    f"{old.size}{_bound(old, home, space)}",
                ),
                (other.item if other else None, f"`{old.name}` is {old.size}"),
                (origin.item if origin and not same_name else None, f"`{axis.name}` is {axis.size}"),
            ),
            notes=(f"{self.verb} needs one size for each name",),
            help="make the sizes agree, or give the two axes different names",
        )

    def _span(self, part: Token) -> Span:
        return Span(self.node.source, part.start, part.end)

    def _group(self, part: Node, axis: Axis, type_: Tensor, space: _Space) -> Slot:
        tokens = [t for t in part.kids if isinstance(t, Token)]
        check_factors(axis, [t.text for t in tokens], type_.names, part, self.env)
        sizes = [self._known(t, space, axis) for t in tokens]
        unknown = [k for k, s in enumerate(sizes) if s is None]
        if len(unknown) > 1:
            later = [symbol(t.text) if s is None else s for s, t in zip(sizes[1:], tokens[1:], strict=True)]
            sizes = [exact(axis.size, product(later)), *later]
            if axis.factors and len(axis.factors) == len(tokens):
                sizes = [f.size for f in axis.factors]
        elif unknown:
            known = product(s for s in sizes if s is not None)
            solved = axis.size.divided_by(known)
            if solved is None and axis.size.constant is not None and known.constant is not None:
                raise fault(
                    "E0313", f"`{part.text}` does not divide the axis", part, f"{axis.size} / {known}"
                )
            sizes[unknown[0]] = solved if solved is not None else axis.size // known
        terms: list[tuple[int, Size]] = []
        step = Size.of(1)
        for t, s in reversed(list(zip(tokens, sizes, strict=True))):
            assert s is not None
            i = _index(t.text if t.kind == "NAME" else f"_{len(space.axes)}", Axis(t.text, s), space)
            space.where.setdefault(t.text, (t, 0))
            terms.insert(0, (i, step))
            step = step * s
        return Slot(tuple(terms))

    def _known(self, token: Token, space: _Space, axis: Axis) -> Size | None:
        """The size of a factor: a number, a name seen before, a static number; or a declared axis."""
        from grammar.elab.values import Num

        if token.kind == "INT":
            return Size.of(int(token.text))
        if token.text in space.numbers:
            return space.axes[space.numbers[token.text]].size
        value = self.env.find(token.text)
        if isinstance(value, Num):
            return value.size
        info = self.env.find_axis(token.text)
        own = info is not None and size_of(info, self.env) == axis.size
        return size_of(info, self.env) if info is not None and not own else None

    def _output(
        self, space: _Space, rest: tuple[Axis, ...], types: Sequence[Tensor]
    ) -> tuple[tuple[Slot, ...], tuple[Axis, ...]]:
        slots: list[Slot] = []
        axes: list[Axis] = []
        used: set[str] = set()
        for part in self.out.kids:
            if isinstance(part, Token) and part.kind == "ELLIPSIS":
                for axis in rest:
                    if axis.name in space.numbers and axis.name not in self._listed():
                        slots.append(Slot.at(space.numbers[axis.name]))
                        axes.append(axis)
                continue
            assert part is not None
            slot, axis = self._out_axis(part, space, types)
            name = axis.name
            while name and name in used:
                name += "'"
            used.add(name)
            slots.append(slot)
            axes.append(axis if name == axis.name else Axis(name, axis.size))
        return tuple(slots), tuple(axes)

    def _listed(self) -> set[str]:
        return {p.text for o in self.ins for p in o.kids if isinstance(p, Token) and p.kind == "NAME"}

    def _out_axis(self, part: Node | Token, space: _Space, types: Sequence[Tensor]) -> tuple[Slot, Axis]:
        if isinstance(part, Node):
            numbers = [self._out_index(t, space, types) for t in part.kids if isinstance(t, Token)]
            terms: list[tuple[int, Size]] = []
            step = Size.of(1)
            for i in reversed(numbers):
                terms.insert(0, (i, step))
                step = step * space.axes[i].size
            return Slot(tuple(terms)), Axis.merged(tuple(space.axes[i] for i in numbers))
        if part.kind == "INT":
            i = _index(f"_{len(space.axes)}", Axis("", Size.of(int(part.text))), space)
            return Slot.at(i), space.axes[i]
        i = self._out_index(part, space, types)
        return Slot.at(i), Axis(part.text, space.axes[i].size)

    def _out_index(self, token: Token, space: _Space, types: Sequence[Tensor]) -> int:
        if token.text in space.numbers:
            return space.numbers[token.text]
        info = self.env.find_axis(token.text)
        if self.verb == "repeat" and info is not None:
            return _index(token.text, axis_of(info, self.env), space)
        gone = [n for n in space.where if n not in {t.text for t in self.out.kids if isinstance(t, Token)}]
        near = suggest(token.text, gone) or (gone[0] if len(gone) == 1 else "")
        lost = [n for n in gone if self._count(n) == 1]
        near = near if near in lost or not lost else lost[0]
        first = space.where.get(near)
        raise fault(
            "E0311",
            f"the output axis `{token.text}` is not in any input",
            self._span(token),
            "not an axis of either operand" if len(types) == 2 else "not an axis of the operand",
            labels=(
                (
                    Span(self.node.source, first[0].start, first[0].end) if first else None,
                    "this axis disappears: it would be summed over",
                ),
            ),
            help=f"did you mean `{near}`?" if near else "",
            edits=((self._span(token), near),) if near else (),
        )

    def _count(self, name: str) -> int:
        return sum(1 for o in self.ins for p in o.kids if isinstance(p, Token) and p.text == name)

    def _emit(
        self,
        env: Env,
        ids: Sequence[int],
        slots: Sequence[tuple[Slot, ...]],
        out: tuple[Slot, ...],
        axes: tuple[Axis, ...],
        space: _Space,
        types: Sequence[Tensor],
        node: Node,
    ) -> int:
        kept = {i for s in out for i, _ in s.terms}
        gone = [i for m in slots for s in m for i, _ in s.terms if i not in kept]
        if self.verb in ("rearrange", "repeat") and gone:
            lost = space.axes[gone[0]].name
            raise fault(
                "E0318",
                f"`{self.verb}` loses the axis `{lost}`",
                self.out,
                help=f"a sum is written `reduce[sum]{{...}}`; else name `{lost}` on the right",
            )
        if self.verb == "reduce" and self.reducer not in ("sum", ""):
            return self._reduce(env, ids[0], slots[0], out, axes, space, types[0], node)
        return contract(env, ids, slots, out, space.axes, axes, node, (), self.verb)

    def _reduce(
        self,
        env: Env,
        w: int,
        slots: tuple[Slot, ...],
        out: tuple[Slot, ...],
        axes: tuple[Axis, ...],
        space: _Space,
        type_: Tensor,
        node: Node,
    ) -> int:
        op = STANDARD.get(self.reducer)
        if op is None:
            raise fault(
                "E0201", f"`{self.reducer}` is no reduction", self.node, help="sum, mean, max, min, prod"
            )
        every = tuple(range(len(space.axes)))
        split = contract(
            env, (w,), (slots,), tuple(Slot.at(i) for i in every), space.axes, tuple(space.axes), node
        )
        kept = [i for s in out for i, _ in s.terms]
        core = tuple(i for i in every if i not in kept)
        order = tuple(i for i in every if i in kept)
        plain = tuple(space.axes[i] for i in order)
        dtype = checked_dtype(self.reducer, (), (type_.dtype,), node)
        spec = Spec(
            tuple(space.axes), (tuple(Slot.at(i) for i in every),), (tuple(Slot.at(i) for i in order),), core
        )
        (y,) = env.frame.builder.box(op, (split,), (Tensor(dtype, plain),), spec, mark=Mark("", node.span))
        place = tuple(Slot.at(i) for i in order)
        return contract(env, (y,), (place,), out, space.axes, axes, node)


def _bound(axis: Axis, port: int, space: _Space) -> str:
    """`: it is bound to `j` of `K``."""
    text = space.operands[port] if port < len(space.operands) else ""
    named = f": it is bound to `{axis.name}`" if axis.name else ""
    return f"{named} of `{text}`" if named and text.isidentifier() else named


def _index(name: str, axis: Axis, space: _Space) -> int:
    if name not in space.numbers:
        space.numbers[name] = len(space.axes)
        space.axes.append(Axis(axis.name, axis.size))
    return space.numbers[name]


@rule("axis_op")
def axis_op(node: Node, env: Env) -> Value:
    """A pattern as a diagram."""
    pattern = kid(node, 2)
    reducer = optional(node, 1)
    name = word(kids(kid(reducer, 0))[0]) if reducer is not None else ""
    ins = kids(kid(pattern, 0))
    return PatternForm(word(node), name, ins, kid(pattern, 1), node, env)
