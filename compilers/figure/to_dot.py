"""A diagram as DOT text for Graphviz: boxes with ordered ports, open bodies as clusters. Needs no
Graphviz.
"""

from __future__ import annotations

from collections.abc import Iterator

from compilers.figure.face import short_path, type_text
from compilers.figure.text import clean
from diagram.hypergraph import Box, Diagram


def to_dot(d: Diagram, depth: int = 0) -> str:
    """`d` as a `digraph`; bodies are opened to `depth`. Wires with other than one source go through a
    point.
    """
    lines = [
        f"digraph {quote(d.name or 'diagram')} {{",
        '  graph [rankdir=TB, fontname="DejaVu Sans"];',
        '  node [shape=record, fontname="DejaVu Sans", fontsize=11, height=0.3];',
        '  edge [arrowhead=none, fontname="DejaVu Sans", fontsize=8.5];',
        *_body(d, "", depth, "  "),
        "}",
        "",
    ]
    return "\n".join(lines)


def quote(text: str) -> str:
    """A DOT string."""
    return '"' + clean(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _field(text: str) -> str:
    """Text inside a record label."""
    return "".join("\\" + c if c in '{}|<>"\\ ' else c for c in clean(text)).replace("\\ ", " ")


def _body(d: Diagram, prefix: str, depth: int, pad: str) -> Iterator[str]:
    hidden = set(d.param_wires) - set(d.outputs)
    paths = {w: p.path for w, p in zip(d.param_wires, d.params, strict=True)}
    sources: list[list[str]] = [[] for _ in d.wires]
    targets: list[list[str]] = [[] for _ in d.wires]
    for k, w in enumerate(d.inputs):
        if w not in hidden:
            name = d.names[w] or f"in {k}"
            yield f"{pad}{quote(f'{prefix}in.{k}')} [shape=plaintext, label={quote(name)}];"
            sources[w].append(quote(f"{prefix}in.{k}"))
    for n, box in enumerate(d.boxes):
        ident = f"{prefix}b{n}"
        visible = [(p, w) for p, w in enumerate(box.dom) if w not in hidden]
        if depth > 0 and len(box.bodies) == 1:
            yield from _cluster(box, ident, depth, pad)
            ins = [quote(f"{ident}/in.{k}") for k in range(len(box.bodies[0].dom))]
            outs = [quote(f"{ident}/out.{k}") for k in range(len(box.bodies[0].cod))]
        else:
            learned = " ".join(short_path(paths[w]) for w in box.dom if w in hidden)
            name = box.label + (f" {learned}" if learned else "")
            yield f"{pad}{quote(ident)} [label={record(name, [p for p, _ in visible], len(box.cod))}];"
            ins = [f"{quote(ident)}:i{p}:n" for p, _ in visible]
            outs = [f"{quote(ident)}:o{p}:s" for p in range(len(box.cod))]
        for (_, w), port in zip(visible, ins, strict=False):
            targets[w].append(port)
        for w, port in zip(box.cod, outs, strict=False):
            sources[w].append(port)
    for k, w in enumerate(d.outputs):
        yield f"{pad}{quote(f'{prefix}out.{k}')} [shape=plaintext, label={quote(d.output_names[k])}];"
        targets[w].append(quote(f"{prefix}out.{k}"))
    for w, type_ in enumerate(d.wires):
        if w not in hidden:
            label = quote(type_text(type_))
            yield from _edges(quote(f"{prefix}w{w}"), sources[w], targets[w], label, pad)


def _cluster(box: Box, ident: str, depth: int, pad: str) -> Iterator[str]:
    yield f"{pad}subgraph {quote(f'cluster_{ident}')} {{"
    yield f"{pad}  label={quote(box.label)}; style=rounded; labeljust=l;"
    yield from _body(box.bodies[0], ident + "/", depth - 1, pad + "  ")
    yield f"{pad}}}"


def record(name: str, ins: list[int], outs: int) -> str:
    """The label of a box: its input ports, its name, its output ports."""
    rows = []
    if ins:
        rows.append("{" + "|".join(f"<i{p}>" for p in ins) + "}")
    rows.append(_field(name))
    if outs:
        rows.append("{" + "|".join(f"<o{p}>" for p in range(outs)) + "}")
    return '"{' + "|".join(rows) + '}"'


def _edges(point: str, sources: list[str], targets: list[str], label: str, pad: str) -> Iterator[str]:
    if len(sources) == 1 and targets:
        for k, target in enumerate(targets):
            more = f" [label={label}]" if k == 0 and label else ""
            yield f"{pad}{sources[0]} -> {target}{more};"
        return
    yield f"{pad}{point} [shape=point{f', xlabel={label}' if label else ''}];"
    for source in sources:
        yield f"{pad}{source} -> {point};"
    for target in targets:
        yield f"{pad}{point} -> {target};"
