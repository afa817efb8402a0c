"""The coloured graph of a diagram in normal form, as `diagram.canon` numbers it.

A node for each box, and for each wire that does not just join two boxes. Colours are ranks of texts; equal
lists of texts make the ranks of two diagrams comparable.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from diagram.labels import gadget, param_text, wire_text
from diagram.normal import Entry
from diagram.partition import BITS, MASK
from diagram.value import Flat


class Graph:
    """`edges[v]` are ints: in the lowest bits the node at the other end, above it a key.

    A key holds, from its lowest bits, the colour and the port of the box at the other end (0 for a wire), the
    colour of the wire, and the port at this end (0 for a wire). Nodes below `wires` are wires, those of them
    that join two boxes in `joined`, those that nothing touches in `bare`.
    """

    __slots__ = ("bare", "box_texts", "colour", "edges", "joined", "texts", "wire_texts", "wires")

    def __init__(
        self, flat: Flat, entries: list[Entry], boundary: Iterable[int], captured: tuple[int, ...] = ()
    ) -> None:
        self.texts = _wire_texts(flat)
        for w in captured:
            self.texts[w] = f"captured {self.texts[w]}"
        ports, around = _incidences(entries, self.texts)
        self.wires = len(self.texts)
        kept = bytearray(self.wires)
        for w in chain(boundary, captured, flat.inputs[len(flat.inputs) - len(flat.params) :]):
            kept[w] = 1
        self.box_texts, rank = _ranked([p.text for p in ports])
        low = BITS + len(self.box_texts).bit_length()
        codes = {id(p): [key + 1 << low | rank[p.text] << BITS for key in p.keys] for p in ports}
        high = max(chain.from_iterable(codes.values()), default=0).bit_length()
        ends = _ends(self.wires, [codes[id(p)] for p in ports], around)
        self._link(ends, kept, low, high)
        self.colour += [rank[p.text] for p in ports]

    def _link(self, ends: _Ends, kept: bytearray, low: int, high: int) -> None:
        """Colours of wires, and edges from the ends of wires, in which the port of a box begins at bit `low`
        and nothing at bit `high`.
        """
        first, second, more, boxes = ends
        used = [t for t, one, k in zip(self.texts, first, kept, strict=True) if one >= 0 or k]
        self.wire_texts, rank = _ranked(used)
        self.colour = [rank.get(text, -1) for text in self.texts]
        top = high + len(self.wire_texts).bit_length()
        edges: list[list[int]] = [[] for _ in range(self.wires + boxes)]
        self.joined, self.bare = [], []
        for w, (one, two, colour) in enumerate(zip(first, second, self.colour, strict=True)):
            if two >= 0 and not kept[w] and w not in more:
                edges[one & MASK].append((one >> low << top) + (colour << high) + two)
                edges[two & MASK].append((two >> low << top) + (colour << high) + one)
                self.joined.append(w)
            elif one >= 0:
                edges[w] = mine = [one] if two < 0 else [one, two, *more.get(w, ())]
                for end in mine:
                    edges[end & MASK].append((end >> low << top) + (colour << high) + w)
            elif not kept[w]:
                self.bare.append(w)
        self.edges = edges


class _Ports(NamedTuple):
    """The text of a box, and the keys of its ports."""

    text: str
    keys: tuple[int, ...]


class _Ends(NamedTuple):
    """The ends of every wire: the first two, -1 for none, and the others; `boxes` is how many there are."""

    first: list[int]
    second: list[int]
    more: dict[int, list[int]]
    boxes: int


def _incidences(entries: list[Entry], texts: list[str]) -> tuple[list[_Ports], list[tuple[int, ...]]]:
    """For every box its ports and their wires; a contraction of many operands is several boxes, and the
    texts of its own wires are added to `texts`.
    """
    made: dict[int, _Ports] = {}
    ports: list[_Ports] = []
    around: list[tuple[int, ...]] = []
    for known, dom, cod, box in entries:
        if known.text:
            mine = made.get(id(known))
            if mine is None:
                mine = made[id(known)] = _Ports(known.text, known.dom + known.cod)
            ports.append(mine)
            around.append(dom + cod)
        else:
            assert box.spec is not None
            new, boxes = gadget(box.op, box.spec, box.args, dom, cod, len(texts))
            texts += new
            ports += [_Ports(text, tuple([key for key, _ in ends])) for text, ends in boxes]
            around += [tuple([w for _, w in ends]) for _, ends in boxes]
    return ports, around


def _ends(wires: int, codes: list[list[int]], around: list[tuple[int, ...]]) -> _Ends:
    """The ends of wires: the number of a box, with a code for its port."""
    first, second, more = [-1] * wires, [-1] * wires, dict[int, list[int]]()
    for node, (code, places) in enumerate(zip(codes, around, strict=True), wires):
        for end, w in zip(code, places, strict=True):
            if first[w] < 0:
                first[w] = end + node
            elif second[w] < 0:
                second[w] = end + node
            else:
                more.setdefault(w, []).append(end + node)
    return _Ends(first, second, more, len(codes))


def _ranked(texts: list[str]) -> tuple[list[str], dict[str, int]]:
    """The different texts in order, and the place of each."""
    found = sorted(set(texts))
    return found, {text: k for k, text in enumerate(found)}


def _wire_texts(flat: Flat) -> list[str]:
    known: dict[int, str] = {}
    texts = []
    for type_ in flat.wires:
        text = known.get(id(type_))
        if text is None:
            text = known[id(type_)] = wire_text(type_)
        texts.append(text)
    first = len(flat.inputs) - len(flat.params)
    for param, w in zip(flat.params, flat.inputs[first:], strict=True):
        texts[w] = param_text(param, flat.wires[w])
    return texts
