"""The kernels that `fuse` finds, as text for torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from compilers.convolve import convolution
from compilers.labels import Array
from compilers.lower import Job, contraction
from compilers.text import SUM
from diagram.reals import Real
from diagram.sizes import product


def affine(job: Job) -> tuple[Array, ...]:
    """A linear map or a convolution with its bias; a product and a sum where it is neither."""
    if job.spec.plain:
        return linear(job)
    space = job.space()
    bias = job.read(space, 2)
    spec = replace(job.spec, ins=job.spec.ins[:2])
    inner = replace(
        job,
        box=job.box._replace(spec=spec),
        dom=job.dom[:2],
        operands=job.operands[:2],
        weights=frozenset({1}),
    )
    found = convolution(inner, bias)
    if found is not None:
        return (found,)
    (value,) = contraction(inner)
    out = [slot.index for slot in spec.outs[0]]
    value = value.relabel(i for k in value.labels if (i := out[k]) is not None)
    aligned = space.align(bias, value.labels)
    text = f"{value.text} + {aligned.text}"
    return (job.write(space, Array(text, value.labels, SUM)),)


def linear(job: Job) -> tuple[Array, ...]:
    """`F.linear(x, weight, bias)`, axes merged where there are several."""
    space, _spec = job.space(), job.spec
    x, w, bias = (job.read(space, k) for k in range(3))
    right = list(bias.labels)
    summed = [i for i in w.labels if i not in right]
    left = [i for i in x.labels if i not in summed]
    s = space.fresh(product(space.sizes[i] for i in summed))
    r = space.fresh(product(space.sizes[i] for i in right))
    x = space.merge(x, [*([i] for i in left), summed], [*left, s])
    w = space.merge(w, [right, summed], [r, s])
    bias = space.merge(bias, [right], [r])
    text = f"F.linear({x.text}, {w.text}, {bias.text})"
    return (job.write(space, space.split(Array(text, (*left, r)), [*([i] for i in left), right])),)


def _norm(job: Job, name: str) -> tuple[Array, ...]:
    space, core = job.space(), job.spec.core
    x, *affine = (job.read(space, k) for k in range(len(job.operands)))
    x = space.permute(x, [*(i for i in x.labels if i not in core), *core])
    shape = "".join(space.text(i) + ", " for i in core).rstrip(" ")
    if len(core) > 1:
        shape = shape.rstrip(",")
    eps = job.box.arg("eps")
    assert isinstance(eps, Real)
    weights = [a.text for a in affine] + ["None"] * ((2 if name == "layer_norm" else 1) - len(affine))
    text = f"F.{name}({x.text}, ({shape}), {', '.join(weights)}, {job.frame.real(eps).text})"
    return (job.write(space, Array(text, x.labels)),)


def attention(job: Job) -> tuple[Array, ...]:
    """`F.scaled_dot_product_attention` on `[batch.., positions, features]`."""
    space, spec = job.space(), job.spec
    q, k, v = (job.read(space, port) for port in range(3))
    query, key = spec.core
    (feature,) = set(v.labels) - {key} - set(q.labels)
    (summed,) = (set(q.labels) & set(k.labels)) - {i for slot in spec.outs[0] for i, _ in slot.terms}
    batch = [i for i in q.labels if i not in (query, summed)]
    lead = batch if len(batch) <= 2 else []
    q = space.permute(q, [*batch, query, summed])
    k = space.broadcast(k, [*batch, key, summed])
    v = space.broadcast(v, [*batch, key, feature])
    arrays = [q, k, v]
    if not lead and batch:
        one = space.fresh(product(space.sizes[i] for i in batch))
        arrays = [
            space.merge(a, [batch, *([i] for i in a.labels[-2:])], [one, *a.labels[-2:]]) for a in arrays
        ]
    by = job.box.arg("scale")
    assert isinstance(by, Real)
    options = (", is_causal=True" if job.box.arg("causal") else "") + f", scale={job.frame.real(by).text}"
    text = f"F.scaled_dot_product_attention({', '.join(a.text for a in arrays)}{options})"
    result = Array(text, (*arrays[0].labels[:-1], feature))
    if not lead and batch:
        result = space.split(result, [batch, [query], [feature]])
    return (job.write(space, result),)


def unbind(job: Job) -> tuple[Array, ...]:
    """One array for each position along an axis."""
    array, axis = job.operands[0], job.box.arg("axis")
    assert isinstance(axis, int)
    names = [job.frame.names.fresh(f"part{k}") for k in range(len(job.cod))]
    job.frame.line(f"{', '.join(names)} = {array.atom}.unbind({array.labels.index(axis)})")
    labels = tuple(k - (k > axis) for k in array.labels if k != axis)
    return tuple(Array(name, labels) for name in names)


KERNELS: dict[str, Callable[[Job], tuple[Array, ...]]] = {
    "torch.affine": affine,
    "torch.layer_norm": lambda job: _norm(job, "layer_norm"),
    "torch.rms_norm": lambda job: _norm(job, "rms_norm"),
    "torch.attention": attention,
    "torch.unbind": unbind,
}
