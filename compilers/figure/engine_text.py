"""What Graphviz is asked: a diagram with room for our faces, words and open bodies, as DOT text."""

from __future__ import annotations

from collections.abc import Iterator

from compilers.figure.dress import dress, names_of
from compilers.figure.face import SMALL, TEXT, Face, face, plain_face, type_line
from compilers.figure.plan import Options, inside
from compilers.figure.scene import PT
from compilers.figure.scope import Scope
from compilers.figure.text import Line, advance, line
from compilers.figure.to_dot import quote, record
from diagram.hypergraph import Box

_LIMIT = 140 * PT


class Question:
    """The text for `dot`, and what its answer is about, by the names of nodes.

    An open body is a cluster; the ports of its box are points in it, `b3.i0`, where the wire outside ends and
    the one inside begins.
    """

    def __init__(self, scope: Scope, options: Options) -> None:
        self.scope, self.options = scope, options
        self.boxes: dict[str, tuple[Scope, int, Face]] = {}
        self.open: dict[str, tuple[Scope, int, Line]] = {}
        self.names: dict[str, Line] = {}
        self.types: dict[tuple[str, str], Line] = {}
        self.inner: dict[str, str] = {}
        """What a port of an open box is called from inside."""

    def text(self) -> str:
        """The whole `digraph`."""
        lines = [
            f"digraph {quote(self.scope.d.name or 'diagram')} {{",
            "  node [shape=record, fontsize=1, height=0.3];",
            "  edge [arrowhead=none];",
            *self.body(self.scope, self.options, "", {}, {}),
            "}",
            "",
        ]
        return "\n".join(lines)

    def body(
        self, scope: Scope, options: Options, prefix: str, given: dict[int, str], taken: dict[int, str]
    ) -> Iterator[str]:
        """The boxes and wires of one diagram; in a body the points of the box around stand for its ends."""
        d, hidden = scope.d, scope.hidden
        sources: list[list[str]] = [[] for _ in d.wires]
        targets: list[list[str]] = [[] for _ in d.wires]
        for k, w in enumerate(d.inputs):
            if w in hidden:
                continue
            sources[w].append(quote(given.get(k, f"in.{k}")) + ("" if k in given else ":s"))
            if k not in given:
                words = line(d.names[w], TEXT, limit=_LIMIT)
                yield f"  {quote(f'in.{k}')} [shape=plaintext, label={_room(words)}];"
                if words.runs:
                    self.names[f"in.{k}"] = words
        for n, box in enumerate(d.boxes):
            visible = [p for p, w in enumerate(box.dom) if w not in hidden]
            name = f"{prefix}b{n}"
            yield from self.box(scope, options, name, n, box, visible)
            is_open = name in self.open
            for p in visible:
                targets[box.dom[p]].append(quote(f"{name}.i{p}") if is_open else f"{quote(name)}:i{p}:n")
            for p, w in enumerate(box.cod):
                sources[w].append(quote(f"{name}.o{p}") if is_open else f"{quote(name)}:o{p}:s")
        for k, w in enumerate(d.outputs):
            targets[w].append(quote(taken.get(k, f"out.{k}")) + ("" if k in taken else ":n"))
            if k not in taken:
                yield f'  {quote(f"out.{k}")} [shape=plaintext, label=""];'
        for w in range(len(d.wires)):
            if w not in hidden:
                yield from self.edges(scope, w, f"{prefix}w{w}", sources[w], targets[w])

    def box(
        self, scope: Scope, options: Options, name: str, n: int, box: Box, visible: list[int]
    ) -> Iterator[str]:
        """A node, or a cluster with the ports of the box as points."""
        learned = scope.learned.get(n, {})
        graph = options.style == "graph"
        looks = plain_face(scope.d, box, learned) if graph else face(box, learned)
        looks = dress(looks, options.sheet.find("box", *names_of(box, learned)))
        words = looks.line if looks.line.runs else looks.beside or line(box.label, TEXT, limit=_LIMIT)
        within = inside(options, box)
        inner = scope.enter(n) if within is not None else None
        if within is None or inner is None:
            looks = Face(looks.shape, words, None, looks.learned, looks.fill, looks.under, looks.stroke)
            self.boxes[name] = scope, n, looks
            ports = record(box.label, visible, len(box.cod))
            yield f"  {quote(name)} [label={ports}{_size(looks, visible, box)}];"
            return
        self.open[name] = scope, n, words
        yield f"  subgraph {quote(f'cluster_{name}')} {{"
        yield f"  label={_room(words, 6)}; labeljust=l; margin=10;"
        numbers = {port: k for k, port in inner.ins.items()}
        for p in visible:
            yield f"  {quote(f'{name}.i{p}')} [shape=point, width=0.02];"
            if p in numbers:
                self.inner[f"{name}.i{p}"] = f"{name}/in.{numbers[p]}"
        for p in range(len(box.cod)):
            yield f"  {quote(f'{name}.o{p}')} [shape=point, width=0.02];"
            self.inner[f"{name}.o{p}"] = f"{name}/out.{p}"
        given = {k: f"{name}.i{p}" for p, k in numbers.items()}
        taken = {p: f"{name}.o{p}" for p in range(len(box.cod))}
        yield from self.body(inner, within, f"{name}/", given, taken)
        yield "  }"

    def edges(
        self, scope: Scope, w: int, point: str, sources: list[str], targets: list[str]
    ) -> Iterator[str]:
        """One wire: lines from its source, or a point with lines to all its ends."""
        if len(sources) == 1 and targets:
            words = self.words(scope, w, sources[0])
            for k, target in enumerate(targets):
                more = f" [label={_room(words, 3)}]" if words is not None and k == 0 else ""
                yield f"  {sources[0]} -> {target}{more};"
            return
        yield f"  {quote(point)} [shape=point, width=0.07];"
        yield from (f"  {source} -> {quote(point)};" for source in sources)
        yield from (f"  {quote(point)} -> {target};" for target in targets)

    def words(self, scope: Scope, w: int, source: str) -> Line | None:
        """The type of a wire where it begins; nothing for those that only go on inside a body."""
        name, _, port = source.removeprefix('"').partition('"')
        options = self.options
        if options.labels == "none" or options.style == "graph" or (name in self.inner and ".i" in name):
            return None
        words = type_line(scope.d.wires[w], SMALL, _LIMIT, options.sheet.axis)
        self.types[name, port.removeprefix(":")] = words
        return words


def _room(words: Line, more: int = 0) -> str:
    """A label of this size without words; we write them ourselves."""
    w, h = words.width // PT + 2 * more + 1, (words.ascent + words.descent) // PT + more + 1
    return (
        f'<<TABLE BORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE" WIDTH="{w}" HEIGHT="{h}">'
        "<TR><TD></TD></TR></TABLE>>"
    )


def _size(looks: Face, visible: list[int], box: Box) -> str:
    """At least as large as our words, and as the ports are apart."""
    under = looks.under.width if looks.under is not None else 0
    wide = max(looks.line.width, under, advance(box.label, TEXT)) / PT + 12
    high = 28 + (10 if looks.under is not None else 0)
    ports = 24 * max(len(visible), len(box.cod))
    return f", width={max(wide, ports, 24) / 72:.3f}, height={high / 72:.3f}"
