"""Weights from elsewhere: files, maps, and the models of the `transformers` package where it is installed."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import diagram
from compilers.safetensors import read, write
from compilers.weights import fitted, parse, refines, reshaped
from diagram.cli import main
from tests.neural.harness import GALLERY, opened

MAPS = GALLERY / "maps"
LANGUAGE = {"N": 2, "h": 4, "k": 4, "m": 16, "f": 24, "v": 31, "n": 20}


def definition(file, name, **sizes):
    return diagram.load(GALLERY / f"{file}.diag", sizes=sizes).diagram(name, sizes)


# ------------------------------------------------------------------------------------------------ files


def test_a_file_of_the_format_is_read_byte_for_byte(tmp_path):
    header = json.dumps(
        {
            "__metadata__": {"format": "pt"},
            "a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
            "half": {"dtype": "BF16", "shape": [2], "data_offsets": [16, 20]},
            "none": {"dtype": "I64", "shape": [0, 3], "data_offsets": [20, 20]},
            "one": {"dtype": "F64", "shape": [], "data_offsets": [20, 28]},
        }
    ).encode()
    numbers = np.arange(4, dtype="<f4").tobytes() + bytes([0xC0, 0x3F, 0x00, 0xC0]) + np.float64(7).tobytes()
    (tmp_path / "m.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + numbers)
    found = read(tmp_path / "m.safetensors")
    assert found["a"].tolist() == [[0, 1], [2, 3]]
    assert found["half"].tolist() == [1.5, -2.0]
    assert found["none"].shape == (0, 3) and found["one"][()] == 7


@given(
    st.lists(
        st.tuples(st.sampled_from("f8 f4 f2 i8 i4 i1 u1 ?".split()), st.lists(st.integers(0, 3), max_size=3))
    )
)
def test_what_is_written_is_read_again(tmp_path_factory, shapes):
    path = tmp_path_factory.mktemp("weights") / "m.safetensors"
    rng = np.random.default_rng(0)
    arrays = {f"x.{k}": (rng.normal(size=s) * 3).astype(t) for k, (t, s) in enumerate(shapes)}
    write(path, arrays)
    found = read(path)
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[n], a) and found[n].dtype == a.dtype for n, a in arrays.items())


def entry(**changes):
    return {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}}


@pytest.mark.parametrize(
    "header",
    [
        entry(data_offsets=[0, 4]),
        entry(data_offsets=[4, 12]),
        entry(data_offsets=[-8, 0]),
        entry(data_offsets=None),
        entry(dtype="F99"),
        entry(shape=[-2]),
        entry(shape="2"),
        entry(shape=[2**62, 2**62]),
        {"a": 3},
        [1],
    ],
)
def test_a_damaged_file_is_refused(tmp_path, header):
    text = json.dumps(header).encode()
    (tmp_path / "m.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + bytes(8))
    with pytest.raises(ValueError, match=r"m\.safetensors"):
        read(tmp_path / "m.safetensors")


@pytest.mark.parametrize("raw", [b"", b"1234567", b"\xff" * 20, (3).to_bytes(8, "little") + b"{{{"])
def test_what_is_no_such_file_is_refused(tmp_path, raw):
    (tmp_path / "m.safetensors").write_bytes(raw)
    with pytest.raises(ValueError, match="no safetensors file"):
        read(tmp_path / "m.safetensors")


def test_an_index_names_files_beside_it_and_none_elsewhere(tmp_path):
    write(tmp_path / "1.safetensors", {"a": np.ones(2)})
    write(tmp_path / "2.safetensors", {"b": np.zeros(3)})
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}))
    assert {n: a.shape for n, a in read(index).items()} == {"a": (2,), "b": (3,)}
    index.write_text(json.dumps({"weight_map": {"a": "../1.safetensors"}}))
    with pytest.raises(ValueError, match="outside"):
        read(index)


# ------------------------------------------------------------------------------------------------ maps


@given(st.lists(st.integers(1, 4), max_size=5), st.data())
def test_merging_neighbours_is_allowed_and_is_numpys_reshape(shape, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(shape)))) | {0, len(shape)})
    merged = tuple(int(np.prod(shape[a:b])) for a, b in pairwise(cuts))
    array = np.arange(int(np.prod(shape))).reshape(shape)
    assert refines(shape, merged)
    if len(merged) != len(shape):
        assert np.array_equal(reshaped(array, merged), array.reshape(merged))


@pytest.mark.parametrize(
    ("mine", "theirs"), [((4, 6), (6, 4)), ((2, 3), (6, 1, 2)), ((2, 3, 4), (3, 8)), ((4,), (5,))]
)
def test_axes_are_never_mixed(mine, theirs):
    assert reshaped(np.zeros(theirs), mine) is None


def test_everything_that_does_not_fit_is_said_at_once():
    d = definition("linear", "mlp", i=3, f=4, o=2)
    signature = d.compile("numpy").signature
    found = {
        "up.weight": np.zeros((3, 4)),
        "up.bias": np.zeros(4, complex),
        "down.weight": np.zeros((2, 4)),
        "extra": np.zeros(1),
    }
    with pytest.raises(diagram.DiagramError) as error:
        fitted(signature, found)
    said = [x.message for x in error.value.diagnostics]
    assert len(said) == 4
    assert said[0] == "the learned array `up.weight: R[f = 4, i = 3]` cannot be [3, 4] of float64"
    assert "down.bias" in said[2] and "missing" in said[2]
    assert "`extra`" in said[3]
    right = fitted(
        signature,
        {
            "A": found["up.weight"],
            "b": np.zeros(4),
            "B": found["down.weight"],
            "c": np.zeros(1),
            "d": np.ones(1),
        },
        parse(
            "up.weight = A transposed\nup.bias = b\ndown.weight = B\ndown.bias = c, d # one after the other"
        ),
    )
    assert right["up.weight"].shape == (4, 3) and right["down.bias"].tolist() == [0, 1]


@pytest.mark.parametrize("line", ["a b = c", "a", "= b", "a.* = b", "a = b.*", "a = b,", "a = b c"])
def test_a_map_that_is_none_is_refused_with_its_line(line):
    with pytest.raises(ValueError, match="line 2"):
        parse(f"# comment\n{line}")


def test_stars_carry_parts_of_names():
    (rule,) = parse("layer.*.attn.*.* = encoder.*.self.*.*")
    assert rule.theirs == ("encoder.*.self.*.*",)
    d = definition("linear", "deep", N=2, i=3, f=3, o=3)
    names = ["first", "last", "hidden.0", "hidden.1"]
    given = {f"net.{n}.w": np.full((3, 3), float(k)) for k, n in enumerate(names)}
    given |= {f"net.{n}.b": np.full(3, float(k)) for k, n in enumerate(names)}
    rules = parse("hidden.*.weight = net.hidden.*.w\nhidden.*.bias = net.hidden.*.b\n"
                  "*.weight = net.*.w\n*.bias = net.*.b")  # fmt: skip
    found = fitted(d.compile("numpy").signature, given, rules)
    assert found["hidden.1.weight"][0, 0] == 3 and found["last.bias"][0] == 1


# ------------------------------------------------------------------------------------------------ models


def random_state(shapes):
    rng = np.random.default_rng(3)
    return {n: (0.3 * rng.normal(size=s)).astype("f4") for n, s in shapes.items()}


def norm(x, state, path):
    return F.layer_norm(x, x.shape[-1:], state[f"{path}.weight"], state[f"{path}.bias"])


def published_gpt2(s, tokens, heads):
    """GPT-2 as its checkpoints say it: maps are [in, out]."""
    x = s["transformer.wte.weight"][tokens] + s["transformer.wpe.weight"][: tokens.shape[1]]
    for n in range(2):
        a = f"transformer.h.{n}"
        qkv = norm(x, s, f"{a}.ln_1") @ s[f"{a}.attn.c_attn.weight"] + s[f"{a}.attn.c_attn.bias"]
        q, k, v = (y.unflatten(-1, (heads, -1)).transpose(1, 2) for y in qkv.chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        x = x + y @ s[f"{a}.attn.c_proj.weight"] + s[f"{a}.attn.c_proj.bias"]
        y = norm(x, s, f"{a}.ln_2") @ s[f"{a}.mlp.c_fc.weight"] + s[f"{a}.mlp.c_fc.bias"]
        y = F.gelu(y, approximate="tanh") @ s[f"{a}.mlp.c_proj.weight"]
        x = x + y + s[f"{a}.mlp.c_proj.bias"]
    return norm(x, s, "transformer.ln_f") @ s["transformer.wte.weight"].T


def gpt2_shapes(m=16, f=24, v=31, n=20):
    shapes = {"transformer.wte.weight": (v, m), "transformer.wpe.weight": (n, m), "lm_head.weight": (v, m)}
    for name in ("h.0.ln_1", "h.0.ln_2", "h.1.ln_1", "h.1.ln_2", "ln_f"):
        shapes |= {f"transformer.{name}.weight": (m,), f"transformer.{name}.bias": (m,)}
    for k in range(2):
        for name, a, b in (
            ("attn.c_attn", m, 3 * m),
            ("attn.c_proj", m, m),
            ("mlp.c_fc", m, f),
            ("mlp.c_proj", f, m),
        ):
            shapes |= {f"transformer.h.{k}.{name}.weight": (a, b), f"transformer.h.{k}.{name}.bias": (b,)}
    return shapes


def test_a_checkpoint_of_gpt2_runs_in_python_and_on_the_command_line(tmp_path, capsys):
    state = random_state(gpt2_shapes())
    write(tmp_path / "model.safetensors", state)
    tokens = np.random.default_rng(0).integers(0, 31, (2, 7))
    with torch.no_grad():
        wanted = published_gpt2(
            {n: torch.from_numpy(a) for n, a in state.items()}, torch.from_numpy(tokens), 4
        )
    d = definition("gpt2", "gpt2", **LANGUAGE)
    for target in ("torch", "numpy"):
        model = d.compile(target, dtype="f32")
        model.load_weights(tmp_path / "model.safetensors", MAPS / "gpt2.map")
        found = np.asarray(model(torch.from_numpy(tokens) if target == "torch" else tokens).detach()
                           if target == "torch" else model(tokens))  # fmt: skip
        assert np.abs(found - wanted.numpy()).max() < 1e-5
    np.savez(tmp_path / "in.npz", tokens=tokens)
    words = ["run", GALLERY / "gpt2.diag", "gpt2", "--set", ",".join(f"{k}={v}" for k, v in LANGUAGE.items())]
    words += ["--inputs", tmp_path / "in.npz", "--params", tmp_path / "model.safetensors"]
    for backend in ("torch", "numpy"):
        out = tmp_path / f"{backend}.npy"
        more = ["--map", MAPS / "gpt2.map", "--backend", backend, "--dtype", "f32", "-o", out]
        assert main([str(w) for w in (*words, *more)]) == 0
        assert np.abs(np.load(out) - wanted.numpy()).max() < 1e-5
    assert main([str(w) for w in words]) == 2
    assert "transformer.h.1.mlp.c_fc.weight" in capsys.readouterr().err


def published(name, tmp_path):
    """A small model of `transformers` with random weights, saved; its inputs, its answer, our sizes."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    sizes = dict(LANGUAGE)
    text = torch.from_numpy(np.random.default_rng(1).integers(0, 31, (2, 7)))
    same = {"vocab_size": 31, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
            "intermediate_size": 24, "max_position_embeddings": 20}  # fmt: skip
    if name == "gpt2":
        ends = {"bos_token_id": 0, "eos_token_id": 0}
        config = transformers.GPT2Config(
            vocab_size=31, n_embd=16, n_head=4, n_layer=2, n_inner=24, n_positions=20, **ends
        )
        model, given = transformers.GPT2LMHeadModel(config), (text,)
    elif name == "llama":
        config = transformers.LlamaConfig(**same, num_key_value_heads=2)
        model, given, sizes = transformers.LlamaForCausalLM(config), (text,), {**sizes, "g": 2, "r": 2}
    elif name == "bert":
        model, sizes = transformers.BertModel(transformers.BertConfig(**same)), {**sizes, "y": 2}
        mask = torch.ones(2, 7, dtype=torch.bool)
        mask[1, 4:] = False
        given = (text, (text % 2), mask)
    else:
        eyes = {"image_size": 8, "patch_size": 4, "num_labels": 5, "hidden_size": 16, "num_hidden_layers": 2}
        config = transformers.ViTConfig(**eyes, num_attention_heads=4, intermediate_size=24)
        model, sizes = (
            transformers.ViTForImageClassification(config),
            {**sizes, "p": 4, "y": 5, "c": 3, "H": 2, "W": 2},
        )
        given = (torch.randn(2, 3, 8, 8),)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.2 * torch.randn(p.shape))
    model.eval().save_pretrained(tmp_path)
    with torch.no_grad():
        if name == "bert":
            answer = model(input_ids=given[0], token_type_ids=given[1], attention_mask=given[2].long())
            return given, (answer.last_hidden_state, answer.pooler_output), sizes
        return given, (model(given[0]).logits,), sizes


@pytest.mark.filterwarnings("ignore")  # what `transformers` warns of is its own affair
@pytest.mark.parametrize(
    ("file", "name"), [("gpt2", "gpt2"), ("llama", "llama"), ("bert", "bert"), ("vision", "vit")]
)
def test_checkpoints_of_transformers_give_the_same_answers(file, name, tmp_path):
    given, wanted, sizes = published(name, tmp_path)
    d = definition(file, name, **sizes)
    model = d.compile("torch", sizes=opened(d, sizes))
    model.load_weights(tmp_path / "model.safetensors", MAPS / f"{name}.map")
    with torch.no_grad():
        found = model(*given)
    found = found if isinstance(found, tuple) else (found,)
    for mine, theirs in zip(found, wanted, strict=True):
        keep = (
            slice(0, 4) if name == "bert" and mine.dim() == 3 else slice(None)
        )  # what is padding is not asked
        assert float((mine[:, keep] - theirs[:, keep]).abs().max()) < 1e-5
