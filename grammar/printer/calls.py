"""Calls of definitions and declared boxes: argument and result axes as the rules of a call bind them.

The rules are the elaborator's own (`grammar.elab.match`): a call is written only if they bind each axis as
the box
has it. If the axis names of the body do not fit the caller's, the body is printed under the caller's names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from diagram.errors import Source
from diagram.op import Kind
from diagram.reals import Real
from diagram.sizes import symbol
from diagram.types import Axis, Tensor, Type, Wires, map_sizes
from diagram.value import Box, Diagram
from grammar.elab.binding import Binding, Formal, Site
from grammar.elab.calls import result_axis
from grammar.elab.env import Env, Fault
from grammar.elab.match import match_call
from grammar.elab.unit import Unit
from grammar.printer.block import Block, Opened, Want, writer
from grammar.printer.file import Definition, opened
from grammar.printer.named import renamed_read
from grammar.printer.words import cannot, real_text, valid
from grammar.tree import Node

Written = Mapping[str, Axis]


def matched(block: Block, ins: Sequence[Type], actuals: Sequence[Type], written: Written) -> Binding | None:
    """What the elaborator would bind; None if it would refuse."""
    source = Source("", "")
    node = Node("start", (), 0, 0, source)
    site = Site(Env(Unit("", node)), node, "", ())
    marks = {n: symbol("?" + n) for n, s in block.file.axes.sizes.items() if s == symbol(n)}
    for name in written:
        marks.pop(name, None)
    formals = [Formal(str(k), map_sizes(t, marks)) for k, t in enumerate(ins)]
    formals = [Formal(f.name, _bound(f.type, written)) for f in formals]
    sizes = {"?" + name: axis.size for name, axis in written.items()}
    try:
        return match_call(formals, actuals, site, written, sizes)
    except Fault:
        return None


def _bound(type_: Type, written: Written) -> Type:
    if not isinstance(type_, Tensor):
        return type_
    return type_.with_axes(
        tuple(Axis(a.name, written[a.name].size) if a.name in written else a for a in type_.axes)
    )


def agrees(binding: Binding, ports: Sequence[tuple[int, ...]], actuals: Sequence[Type]) -> bool:
    """Whether the arguments are bound as they lie, and broadcast as the box says."""
    for order, has, want, actual in zip(binding.orders, binding.ports, ports, actuals, strict=True):
        if isinstance(actual, Tensor) and (order != tuple(range(len(order))) or has != want):
            return False
    return True


def results(block: Block, binding: Binding, outs: Sequence[Type]) -> tuple[Type, ...] | None:
    """The types that the results of a call get; None if the elaborator would permute one, or call an axis
    what has
    another size here."""
    found: list[Type] = []
    for type_ in outs:
        if not isinstance(type_, Tensor):
            found.append(type_)
            continue
        used = {a.name for a in binding.degree}
        axes = []
        for axis in type_.axes:
            new = result_axis(axis, binding)
            name = new.name
            while name and name in used:
                name += "'"
            used.add(name)
            if name and not block.file.axes.claim(name, axis.size):
                return None
            axes.append(Axis(name, axis.size, new.factors))
        n = len(binding.degree)
        plan = binding.arrange([a.name for a in axes])
        if not n and all(order == tuple(range(len(order))) for order in binding.orders):
            plan = [(False, k) for k in range(len(axes))]
        if [k if deg else n + k for deg, k in plan] != list(range(n + len(axes))):
            return None
        found.append(type_.with_axes((*binding.degree, *axes)))
    return tuple(found)


def by_position(
    ins: Sequence[Type], actuals: Sequence[Type], ports: Sequence[tuple[int, ...]]
) -> dict[str, Axis] | None:
    """Formal names to actual axes, place by place; None if a name would have two."""
    found: dict[str, Axis] = {}
    for formal, actual, has in zip(ins, actuals, ports, strict=True):
        if isinstance(formal, Tensor) and isinstance(actual, Tensor):
            if len(formal.axes) + len(has) != len(actual.axes):
                return None
            for a, b in zip(formal.axes, actual.axes[len(has) :], strict=True):
                if a.name and (found.setdefault(a.name, b) != b or a.size != b.size):
                    return None
    return {n: a for n, a in found.items() if a.name and a.name != n}


def plain_names(block: Block, ins: Sequence[Type]) -> dict[str, Axis]:
    """Every open size of the formal types, given as it is: for those that the arguments do not determine."""
    names = sorted({s for t in ins if isinstance(t, Tensor) for a in t.axes for s in a.size.symbols})
    return {n: Axis(n, symbol(n)) for n in names}


def explicit(box: Box, block: Block) -> tuple[Wires, tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Formal types, wires, and ports of the arguments that the text writes."""
    body, ports = box.bodies[0], box.arg("ports")
    assert isinstance(ports, tuple)
    n = len(body.dom)
    if id(box) in block.parts:
        return body.dom, box.dom[:n], ports
    types = tuple(body.wires[w] for w in body.param_wires)
    return body.dom + types, box.dom, ports + ((),) * len(types)


@writer("call")
def call(block: Block, box: Box) -> None:
    """`N = norm1(X)`."""
    body, degree = box.bodies[0], box.arg("degree")
    if _is_generator(body) and degree:
        applied(block, body.boxes[0]._replace(dom=box.dom, cod=box.cod, mark=box.mark), box.arg("ports"))
        return
    formal, wires, ports = explicit(box, block)
    actuals = [block.types[w] for w in wires]
    wanted = [block.want.get(w) for w in box.cod]
    lead = len(degree) if isinstance(degree, tuple) else 0
    own = tuple(block.file.axes.type(t) for t in formal)
    theirs = tuple(
        t.with_axes(t.axes[len(has) :]) if isinstance(t, Tensor) else t
        for t, has in zip(actuals, ports, strict=True)
    )
    inner: tuple[Want, ...] = tuple(w[lead:] if w is not None else None for w in wanted)
    tries: list[Callable[[], tuple[tuple[Type, ...], tuple[Want, ...]]]] = [
        lambda: (own, ()),
        lambda: (theirs, inner),
        lambda: (theirs, _fresh_results(block, body, theirs)),
    ]
    for attempt in tries:
        if _call(block, box, *attempt(), wires, ports, wanted):
            return
    raise Opened(opened(block.d, box), box)


def _fresh_results(block: Block, body: Diagram, ins: Sequence[Type]) -> tuple[Want, ...]:
    taken = {n for t in ins if isinstance(t, Tensor) for n in t.names}
    found: list[Want] = []
    for type_ in body.cod:
        axes = []
        own = set(taken)
        for axis in type_.axes if isinstance(type_, Tensor) else ():
            name = block.file.axes.name("r", axis.size, own)
            own |= {name, *(n for n in block.file.axes.sizes if n.rstrip("'") == name.rstrip("'"))}
            axes.append(Axis(name, axis.size))
        found.append(tuple(axes) if isinstance(type_, Tensor) else None)
    return tuple(found)


def _call(
    block: Block,
    box: Box,
    ins: tuple[Type, ...],
    want: tuple[Want, ...],
    wires: Sequence[int],
    ports: Sequence[tuple[int, ...]],
    wanted: Sequence[Want],
) -> bool:
    """Write the call of a definition on these formal types, if it binds as it should."""
    body = box.bodies[0]
    part = block.parts.get(id(box))
    actuals = [block.types[w] for w in wires]
    for written in ({}, by_position(ins, actuals, ports), plain_names(block, ins)):
        binding = matched(block, ins, actuals, written) if written is not None else None
        if written is None or binding is None or not agrees(binding, ports, actuals):
            continue
        definition = block.file.definition(body, ins, want, part is not None)
        types = results(block, binding, definition.outs)
        if types is None or any(_misses(t, w) for t, w in zip(types, wanted, strict=True)):
            continue
        if part is not None and block.learned.setdefault(part, definition) != definition:
            continue
        _say(block, box, definition, part, written, wires, types)
        return True
    return False


def _misses(type_: Type, want: Want) -> bool:
    return want is not None and isinstance(type_, Tensor) and type_.axes != want


def _say(
    block: Block,
    box: Box,
    definition: Definition,
    part: str | None,
    written: Written,
    wires: Sequence[int],
    types: Sequence[Type],
) -> None:
    if part is not None and f"learn {part} = {definition.name}" not in block.heads:
        block.heads.append(f"learn {part} = {definition.name}")
    head = policy(box, (part or definition.name) + statics(written))
    text = f"{head}({arguments(block, wires)})"
    names = box.bodies[0].output_names
    assign(block, box, types, text, names)


def policy(box: Box, head: str) -> str:
    """What is called, within the marker of the call: `recompute[f]`, `plan[f, memory = 1000]`."""
    options = dict(box.mark.options) if box.mark is not None else {}
    marker, budget = options.get("memory"), options.get("budget")
    if marker == "plan" and isinstance(budget, Real):
        return f"plan[{head}, memory = {real_text(budget)}]"
    return f"{marker}[{head}]" if marker in ("store", "recompute") else head


def arguments(block: Block, wires: Sequence[int]) -> str:
    """The arguments of a call, as they are evaluated from left to right."""
    return ", ".join(block.expression(w) for w in wires)


def statics(written: Written) -> str:
    """`[q = x]`."""
    return f"[{', '.join(f'{n} = {a.name}' for n, a in written.items())}]" if written else ""


def assign(block: Block, box: Box, types: Sequence[Type], text: str, names: Sequence[str] = ()) -> None:
    """`a, b = ...`; a box without results becomes an effect, which the last line runs."""
    if not box.cod:
        if not block.d.category.has("natural"):
            block.effects.append(text)
        return
    if len(box.cod) == 1 and is_next(block, box):
        block.define(box.cod[0], types[0], text, 9)
        return
    shown = []
    for k, (w, type_) in enumerate(zip(box.cod, types, strict=True)):
        name = names[k] if k < len(names) else ""
        shown.append(block.bind(w, type_, name if valid(name) and not name.startswith("y") else "t"))
    block.say(f"{', '.join(shown)} = {text}")


def is_next(block: Block, box: Box) -> bool:
    """Whether the box behind this one reads its result: a call may stand in another expression if no other
    call comes
    between, so that learned arrays keep their order."""
    boxes = block.d.boxes
    k = next(n for n, other in enumerate(boxes) if other is box or other.cod == box.cod)
    return k + 1 == len(boxes) or not set(boxes[k + 1].dom).isdisjoint(box.cod)


def _is_generator(body: Diagram) -> bool:
    boxes = body.boxes
    return (
        len(boxes) == 1
        and boxes[0].op.kind is Kind.GENERATOR
        and boxes[0].dom == body.inputs
        and boxes[0].cod == body.outputs
    )


@writer("structure")
def structure(block: Block, box: Box) -> None:
    """`b, a = braid[A, B](a, b)`."""
    from grammar.printer.strings import head_of

    types = tuple(block.types[w] for w in box.dom)
    out = types[::-1] if len(box.cod) == 2 else types
    assign(
        block, box, out, f"{head_of(block.file, block.d, box)}({', '.join(block.text[w] for w in box.dom)})"
    )


@writer("generator")
def generator(block: Block, box: Box) -> None:
    """`a, b = f(x, y)`."""
    applied(block, box, None)


def applied(block: Block, box: Box, ports: object) -> None:
    """A declared box on its wires; `ports`: the broadcast axes that each has in front."""
    head, ins = block.file.boxes.mention(box)
    has = ports if isinstance(ports, tuple) else ((),) * len(box.dom)
    if not any(isinstance(t, Tensor) for t in (*box.op.dom, *box.op.cod)):
        assign(block, box, box.op.cod, f"{head}({arguments(block, box.dom)})")
        return
    for attempt in range(2):
        actuals = [block.types[w] for w in box.dom]
        for written in ({}, by_position(ins, actuals, has), plain_names(block, ins)):
            binding = matched(block, ins, actuals, written) if written is not None else None
            if written is None or binding is None or not agrees(binding, has, actuals):
                continue
            types = results(block, binding, box.op.cod)
            if types is not None:
                given = statics(written)
                text = head[:-1] + ", " + given[1:] if given and head.endswith("]") else head + given
                assign(block, box, types, f"{text}({arguments(block, box.dom)})")
                return
        if attempt == 0:
            _fit_arguments(block, box, ins, has)
    raise cannot(f"the call of `{box.op.name}` on these axes")


def _fit_arguments(block: Block, box: Box, ins: Sequence[Type], ports: Sequence[tuple[int, ...]]) -> None:
    for w, formal, has in zip(box.dom, ins, ports, strict=True):
        actual = block.types[w]
        if isinstance(formal, Tensor) and isinstance(actual, Tensor):
            names = [*actual.names[: len(has)], *formal.names]
            if all(names) and tuple(names) != actual.names:
                renamed_read(block, w, names)
