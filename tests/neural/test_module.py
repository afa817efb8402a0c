"""A compiled diagram is an nn.Module like any other: what torch does to modules works on it."""

from __future__ import annotations

import copy
import io
import pickle

import pytest
import torch
from torch.func import functional_call, grad, vmap

import diagram
from tests.neural.harness import GALLERY

SMALL = {"N": 2, "h": 2, "k": 4, "m": 8, "f": 16, "v": 11, "n": 16}


def net(file, name, dtype="f32", **sizes):
    """A module of the gallery."""
    d = diagram.load(GALLERY / f"{file}.diag", sizes=sizes).diagram(name, sizes)
    return d.compile("torch", dtype=dtype)


def gpt2(**options):
    return net("gpt2", "gpt2", **SMALL, **options)


def llama(**options):
    return net("llama", "llama", **SMALL, g=2, r=1, **options)


def convnet(**options):
    return net("residual", "resnet", c=3, w=4, z=5, **options)


def lstm(**options):
    return net("recurrent", "lstm", i=3, n=4, **options)


def mamba(**options):
    return net("spaces", "mamba", m=3, c=4, n=3, r=2, **options)


def s4d(**options):
    return net("spaces", "s4d", c=3, n=4, **options)


def mixture(**options):
    return net("experts", "top_experts", m=3, e=4, f=5, **options)


def words(b, t):
    return (torch.randint(0, 11, (b, t), generator=torch.Generator().manual_seed(b * t)),)


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)))


MODELS = {
    "gpt2": (gpt2, words),
    "llama": (llama, words),
    "convnet": (convnet, lambda b, t: (noise(b, 3, t + 3, 7),)),
    "lstm": (lstm, lambda b, t: (noise(b, t, 3), noise(b, 4), noise(b, 4))),
    "mamba": (mamba, lambda b, t: (noise(b, t, 3),)),
    "s4d": (s4d, lambda b, t: (noise(b, t, 3),)),
    "mixture": (mixture, lambda b, t: (noise(b, 3),)),
}
MODEL = pytest.mark.parametrize("name", MODELS)


def many(result):
    return tuple(result) if isinstance(result, tuple) else (result,)


def close(mine, theirs, tolerance=1e-6):
    for a, b in zip(many(mine), many(theirs), strict=True):
        assert torch.allclose(a, b, rtol=0, atol=tolerance * max(1.0, float(b.detach().abs().max())))


def test_names_are_the_paths_of_the_text_and_layouts_are_those_of_torch():
    state = gpt2().state_dict()
    assert state["blocks.1.attn.qkv.weight"].shape == (3, 2, 4, 8)
    assert state["blocks.0.mlp.down.bias"].shape == (8,)
    assert state["wte"].shape == (11, 8)
    shapes = {n: tuple(t.shape) for n, t in convnet().state_dict().items()}
    assert shapes["stage1.conv1.weight"] == tuple(torch.nn.Conv2d(4, 4, 3).weight.shape)
    assert shapes["head.weight"] == tuple(torch.nn.Linear(8, 5).weight.shape)


@MODEL
def test_one_module_serves_many_sizes(name):
    make, draw = MODELS[name]
    model = make()
    for b, t in ((2, 5), (1, 2), (3, 9)):
        whole = many(model(*draw(b, t)))
        each = [many(model(*(x[k : k + 1] for x in draw(b, t)))) for k in range(b)]
        close(whole, tuple(torch.cat(parts) for parts in zip(*each, strict=True)), 1e-5)


@pytest.mark.parametrize("name", ["gpt2", "convnet", "s4d", "mixture"])
def test_torch_compile_takes_it_whole_and_for_all_sizes(name):
    make, draw = MODELS[name]
    model = make()
    torch._dynamo.reset()
    fast = torch.compile(model, fullgraph=True, backend="aot_eager", dynamic=True)
    for b, t in ((2, 5), (3, 7), (4, 6)):
        close(fast(*draw(b, t)), model(*draw(b, t)), 1e-5)


@pytest.mark.parametrize("name", ["llama", "convnet", "s4d"])
def test_torch_export_keeps_the_batch_dynamic(name):
    make, draw = MODELS[name]
    model = make()
    given = draw(2, 5)
    batch = torch.export.Dim("batch", min=2, max=64)
    program = torch.export.export(model, given, dynamic_shapes=tuple({0: batch} for _ in given))
    for b in (3, 5):
        close(program.module()(*draw(b, 5)), model(*draw(b, 5)), 1e-5)


@MODEL
@pytest.mark.filterwarnings("ignore:There is a performance drop")  # attention under vmap
def test_functional_calls_gradients_and_maps_over_examples(name):
    make, draw = MODELS[name]
    model = make()
    learned = {k: p.detach() for k, p in model.named_parameters()}
    xs = draw(3, 4)

    def loss(weights, *given):
        return sum((y**2).sum() for y in many(functional_call(model, weights, given)))

    whole = grad(loss)(learned, *xs)
    one = vmap(lambda *given: grad(loss)(learned, *(x[None] for x in given)))(*xs)
    for path, slope in whole.items():
        close(one[path].sum(0), slope, 1e-4)


@MODEL
def test_copies_pickles_and_checkpoints_compute_the_same(name):
    make, draw = MODELS[name]
    model, xs = make(), draw(2, 4)
    wanted = model(*xs)
    stream = io.BytesIO()
    torch.save(model.state_dict(), stream)
    stream.seek(0)
    fresh = make()
    with torch.no_grad():
        for p in fresh.parameters():
            p.zero_()
    fresh.load_state_dict(torch.load(stream))
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), fresh):
        close(other(*xs), wanted, 0.0)
        assert all(p is not q for p, q in zip(model.parameters(), other.parameters(), strict=True))


@MODEL
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_precision_can_be_changed_afterwards(name, dtype):
    make, draw = MODELS[name]
    model, xs = make(), draw(2, 4)
    wanted = model(*xs)
    found = model.to(dtype)(*(x.to(dtype) if x.is_floating_point() else x for x in xs))
    assert all(y.dtype == dtype for y in many(found))
    close(tuple(y.float() for y in many(found)), wanted, 1e-5 if dtype == torch.float64 else 0.1)


@MODEL
def test_autocast_runs_in_low_precision_and_trains(name):
    make, draw = MODELS[name]
    model, xs = make(), draw(2, 4)
    wanted = model(*xs)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = model(*xs)
        sum(y.float().pow(2).sum() for y in many(found)).backward()
    close(tuple(y.float() for y in many(found)), wanted, 0.1)
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


@MODEL
def test_it_has_modes_parts_and_a_place(name):
    make, draw = MODELS[name]
    model = make()
    assert model.training and not model.eval().training
    assert sum(p.numel() for p in model.parameters()) == model.diagram.cost().params.constant
    meta = copy.deepcopy(model).to("meta")
    ys = many(meta(*(x.to("meta") for x in draw(2, 4))))
    assert [y.shape for y in ys] == [y.shape for y in many(model(*draw(2, 4)))]


def test_hooks_and_parts_are_reached_by_their_paths():
    model = gpt2()
    assert model.get_parameter("blocks.0.attn.qkv.weight") is model.blocks[0].attn.qkv.weight
    assert {n.split(".")[0] for n, _ in model.named_parameters()} == {"wte", "wpe", "blocks", "norm"}


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    d = diagram.load(GALLERY / "linear.diag", sizes={"i": 3, "f": 4, "o": 2}).diagram(
        "mlp", {"i": 3, "f": 4, "o": 2}
    )
    a, b, c = (d.compile("torch", seed=s).up.weight for s in (0, 0, 1))
    assert torch.equal(a, b) and not torch.equal(a, c)
    assert float(a.detach().abs().max()) <= 3**-0.5


def test_wrong_inputs_are_refused_with_their_axes():
    model = gpt2()
    for wrong, code in ((noise(2, 5), "E0306"), (torch.zeros(2, 3, 4, 5), "E0306")):
        with pytest.raises(diagram.DiagramError) as error:
            model(wrong)
        assert error.value.diagnostics[0].code == code
    with pytest.raises(diagram.DiagramError) as error:
        lstm()(noise(2, 5, 3), noise(2, 4), noise(3, 4))
    assert error.value.diagnostics[0].code in ("E0306", "E0312")


def test_inputs_that_are_no_numbers_are_refused_on_request():
    model, xs = lstm(), [noise(2, 5, 3), noise(2, 4), noise(2, 4)]
    xs[1][0, 2] = float("nan")
    assert torch.isnan(model(*xs)[0]).any()
    model.finite = True
    with pytest.raises(diagram.DiagramError, match="`H` holds 1 entries that are no finite numbers"):
        model(*xs)


def test_an_input_on_another_device_is_refused():
    model = lstm()
    model(noise(2, 5, 3), noise(2, 4), noise(2, 4))
    with pytest.raises(diagram.DiagramError) as error:
        model(noise(2, 5, 3).to("meta"), noise(2, 4), noise(2, 4))
    assert error.value.diagnostics[0].code == "E0407"


def test_positions_that_torch_would_take_for_a_mask_are_refused():
    with pytest.raises(diagram.DiagramError, match="takes for a mask"):
        gpt2()(words(2, 5)[0].to(torch.uint8))
    assert gpt2()(words(2, 5)[0].to(torch.int32)).shape == (2, 5, 11)
