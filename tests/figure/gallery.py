"""The diagrams of the gallery and of the golden files: small, and one for each thing that a figure can
show.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import diagram
from compilers.figure.diff import diff_scene
from compilers.figure.items import scene_of
from compilers.figure.lens import lens_scene
from compilers.figure.scene import Scene
from diagram.derivative import reverse
from diagram.hypergraph import Builder, Diagram, box, cap, copy, cup, discard, identity, spider, swap, trace
from diagram.ops import STANDARD
from diagram.types import Ob

ROOT = Path(__file__).parents[2]
TRANSFORMER = "examples/transformer.diag"
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
def module(place: str) -> Any:  # Any: a module of definitions
    """The definitions of a file of the repository."""
    return diagram.load(str(ROOT / place))


def _definition(place: str, name: str) -> Diagram:
    found = module(place)[name]
    assert isinstance(found, Diagram)
    return found


def attend() -> Diagram:
    """Scaled dot-product attention."""
    return _definition(TRANSFORMER, "attend")


def block() -> Diagram:
    """A pre-norm transformer block."""
    return _definition(TRANSFORMER, "block")


def feed_forward() -> Diagram:
    """A two-layer perceptron."""
    return _definition(TRANSFORMER, "feed_forward")


def convolution() -> Diagram:
    """A convolution: windows of the input, contracted with a kernel."""
    return _definition("tests/samples/07_convolution.diag", "conv1d")


def max_pool() -> Diagram:
    """Pooling with stride: windows, and the maximum in each."""
    return _definition("tests/samples/07_convolution.diag", "max_pool")


def unet() -> Diagram:
    """A U-Net: two levels open, with their skip connections; as a circuit one level."""
    return _definition("tests/samples/09_unet.diag", "unet")


def vit() -> Diagram:
    """A vision transformer: patches, tokens, blocks, a head."""
    return _definition("tests/samples/10_vit.diag", "vit")


def lstm() -> Diagram:
    """One step of a long short-term memory: gates, the memory `C`, what is told to the next step."""
    return _definition("examples/neural/recurrent.diag", "lstm_cell")


def lstm_scan() -> Diagram:
    """A long short-term memory along a sequence: a scan, its body open."""
    return _definition("tests/samples/11_recurrent.diag", "lstm")


def functions() -> Diagram:
    """Nested functions of the lambda calculus, and their evaluation."""
    return _definition("tests/samples/17_higher_order.diag", "t_nested")


def attend_grad() -> Diagram:
    """The reverse derivative of attention."""
    return reverse(attend())


def residual_before() -> Diagram:
    """Normalised first."""
    return _residual("A >> n >> f")


def residual_after() -> Diagram:
    """Normalised last."""
    return _residual("A >> f >> n")


def _residual(order: str) -> Diagram:
    f, n, add = box("f", A, A), box("norm", A, A), box("add", (A, A), A)
    inner = n >> f if order.endswith("f") else f >> n
    return (copy(A) >> identity(A) @ inner >> add >> box("head", A, B)).with_name("residual")


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
    "feed_forward_cost": (feed_forward, {"annotate": ["types", "flops", "memory"]}),
    "convolution_circuit": (convolution, {"style": "circuit"}),
    "max_pool_circuit": (max_pool, {"style": "circuit"}),
    "unet": (unet, {"expand": 2, "fold": ["inward", "outward", "down", "widen"]}),
    "unet_circuit": (unet, {"style": "circuit", "expand": ["body"]}),
    "vit_circuit": (vit, {"style": "circuit", "expand": 0}),
    "lstm": (lstm, {}),
    "lstm_scan": (lstm_scan, {}),
    "lstm_circuit": (lstm, {"style": "circuit"}),
    "functions": (functions, {}),
    "attend_grad": (attend_grad, {}),
}
"""Each figure: what makes its diagram, and how it is drawn."""


def _item(name: str) -> Scene:
    return scene_of(module("tests/figure/gallery.diag").figure(name))


def frobenius_law() -> Scene:
    """The Frobenius law: an equation of three diagrams."""
    return _item("frobenius")


def proof_strip() -> Scene:
    """The steps of a proof: half of the Frobenius law from the other laws."""
    return _item("proof")


def snake_equation() -> Scene:
    """The snake: a wire as it is written, with a cap and a cup, and pulled straight."""
    return _item("snake")


def feed_forward_lens() -> Scene:
    """A perceptron and its reverse derivative: forward above, backward below, the residual between."""
    return lens_scene(feed_forward())


def attend_lens() -> Scene:
    """Attention and its reverse derivative."""
    return lens_scene(attend())


def normalised() -> Scene:
    """Two diagrams, and what differs."""
    return diff_scene(residual_before(), residual_after())


def styled_attention() -> Scene:
    """A `figure` item with a style of its own: a frame, colours, bars over axes, a caption."""
    return scene_of(module("tests/samples/26_style.diag").figure("attention"))


def styled_cost() -> Scene:
    """A `figure` item with `annotate = [types, flops, memory]`."""
    return scene_of(module("tests/samples/26_style.diag").figure("cost"))


def styled_proof() -> Scene:
    """A `figure` item with the steps of a proof."""
    return scene_of(module("tests/samples/26_style.diag").figure("proof"))


SCENES: dict[str, Callable[[], Scene]] = {
    "frobenius": frobenius_law,
    "proof": proof_strip,
    "snake": snake_equation,
    "feed_forward_lens": feed_forward_lens,
    "attend_lens": attend_lens,
    "normalised": normalised,
    "styled_attention": styled_attention,
    "styled_cost": styled_cost,
    "styled_proof": styled_proof,
}
"""Figures of several diagrams, and `figure` items."""
