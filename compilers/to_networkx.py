"""Diagrams as bipartite graphs of networkx and back.

Nodes `("wire", k)` and `("box", k)`; an edge goes from a wire to the box that reads it, and from a box to
the wire
it writes, with its `port`. The boundary is in `graph.graph`. Boxes of graphs made elsewhere need a `name`
only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diagram.builder import Builder
from diagram.levels import FREE
from diagram.op import generator
from diagram.types import Ob, Type
from diagram.value import Box, Diagram

if TYPE_CHECKING:
    import networkx as nx


def to_networkx(d: Diagram) -> nx.MultiDiGraph[Any]:
    """The graph of a diagram, with everything that is needed to come back."""
    import networkx as nx

    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(
        dom=d.dom, cod=d.cod, inputs=d.inputs, outputs=d.outputs, params=d.params, category=d.category
    )
    for w, (type_, name) in enumerate(zip(d.wires, d.names, strict=True)):
        graph.add_node(("wire", w), type=type_, name=name)
    for k, box in enumerate(d.boxes):
        node = ("box", k)
        graph.add_node(node, name=box.op.name, box=box)
        for port, w in enumerate(box.dom):
            graph.add_edge(("wire", w), node, port=port)
        for port, w in enumerate(box.cod):
            graph.add_edge(node, ("wire", w), port=port)
    return graph


def from_networkx(graph: nx.MultiDiGraph[Any]) -> Diagram:
    """The diagram of a graph made by `to_networkx`, or of one with the same nodes and edges.

    A wire's `type` may be a name; boxes come in the order of their nodes. Raises `ValueError` for other
    graphs.
    """
    b = Builder(graph.graph.get("category", FREE))
    number: dict[Any, int] = {}
    for node, data in graph.nodes(data=True):
        if node[0] == "wire":
            number[node] = b.wire(_type(data["type"]), data.get("name", ""))
    for node, data in graph.nodes(data=True):
        if node[0] != "wire":
            dom = _ports([(e["port"], number[w]) for w, _, e in graph.in_edges(node, data=True)])
            cod = _ports([(e["port"], number[w]) for _, w, e in graph.out_edges(node, data=True)])
            b.attach(_box(b, data, dom, cod))
    sides = [[number["wire", w] for w in graph.graph[side]] for side in ("inputs", "outputs")]
    params = graph.graph.get("params", ())
    n = len(sides[0]) - len(params)
    b.adopt(list(zip(params, sides[0][n:], strict=True)))
    dom_types, cod_types = graph.graph.get("dom"), graph.graph.get("cod")
    return b.build(sides[1], dom=dom_types, cod=cod_types, inputs=sides[0][:n])


def _type(value: Type | str) -> Type:
    return Ob(value) if isinstance(value, str) else value


def _ports(found: list[tuple[int, int]]) -> tuple[int, ...]:
    found.sort()
    if [port for port, _ in found] != list(range(len(found))):
        raise ValueError(f"ports {[port for port, _ in found]} are not numbered 0, 1, ...")
    return tuple(w for _, w in found)


def _box(b: Builder, data: dict[str, Any], dom: tuple[int, ...], cod: tuple[int, ...]) -> Box:
    known = data.get("box")
    if isinstance(known, Box):
        return known._replace(dom=dom, cod=cod)
    types = [tuple(b.wires[w] for w in side) for side in (dom, cod)]
    return Box(generator(data["name"], types[0], types[1]), dom, cod)
