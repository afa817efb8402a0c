"""Loops and functions: `for`, `scan`, `feedback`, `fn`; their bodies are blocks of statements in the same
definition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from diagram.builder import Builder
from diagram.inlining import turns_of
from diagram.ops import STANDARD
from diagram.sharing import copy_inputs
from diagram.types import Axis, Hom, Tensor, Type
from diagram.value import Args, Box, Diagram, make
from grammar.printer.block import Block, Opened, Want, writer
from grammar.printer.calls import agrees, assign, matched
from grammar.printer.learned import learn_lines, parts_of, with_paths
from grammar.printer.named import renamed_read
from grammar.printer.words import type_text


def inside(
    block: Block, body: Diagram, inputs: Sequence[tuple[str, Type]], want: Sequence[Want] = ()
) -> Block:
    """The statements of a body whose explicit inputs have these names and types; its learned arrays are
    declared
    in it."""
    inner = Block(block.file, body, block.words, want)
    parts_of(inner)
    for w, (text, type_) in zip(body.inputs, inputs, strict=False):
        inner.enter(w, text, type_)
    learns = learn_lines(inner)
    inner.run()
    inner.lines[:0] = [*learns, *inner.heads]
    return inner


def indented(lines: Sequence[str]) -> list[str]:
    """One level further in."""
    return ["  " + line for line in lines]


def with_inputs(body: Diagram, open_: int) -> Diagram:
    """The last learned arrays of a body, but for the first `open_`, as ordinary inputs behind the others."""
    n, k = len(body.dom), open_
    shared = body.inputs[n + k :]
    flat = body.flat._replace(
        inputs=body.inputs[:n] + shared + body.inputs[n : n + k], params=body.params[:k]
    )
    dom = body.dom + tuple(body.wires[w] for w in shared)
    return make(flat, dom, body.cod, body.category, body.name, body.doc, body.results, body.span)


def start(block: Block, wires: Sequence[int]) -> list[str]:
    """New names for what is carried round, beginning as these wires."""
    names = []
    for w in wires:
        name = block.words.free(block.d.names[w], "s")
        block.say(f"{name} = {block.text[w]}")
        names.append(name)
    return names


def carry(inner: Block, names: Sequence[str], types: Sequence[Type]) -> list[str]:
    """The statements that carry the first results on: all at once."""
    texts = []
    for k, type_ in enumerate(types):
        text, _ = inner.result(k, type_.axes if isinstance(type_, Tensor) else None)
        texts.append(text)
    lines = []
    for k, text in enumerate(texts):
        if not set(re.findall(r"[^\W\d]\w*'*", text)).isdisjoint(names[:k]):
            temporary = inner.words.free("", "t")
            lines.append(f"{temporary} = {text}")
            texts[k] = temporary
    return lines + [f"{name} = {text}" for name, text in zip(names, texts, strict=True)]


def captured_in_order(lines: list[str], texts: Sequence[str], words: Block) -> list[str]:
    """Lines in front that mention the captured wires in the order of the box, where the statements would
    not."""
    wanted = list(dict.fromkeys(texts))
    seen = dict.fromkeys(w for line in lines for w in re.findall(r"[^\W\d]\w*'*", line) if w in wanted)
    if list(seen) == wanted:
        return []
    return [f"{words.words.free('', 'c')} = {text}" for text in wanted]


@writer("repeat")
def repeat(block: Block, box: Box) -> None:
    """`for l in 0..n { ... }`; turn by turn where the learned arrays of the turns have no common pattern."""
    (body,) = box.bodies
    count, fresh, carried = box.arg("count"), box.arg("fresh"), box.arg("carried")
    assert isinstance(count, int) and isinstance(fresh, int) and isinstance(carried, int)
    paths = block.loops.get(id(box))
    if fresh and paths is None:
        raise Opened(unrolled(block.d, box), box)
    if paths is not None:
        body = with_paths(body, [*paths, *(p.path for p in body.params[fresh:])])
    rest = with_inputs(body, fresh)
    states = box.dom[:carried]
    names = start(block, states)
    types = [block.types[w] for w in states]
    n = len(body.dom)
    others = (*box.dom[carried:n], *box.dom[n + count * fresh :])
    inputs = [*zip(names, types, strict=True), *((block.text[w], block.types[w]) for w in others)]
    inner = inside(block, rest, inputs)
    ends = carry(inner, names, types)
    index = block.words.free("l", "l")
    first = captured_in_order([*inner.lines, *ends], [block.text[w] for w in others], block)
    block.lines += [f"for {index} in 0..{count} {{", *indented([*first, *inner.lines, *ends]), "}"]
    for w, name, type_ in zip(box.cod, names, types, strict=True):
        block.text[w], block.types[w] = name, type_


def unrolled(d: Diagram, loop: Box) -> Diagram:
    """The diagram with one repetition as calls."""
    b = Builder(d.category)
    to = dict(zip(d.inputs, copy_inputs(d, b), strict=True))
    for box in d.boxes:
        dom = [to[w] for w in box.dom]
        types = [d.wires[w] for w in box.cod]
        if box is loop:
            (body,) = box.bodies
            state, fixed, turns = turns_of(box, dom, len(body.dom))
            args: Args = (("degree", ()), ("ports", ((),) * len(body.dom)))
            for params in turns:
                state = list(
                    b.box(STANDARD["call"], (*state, *fixed, *params), types, None, args, box.bodies)
                )
            made: Sequence[int] = state
        else:
            made = b.box(box.op, dom, types, box.spec, box.args, box.bodies, box.mark)
        for w, mine in zip(box.cod, made, strict=True):
            to[w] = mine
            b.names[mine] = b.names[mine] or d.names[w]
    return b.build([to[w] for w in d.outputs], d.name, d.doc, d.results, d.span, d.dom, d.cod)


@writer("scan")
def scan(block: Block, box: Box) -> None:
    """`scan t over X { H = cell(H, X)  emit Y = H }`."""
    (body,) = box.bodies
    axis, n, m = box.arg("axis"), box.arg("states"), box.arg("scanned")
    assert isinstance(axis, Axis) and isinstance(n, int) and isinstance(m, int)
    inner_learns = id(box) in block.loops
    rest = body if inner_learns else with_inputs(body, 0)
    explicit = len(body.dom)
    others = box.dom[n + m : explicit] if inner_learns else box.dom[n + m :]
    name = _scanned(block, box.dom[n : n + m], axis, others)
    states, types = box.dom[:n], [block.types[w] for w in box.dom[:n]]
    names = start(block, states)
    slices = [(block.text[w], _slice(block.types[w])) for w in box.dom[n : n + m]]
    inputs = [*zip(names, types, strict=True), *slices, *((block.text[w], block.types[w]) for w in others)]
    over = [text for text, _ in slices] or [_dummy(block, name)]
    inner = inside(block, rest, inputs)
    emits = list(_emits(inner, box.cod[n:], n, name, block))
    ends = carry(inner, names, types)
    first = captured_in_order([*inner.lines, *ends], [block.text[w] for w in others], block)
    turned = " reversed" if box.arg("reversed") else ""
    block.say(f"scan {name} over {', '.join(over)}{turned} {{")
    block.lines += [*indented([*first, *inner.lines, *(line for line, _, _ in emits), *ends]), "}"]
    for w, text, type_ in zip(box.cod[:n], names, types, strict=True):
        block.text[w], block.types[w] = text, type_
    for w, (_, text, type_) in zip(box.cod[n:], emits, strict=True):
        block.text[w] = text
        block.types[w] = type_.with_axes((Axis(name, axis.size), *type_.axes))


def _dummy(block: Block, axis: str) -> str:
    """Something to scan over where nothing is."""
    name = block.words.free("", "p")
    block.say(f"{name} = index[{axis}]")
    return name


def _slice(type_: Type) -> Type:
    assert isinstance(type_, Tensor)
    return type_.with_axes(type_.axes[1:])


def _scanned(block: Block, wires: Sequence[int], axis: Axis, others: Sequence[int]) -> str:
    """The scanned arrays with one name for the axis in front, each under a wire name of its own."""
    name = next((block.array(w).axes[0].name for w in wires if block.array(w).axes[0].name), "")
    if not name:
        name = block.file.axes.name(block.renamed.get(axis.name, axis.name) or "t", axis.size)
    seen = {block.text[w] for w in others}
    for k, w in enumerate(wires):
        type_ = block.array(w)
        if type_.axes[0].name != name or not all(type_.names):
            new = [name, *(a.name for a in block.named(type_.axes[1:], {name}))]
            renamed_read(block, w, new)
        if block.text[w] in seen or w in wires[:k]:
            text = block.words.free(block.d.names[w], "t")
            block.say(f"{text} = {block.text[w]}")
            block.text[w] = text
        seen.add(block.text[w])
    return name


def _emits(
    inner: Block, wires: Sequence[int], n: int, name: str, block: Block
) -> Iterator[tuple[str, str, Tensor]]:
    for k, w in enumerate(wires, n):
        type_ = inner.array(inner.d.outputs[k])
        want = inner.named(type_.axes, {name}) if name in type_.names else None
        text, given = inner.result(k, want)
        assert isinstance(given, Tensor)
        emitted = block.words.free(block.d.names[w], "t")
        yield f"emit {emitted} = {text}", emitted, given


@writer("trace", "feedback")
def feedback(block: Block, box: Box) -> None:
    """`feedback s : T = init ... next s = e`."""
    (body,) = box.bodies
    n = box.arg("wires")
    assert isinstance(n, int)
    starts = n if box.op.name == "feedback" else 0
    rest = with_inputs(body, 0)
    outer = box.dom[starts:]
    heads: list[tuple[str, Type]] = []
    for k in range(n):
        type_ = block.file.axes.type(body.dom[k])
        name = block.words.free(body.names[body.inputs[k]], "s")
        init = f" = {block.text[box.dom[k]]}" if starts else ""
        block.say(f"feedback {name}: {type_text(type_)}{init}")
        heads.append((name, type_))
    inner = inside(block, rest, [*heads, *((block.text[w], block.types[w]) for w in outer)])
    ends = [inner.result(k, t.axes if isinstance(t, Tensor) else None)[0] for k, (_, t) in enumerate(heads)]
    for v in inner.d.outputs[n:]:
        if v in inner.nested:
            text = inner.expression(v)
            inner.say(f"{inner.bind(v, inner.types[v])} = {text}")
    block.lines += inner.lines
    block.lines += [f"next {name} = {end}" for (name, _), end in zip(heads, ends, strict=True)]
    for w, v in zip(box.cod, inner.d.outputs[n:], strict=True):
        block.text[w], block.types[w] = inner.text[v], inner.types[v]


@writer("function")
def function(block: Block, box: Box) -> None:
    """`g = fn(x: A) { ... }`."""
    (body,) = box.bodies
    (hom,) = (block.d.wires[w] for w in box.cod)
    assert isinstance(hom, Hom)
    captured = len(body.dom) - len(hom.dom)
    inner_learns = id(box) in block.loops
    rest = body if inner_learns else with_inputs(body, 0)
    hidden = () if inner_learns else box.dom[captured:]
    params = []
    for k, type_ in enumerate(hom.dom):
        name = block.words.free(body.names[body.inputs[captured + k]], "x")
        params.append((name, block.file.axes.type(type_)))
    given = [(block.text[w], block.types[w]) for w in box.dom[:captured]]
    inputs = [*given, *params, *((block.text[w], block.types[w]) for w in hidden)]
    result = block.file.axes.type(hom)
    assert isinstance(result, Hom)
    want = [t.axes if isinstance(t, Tensor) else None for t in result.cod]
    inner = inside(block, rest, inputs, want)
    texts = [inner.result(k, w)[0] for k, w in enumerate(want)]
    first = captured_in_order(
        [*inner.lines, *texts], [block.text[w] for w in (*box.dom[:captured], *hidden)], block
    )
    lines = [*first, *inner.lines, f"return {', '.join([*texts, *inner.effects])}"]
    head = ", ".join(f"{n}: {type_text(t)}" for n, t in params)
    name = block.bind(box.cod[0], result, "g")
    block.lines += [f"{name} = fn({head}) {{", *indented(lines), "}"]


@writer("eval")
def evaluation(block: Block, box: Box) -> None:
    """`y = g(x)`."""
    g, *args = box.dom
    hom = block.types[g]
    assert isinstance(hom, Hom)
    for w, formal in zip(args, hom.dom, strict=True):
        if isinstance(formal, Tensor) and all(formal.names):
            actual = block.types[w]
            binding = matched(block, (formal,), (actual,), {})
            if binding is None or not agrees(binding, ((),), (actual,)):
                renamed_read(block, w, formal.names)
    assign(block, box, hom.cod, f"{block.text[g]}({', '.join(block.text[w] for w in args)})")
