"""The cost from types against what torch counts while it runs, and parameters against enumeration."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import diagram
from diagram.cost import cost, rows
from diagram.sizes import Size, symbol
from tests.neural import test_attention, test_models, test_pictures, test_sequences, test_transformers
from tests.neural.harness import GALLERY, definition, inputs, many, opened

CASES = [
    case
    for module in (test_attention, test_transformers, test_pictures, test_sequences, test_models)
    for case in module.CASES
]
MATRICES = {
    "linear": ("linear", "mlp"),
    "attention": ("attend", "causal", "multi_head", "cross", "grouped_query", "linear_attention"),
    "transformer": ("encoder_block", "pre_norm_block", "decoder_block", "transformer"),
    "gpt2": ("gpt2",),
    "llama": ("llama",),
    "bert": ("bert",),
    "vision": ("vit", "mixer"),
    "convolution": ("conv1d", "conv2d", "grouped", "separable", "transposed", "tcn"),
    "residual": ("identity_block", "basic_block", "bottleneck", "resnet", "squeeze_excite", "convnext"),
    "unet": ("unet",),
    "gated": ("swiglu",),
    "recurrent": ("lstm", "gru"),
    "generative": ("vae",),
}
UNLIKE = ("linear_attention", "grouped", "separable", "convnext")
"""torch multiplies a column by a row as matrices, and counts all channels for each group going backward."""
COUNTED = [c for c in CASES if c.name in MATRICES.get(c.file, ())]


def counted(run):
    """What torch counts: two for each multiply-add of a product with a matrix."""
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        run()
    return counter.get_total_flops()


def sized(case, row):
    fixed = case.fixed[0]
    d = definition(case, fixed)
    sizes = {**{k: v for k, v in fixed.items() if isinstance(v, int)}, "b": 2, **row}
    if d.dom and not any("b" in t.names for t in d.dom):
        d = diagram.lift(d, (diagram.Axis.of("b"),), ((0,),) * len(d.dom))
    return d, d.compile("torch", dtype="f64", sizes=opened(d, fixed)), sizes


@pytest.mark.parametrize("case", COUNTED, ids=str)
def test_multiply_adds_forward_are_what_torch_counts(case):
    d, net, sizes = sized(case, case.runs[0])
    xs = inputs(d, sizes, case, 0)
    assert counted(lambda: net(*xs)) == 2 * d.cost().macs.evaluate(sizes)


@pytest.mark.parametrize("case", [c for c in COUNTED if c.name not in UNLIKE], ids=str)
def test_multiply_adds_backward_are_what_torch_counts(case):
    d, net, sizes = sized(case, case.runs[0])
    xs = [x.requires_grad_(x.is_floating_point()) for x in inputs(d, sizes, case, 0)]

    def run():
        sum(y.sum() for y in many(net(*xs)) if y.requires_grad).backward()

    assert counted(run) == 2 * d.cost(backward=True).macs.evaluate(sizes)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_parameters_are_those_enumerated(case):
    d, net, sizes = sized(case, case.runs[0])
    assert d.cost().params.evaluate(sizes) == sum(p.numel() for p in net.parameters())


def loads(text):
    return diagram.loads(f"axis n, m, k, t\n{text}")["f"]


def test_what_is_held_is_counted_from_writing_to_last_reading():
    d = loads("def f(X: R[n], Y: R[n]) -> R[n] { A = exp(X) B = A * Y return B + 1 }")
    assert d.cost().peaks == (12 * symbol("n"),)
    assert d.cost(dtype="f64").peaks == (24 * symbol("n"),)
    wide = loads("def f(X: R[n], Y: R[m]) -> R[n, m] { Z[n, m] = X[n] * Y[m] return exp(Z) }")
    n, m = symbol("n"), symbol("m")
    assert set(wide.cost().peaks) == {8 * n * m, 4 * n * m + 4 * n + 4 * m}
    assert wide.cost().peak({"n": 10, "m": 10}) == 800
    assert wide.cost().peak({"n": 1, "m": 1}) == 12


def test_a_scan_costs_its_body_once_for_each_position_and_what_stays_the_same_once():
    d = loads(
        "def f(X: R[t, n], W: R[n, n'], H: R[n]) -> R[n] where n' = n {"
        " scan t over X { V[n, n'] = exp(W)[n, n'] Z[n] = V[n, n'] * H[n'] H = Z + X } return H }"
    )
    n, t = symbol("n"), symbol("t")
    assert d.cost().macs == n * n * t
    assert d.cost().flops == 2 * n * n * t + n * t + n * n


def test_numbers_put_in_before_or_after_give_the_same():
    case = next(c for c in CASES if c.name == "grouped_query")
    d = definition(case, {"g": 2, "r": 3, "k": 4})
    net = definition(case, {"g": 2, "r": 3, "k": 4, "m": 6})
    assert d.cost(backward=True).subs({"m": 6}).macs == net.cost(backward=True).macs
    assert {"m", "x"} <= d.cost().symbols


def test_rows_add_up_where_nothing_is_shared():
    d = definition(next(c for c in CASES if c.name == "encoder_block"), {"h": 2, "k": 3, "m": 6, "f": 5})
    each = rows(d)
    assert [r.name for r in each if r.op == "call"] == ["attn", "norm1", "mlp", "norm2"]
    assert sum((r.cost.macs for r in each), Size.of(0)) == d.cost().macs
    assert sum((r.cost.flops for r in each), Size.of(0)) == d.cost().flops


def test_a_box_without_meaning_has_no_cost():
    d = diagram.loads("category K : symmetric\nobject A\nbox f : A -> A\ndef g : A -> A = f")["g"]
    with pytest.raises(diagram.DiagramError) as error:
        d.cost()
    assert error.value.diagnostics[0].code == "E0403"


def test_products_of_many_arrays_go_pair_by_pair():
    head = "def f(A: R[n, m], B: R[m, k], C: R[k, t]) -> R[n, t] {"
    d = loads(head + " D[n, t] = A[n, m] * B[m, k] * C[k, t] return D }")
    steps = loads(head + " E[n, k] = A[n, m] * B[m, k] D[n, t] = E[n, k] * C[k, t] return D }")
    given = {"n": 2, "m": 300, "k": 3, "t": 5}
    assert cost(steps).macs.evaluate(given) == 2 * 300 * 3 + 2 * 3 * 5
    rng = np.random.default_rng(0)
    net = d.compile("torch", dtype="f64")
    xs = [torch.from_numpy(rng.normal(size=s)) for s in ((2, 300), (300, 3), (3, 5))]
    assert counted(lambda: net(*xs)) == 2 * d.cost().macs.evaluate(given)


@pytest.mark.parametrize(
    ("file", "name", "sizes", "published"),
    [
        ("gpt2", "gpt2", {"v": 50257}, 124_439_808),
        ("llama", "llama", {"v": 32000}, 6_738_415_616),
        ("bert", "bert", {"v": 30522, "y": 2}, 109_482_240),
        ("vision", "vit", {"c": 3, "H": 14, "W": 14}, 86_567_656),
        (
            "vision",
            "mixer",
            {"c": 3, "H": 14, "W": 14, "p": 16, "N": 12, "m": 768, "d": 384, "f": 3072},
            59_880_472,
        ),
    ],
)
def test_the_defaults_have_as_many_parameters_as_the_published_models(file, name, sizes, published):
    d = diagram.load(GALLERY / f"{file}.diag", sizes=sizes).diagram(name, sizes)
    assert d.cost().params.evaluate(sizes) == published
