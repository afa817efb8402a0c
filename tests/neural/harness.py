"""The gallery against torch: a table row says which definition, which sizes, and what torch makes of it.

A reference is a function `(p, *inputs) -> outputs` written with torch.nn or torch.nn.functional; `p` holds
the learned arrays by path, as leaves of their own, so that gradients of everything can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

import diagram

GALLERY = Path(__file__).parents[2] / "examples" / "neural"
Arrays = dict[str, torch.Tensor]
Sizes = Mapping[str, int | float]


@dataclass(frozen=True)
class Case:
    """`fixed` are sizes known when the module is made; one module then serves every one of `runs`."""

    file: str
    name: str
    reference: Callable[..., Any]
    fixed: tuple[Sizes, ...] = ({},)
    runs: tuple[Sizes, ...] = ({},)
    draw: Callable[[str, torch.Tensor], torch.Tensor] = lambda name, x: x
    """Brings a drawn input into the domain of the model."""
    noise: float = 0.3
    """How far learned arrays are moved away from their initial values."""
    reverse: bool = True
    """Whether the derivative as a diagram is compared, too."""
    tolerance: float = 1e-10

    def __str__(self) -> str:
        return f"{self.file}:{self.name}"


def definition(case: Case, fixed: Sizes) -> diagram.Diagram:
    """The diagram of a case."""
    whole = {k: v for k, v in fixed.items() if isinstance(v, int)}
    return diagram.load(GALLERY / f"{case.file}.diag", sizes=whole).diagram(case.name, fixed)


def opened(d: diagram.Diagram, fixed: Sizes) -> dict[str, int]:
    """The sizes among `fixed` that the diagram still has as symbols."""
    symbols = {s for type_ in d.wires for size in type_.shape for s in size.symbols}
    return {k: v for k, v in fixed.items() if k in symbols and isinstance(v, int)}


def batched(d: diagram.Diagram, sizes: Sizes) -> bool:
    """Whether the examples `b` are an axis in front that no type speaks of."""
    return "b" in sizes and not any("b" in type_.names for type_ in d.dom)


def inputs(d: diagram.Diagram, sizes: Mapping[str, int], case: Case, seed: int) -> list[torch.Tensor]:
    """Arrays by the types of the domain."""
    rng = np.random.default_rng(seed)
    front = (sizes["b"],) if batched(d, sizes) else ()
    found = []
    for name, type_ in zip(d.input_names, d.dom, strict=True):
        shape = (*front, *(n.evaluate(sizes) for n in type_.shape))
        if type_.dtype.name == "bool":
            array = rng.integers(0, 2, shape).astype(bool)
        elif type_.dtype.is_integer:
            array = rng.integers(0, type_.dtype.bound.evaluate(sizes), shape)
        else:
            array = rng.standard_normal(shape)
        found.append(case.draw(name, torch.from_numpy(np.asarray(array))))
    return found


def many(result: Any) -> tuple[torch.Tensor, ...]:
    """One result or several, as a tuple."""
    return tuple(result) if isinstance(result, tuple | list) else (result,)


def close(mine: torch.Tensor, theirs: torch.Tensor, tolerance: float, what: str) -> None:
    """Equal up to rounding, relative to the largest entry."""
    mine, theirs = mine.detach(), theirs.detach()
    assert mine.shape == theirs.shape, f"{what}: {tuple(mine.shape)} is not {tuple(theirs.shape)}"
    assert torch.isfinite(theirs).all(), what
    error = float((mine - theirs).abs().max()) if mine.numel() else 0.0
    scale = max(1.0, float(theirs.abs().max())) if theirs.numel() else 1.0
    assert error <= tolerance * scale, f"{what}: off by {error:.2e}, largest entry {scale:.2e}"


def leaves(tensors: Mapping[str, torch.Tensor]) -> Arrays:
    """Copies that collect gradients."""
    return {k: t.detach().clone().requires_grad_(t.is_floating_point()) for k, t in tensors.items()}


def gradients(
    run: Callable[..., Any], xs: list[torch.Tensor], learned: Mapping[str, torch.Tensor]
) -> tuple[tuple[torch.Tensor, ...], Arrays]:
    """Outputs, and gradients of a fixed random functional of them by name."""
    given = list(leaves({str(k): x for k, x in enumerate(xs)}).values())
    outputs = many(run(*given))
    generator = torch.Generator().manual_seed(11)
    value = sum(
        (y * torch.randn(y.shape, generator=generator, dtype=y.dtype)).sum()
        for y in outputs
        if y.is_floating_point() and y.requires_grad
    )
    wanted = {f"input {k}": x for k, x in enumerate(given) if x.requires_grad}
    wanted |= {n: p for n, p in learned.items() if p.requires_grad}
    if not isinstance(value, torch.Tensor) or not wanted:
        return outputs, {}
    found = torch.autograd.grad(value, list(wanted.values()), allow_unused=True, materialize_grads=True)
    return outputs, dict(zip(wanted, found, strict=True))


def perturb(net: torch.nn.Module, noise: float) -> None:
    """Move every learned array away from its initial value: zeros and ones hide mistakes."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for p in net.parameters():
            p.add_(noise * torch.randn(p.shape, generator=generator, dtype=p.dtype))


def compare(case: Case) -> None:
    """Outputs and all gradients of the torch module, outputs on numpy, for all sizes."""
    for fixed in case.fixed:
        d = definition(case, fixed)
        whole = opened(d, fixed)
        net = d.compile("torch", dtype="f64", sizes=whole)
        perturb(net, case.noise)
        learned = dict(net.named_parameters())
        f = d.compile("numpy", sizes=whole)
        f.params = {n: p.detach().numpy() for n, p in learned.items()}
        for seed, run in enumerate(case.runs):
            xs = inputs(d, {**fixed, **run}, case, seed)
            mine, slopes = gradients(net, xs, learned)
            own = leaves(learned)
            theirs, wanted = gradients(partial(case.reference, own), xs, own)
            assert len(mine) == len(theirs)
            for k, (y, z) in enumerate(zip(mine, theirs, strict=True)):
                close(y, z, case.tolerance, f"{case} {fixed} {run} output {k}")
            for y, z in zip(many(f(*(x.numpy() for x in xs))), theirs, strict=True):
                close(torch.from_numpy(y), z.detach(), case.tolerance, f"{case} {fixed} {run} numpy")
            for name, slope in wanted.items():
                close(slopes[name], slope, case.tolerance, f"{case} {fixed} {run} gradient of {name}")


def compare_reverse(case: Case) -> None:
    """The derivative as a diagram, run by numpy, against torch's of the reference."""
    fixed, run = case.fixed[0], case.runs[0]
    d = definition(case, fixed)
    whole = opened(d, fixed)
    net = d.compile("torch", dtype="f64", sizes=whole)
    perturb(net, case.noise)
    own = leaves(dict(net.named_parameters()))
    xs = inputs(d, {**fixed, **run}, case, 0)
    outputs, wanted = gradients(partial(case.reference, own), xs, own)
    generator = torch.Generator().manual_seed(11)
    dys = [torch.randn(y.shape, generator=generator, dtype=y.dtype) for y in outputs if y.requires_grad]
    g = diagram.reverse(d).compile("numpy", sizes=whole)
    g.params = {n: own[n].detach().numpy() for n in g.params}
    found = many(g(*(x.numpy() for x in xs), *(dy.numpy() for dy in dys)))
    names = [k for k in wanted if k.startswith("input ")] + [p.path for p in d.params]
    assert len(found) == len(names)
    for name, slope in zip(names, found, strict=True):
        if batched(d, run) and not name.startswith("input "):
            slope = slope.sum(0)  # one gradient for each example
        close(torch.from_numpy(slope), wanted[name], case.tolerance, f"{case} reverse {name}")


def grid(**values: tuple[int | float, ...]) -> tuple[Sizes, ...]:
    """All combinations."""
    return tuple(dict(zip(values, each, strict=True)) for each in product(*values.values()))
