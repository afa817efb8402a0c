"""The diagrams of the gallery and of the golden files: small, and one for each thing that a figure can
show.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import diagram
from diagram.hypergraph import Builder, Diagram, box, cap, copy, cup, discard, identity, spider, swap, trace
from diagram.ops import STANDARD
from diagram.types import Ob

ROOT = Path(__file__).parents[2]
A, B, C, EGG, WHITE, YOLK = (Ob(n) for n in ("A", "B", "C", "Egg", "White", "Yolk"))


def kitchen() -> Diagram:
    """Two eggs: the term's one swap is the figure's one crossing."""
    crack = box("crack", EGG, (WHITE, YOLK))
    middle = identity(WHITE) @ swap(YOLK, WHITE) @ identity(YOLK)
    whisk = box("whisk", (WHITE, WHITE), WHITE) @ box("whisk", (YOLK, YOLK), YOLK)
    return (crack @ crack >> middle >> whisk).with_name("two eggs")


def copies() -> Diagram:
    """Copy and discard."""
    left = box("h", A, B) @ (copy(A) >> box("k", A, B) @ discard(A))
    return (copy(A) >> left).with_name("copies")


def frobenius() -> Diagram:
    """Spiders."""
    return (spider(A, 3, 2) >> box("f", A, B) @ identity(A)).with_name("spiders")


def snake() -> Diagram:
    """A transpose, with a cup and a cap."""
    bent = identity(A) @ cap(B, B) >> identity(A) @ box("f", B, A) @ identity(B) >> cup(A, A) @ identity(B)
    return bent.with_name("transpose")


def nested_cups() -> Diagram:
    """Concentric cups."""
    inner = identity(A) @ cup(B, B) @ identity(A)
    return (inner >> cup(A, A)).with_name("cups")


def loop() -> Diagram:
    """A traced box."""
    step = box("f", (A, B), (C, C)) >> box("g", (C, C), (A, B))
    return trace(step, 1).with_name("loop")


def trefoil() -> Diagram:
    """The closure of three braidings."""
    b = Builder()
    x, y = b.wire(A), b.wire(A)
    row = (x, y)
    for _ in range(3):
        row = b.box(STANDARD["braid"], row, (A, A))
    b.join(x, row[0])
    b.join(y, row[1])
    return b.build(()).with_name("trefoil")


def states() -> Diagram:
    """States and effects between wires."""
    begin = identity(A) @ box("s", (), B) @ identity(A)
    return (begin >> box("f", (A, B), C) @ box("e", A, ())).with_name("states")


def sentence() -> Diagram:
    """A pregroup sentence: words are states, cups contract their types."""
    n, s = Ob("n"), Ob("s")
    right, left = Ob("n", 1), Ob("n", -1)
    nouns = box("big", (), (n, left)) @ box("dogs", (), n)
    words = nouns @ box("chase", (), (right, s, left)) @ box("cats", (), n)
    inner = identity(n) @ cup(left, n) @ identity((right, s)) @ cup(left, n)
    return (words >> inner >> cup(n, right) @ identity(s)).with_name("sentence")


def hostile() -> Diagram:
    """Labels that are markup, commands, very long, right-to-left, empty, and a formula."""
    d = identity(())
    for name in ("<b>&\"'", "\\input{x}", "w" * 300, "שלום", "🙂", " ", "$W_Q^{+}\\otimes\\overline{x}$"):
        d = d @ box(name, A, B)
    return d.with_name("<script>")


@cache
def _transformer() -> Any:  # Any: a module of definitions
    return diagram.load(str(ROOT / "examples" / "transformer.diag"))


def attend() -> Diagram:
    """Scaled dot-product attention."""
    return _definition("attend")


def block() -> Diagram:
    """A pre-norm transformer block."""
    return _definition("block")


def feed_forward() -> Diagram:
    """A two-layer perceptron."""
    return _definition("feed_forward")


def _definition(name: str) -> Diagram:
    found = _transformer()[name]
    assert isinstance(found, Diagram)
    return found


FIGURES: dict[str, tuple[Callable[[], Diagram], dict[str, Any]]] = {
    "two_eggs": (kitchen, {}),
    "two_eggs_right": (kitchen, {"direction": "right"}),
    "two_eggs_up": (kitchen, {"direction": "up"}),
    "copies": (copies, {}),
    "spiders": (frobenius, {}),
    "transpose": (snake, {}),
    "cups": (nested_cups, {}),
    "loop": (loop, {}),
    "trefoil": (trefoil, {}),
    "states": (states, {}),
    "sentence": (sentence, {}),
    "hostile": (hostile, {}),
    "attend": (attend, {}),
    "attend_circuit": (attend, {"style": "circuit"}),
    "block": (block, {"expand": 0}),
    "block_graph": (block, {"style": "graph"}),
    "block_open": (block, {}),
    "block_circuit": (block, {"style": "circuit", "expand": 0}),
    "attention_circuit": (block, {"style": "circuit", "expand": ["attn"]}),
    "feed_forward_right": (feed_forward, {"direction": "right"}),
}
"""Each figure: what makes its diagram, and how it is drawn."""
