"""A diagram as a `torch.nn.Module`: learned arrays in nested parts, so that state_dict keys are their
paths, and a generated straight-line `forward`.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from functools import partial
from keyword import iskeyword
from pathlib import Path
from typing import Any

import numpy as np
import torch

from compilers.batch import batch_sizes, batched
from compilers.emit import emit
from compilers.initial import initial
from compilers.load import load
from compilers.signature import Signature, signature
from compilers.text import Names, identifier
from compilers.torch_text import DTYPES, TorchText
from diagram.errors import Diagnostic, DiagramError
from diagram.marks import budget_of
from diagram.room import room
from diagram.types import DType
from diagram.value import Diagram, Param

PRECISIONS = {"f64": "c128", "f32": "c64", "f16": "c64", "bf16": "c64"}
NAMES = {torch.float64: "f64", torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16"}


@room()
def compile(
    d: Diagram,
    sizes: Mapping[str, int] | None = None,
    dtype: str = "f32",
    device: str | torch.device = "cpu",
    seed: int = 0,
    memory: str | int | None = None,
) -> DiagramModule:
    """A module that computes `d`. `dtype` is what `R` means; sizes not in `sizes` follow from the
    inputs. With `memory`, such as `"200MB"`, it holds at most so much besides what it is given, where torch
    itself keeps nothing for a backward pass (`torch.no_grad`).

    Raises `DiagramError`: E0403 for boxes without array rule, E0311 for sizes of learned arrays that
    are open.
    """
    if dtype not in PRECISIONS:
        raise DiagramError(
            Diagnostic("E0407", f"there is no dtype {dtype}", help=f"dtypes: {', '.join(PRECISIONS)}")
        )
    where = "cpu"
    if str(device) != "cpu":
        where = _device(str(device))
    recipe = Recipe(d, dict(sizes or {}), dtype, budget=budget_of(d, memory))
    module = recipe.empty()
    module.draw(seed)
    return module.to(where) if where != "cpu" else module


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise DiagramError(
            Diagnostic("E0407", f"torch cannot use the device {name}", notes=(reason,))
        ) from None
    return name


class Recipe:
    """What a module is made from; its class and functions are made once and shared by copies."""

    def __init__(
        self,
        d: Diagram,
        sizes: Mapping[str, int],
        dtype: str,
        sources: Mapping[int, tuple[str, str]] | None = None,
        budget: int | None = None,
    ) -> None:
        self.diagram = d
        self.sizes = dict(sizes)
        self.dtype = dtype
        self.dtypes = {"R": dtype, "C": PRECISIONS[dtype]}
        self.signature: Signature = signature(d, sizes)
        self.sources: dict[int, tuple[str, str]] = dict(sources or {})
        self.functions: dict[int, Callable[..., Any]] = {}
        self.budget = budget
        self.planned: dict[object, Callable[..., Any]] = {}
        self.kind = self._class()

    def __reduce__(self) -> tuple[Any, ...]:
        return Recipe, (self.diagram, self.sizes, self.dtype, self.sources, self.budget)

    def __deepcopy__(self, memo: object) -> Recipe:
        return self

    def function(self, batch: int) -> Callable[..., Any]:
        """The function for a number of batch axes; written once."""
        if batch not in self.functions:
            if batch not in self.sources:
                self.sources[batch] = emit(batched(self.diagram, batch), TorchText(), self.dtypes, self.sizes)
            run = load(*self.sources[batch])
            self.functions[batch] = run if self.budget is None else partial(self.within, batch)
        return self.functions[batch]

    def within(self, batch: int, *arrays: torch.Tensor) -> Any:
        """Run within the budget; the code is written once for each choice of sizes."""
        s = self.signature
        shapes = [tuple(x.shape) for x in arrays]
        key = (batch, *shapes)
        if key not in self.planned:
            n = len(s.names)
            sizes, front = s.check(shapes[:n], [_nature(x.dtype) for x in arrays[:n]], casts=False)
            d = batched(self.diagram, batch)
            known = {**self.sizes, **s.parameter_sizes(shapes[n:]), **sizes, **batch_sizes(d, front)}
            self.sources[batch] = emit(d, TorchText(), self.dtypes, known, budget=self.budget)
            self.planned[key] = load(*self.sources[batch])
        return self.planned[key](*arrays)

    def empty(self) -> DiagramModule:
        """A module whose learned arrays are not drawn yet."""
        module = self.kind(self)
        shapes = self.signature.parameter_shapes(self.sizes)
        for param, shape, type_ in zip(self.signature.params, shapes, self.signature.shapes, strict=True):
            _register(module, param, torch.empty(shape, dtype=self.element(type_.dtype)))
        return module

    def element(self, dtype: DType) -> torch.dtype:
        """The torch element type of one of ours."""
        found = getattr(torch, DTYPES[self.dtypes.get(dtype.name, dtype.name)])
        assert isinstance(found, torch.dtype)
        return found

    def _class(self) -> type[DiagramModule]:
        """A class whose `forward` names the inputs and reads the learned arrays as attributes."""
        self.function(0)
        names = Names(("self", "_run", "_check", "_result", "_other"))
        inputs = [names.fresh(n) for n in self.signature.names]
        shapes = self.signature.shapes
        params = [
            _access(p.path, t.dtype.is_smooth) for p, t in zip(self.signature.params, shapes, strict=True)
        ]
        call = f"_run({', '.join([*inputs, *params])})"
        single = len(self.signature.results) == 1
        lines = [
            f"def forward(self, {', '.join(inputs)}):" if inputs else "def forward(self):",
            f"    batch = _check({', '.join(['self', *inputs])})",
            "    if batch:",
            f"        return self._run_batched(batch, {', '.join([*inputs])})",
            f"    return {call}" if single else f"    return _result(*{call})",
        ]
        bound = {
            "_run": self.functions[0],
            "_check": DiagramModule._check,
            "_result": _result_type(self.signature),
        }
        forward = load("\n".join(lines) + "\n", "forward", bound)
        name = identifier(self.signature.name or "diagram")
        return type(name, (DiagramModule,), {"forward": forward, "__module__": __name__})


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]  # torch's own
def _written(recipe: Recipe, batch: int) -> bool:
    """The function for `batch` batch axes is there. torch.compile runs this, and does not trace it."""
    return recipe.function(batch) is not None


class DiagramModule(torch.nn.Module):
    """A compiled diagram. `source` is the generated code. With `finite` set, nan and infinity are refused."""

    finite: bool = False

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self._recipe = recipe
        self._checked: dict[tuple[object, ...], int] = {}

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _bare, (self._recipe,), self.__dict__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run on tensors, given by position, by name or as one dict. Any: tensors and named
        tuples of them.
        """
        if (
            kwargs
            or (len(args) == 1 and isinstance(args[0], dict))
            or len(args) != len(self._recipe.signature.names)
        ):
            args = tuple(self._recipe.signature.arrange(args, kwargs))
        return super().__call__(*args)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:  # Any: torch's own signature
        """What `.to`, `.half`, `.double` do; with another precision the code is written anew for it."""
        probe = fn(torch.empty(0, dtype=getattr(torch, DTYPES[self._recipe.dtype])))
        result = super()._apply(fn, recurse)  # type: ignore[no-untyped-call]  # torch's own
        wanted = NAMES.get(probe.dtype)
        if wanted is not None and wanted != self._recipe.dtype:
            old = self._recipe
            self._recipe = Recipe(old.diagram, old.sizes, wanted, budget=old.budget)
            self._checked = {}
            self.__class__ = self._recipe.kind
        return result

    @property
    def source(self) -> str:
        """The generated module."""
        return self._recipe.sources[0][0]

    @property
    def diagram(self) -> Diagram:
        """What was compiled."""
        return self._recipe.diagram

    def draw(self, seed: int) -> None:
        """Give every learned array its initial value, drawn from (seed, path)."""
        sizes = self._recipe.sizes
        tensors = {**dict(self.named_parameters(remove_duplicate=False)), **dict(self.named_buffers())}
        with torch.no_grad():
            for param in self._recipe.signature.params:
                target = tensors[param.path]
                target.copy_(torch.from_numpy(initial(param, tuple(target.shape), seed, sizes)))

    def load_weights(self, path: str | Path, map: str | Path | None = None) -> None:
        """Read all learned arrays from a `.safetensors` or `.npz`; `map` says what they are called there.

        Raises `DiagramError` with all that is missing, extra or of another shape: see `compilers.weights`.
        """
        from compilers.weights import load

        with torch.no_grad():
            for name, array in load(path, self._recipe.signature, map).items():
                target = self._at(name)
                target.copy_(torch.from_numpy(np.array(array)))

    def _check(self, *inputs: torch.Tensor) -> int:
        """How many batch axes the inputs have; anything wrong raises. A look-up, once a shape was seen."""
        if torch.compiler.is_compiling():
            types = self._recipe.signature.types
            return inputs[0].dim() - len(types[0].axes) if inputs else 0
        key = tuple([(x.shape, x.dtype, x.device) for x in inputs])
        found = self._checked.get(key)
        if self.finite:
            self._numbers(inputs)
        return self._first(key, inputs) if found is None else found

    def _first(self, key: tuple[object, ...], inputs: tuple[torch.Tensor, ...]) -> int:
        s = self._recipe.signature
        self._indices(inputs)
        _, batch = s.check([tuple(x.shape) for x in inputs], [_nature(x.dtype) for x in inputs], casts=False)
        self._devices(inputs)
        self._checked[key] = len(batch)
        return len(batch)

    def _indices(self, inputs: tuple[torch.Tensor, ...]) -> None:
        """Raise `DiagramError` E0306 for positions that torch would take for a mask."""
        for name, type_, x in zip(
            self._recipe.signature.names, self._recipe.signature.types, inputs, strict=True
        ):
            if x.dtype == torch.uint8 and type_.dtype.is_integer:
                message = f"the input `{name}` holds positions as torch.uint8, which torch takes for a mask"
                raise DiagramError(Diagnostic("E0306", message, help=f"give {name}.long()"))

    def _numbers(self, inputs: tuple[torch.Tensor, ...]) -> None:
        """Raise `DiagramError` E0306 if an input holds what is no number."""
        for name, x in zip(self._recipe.signature.names, inputs, strict=True):
            odd = 0 if not x.dtype.is_floating_point else int((~torch.isfinite(x)).sum())
            if odd:
                message = f"the input `{name}` holds {odd} entries that are no finite numbers"
                raise DiagramError(Diagnostic("E0306", message))

    def _devices(self, inputs: tuple[torch.Tensor, ...]) -> None:
        """Raise `DiagramError` E0407 if inputs lie on another device than the learned arrays."""
        mine = next((p.device for p in self.parameters()), None)
        for name, x in zip(self._recipe.signature.names, inputs, strict=True):
            if mine is not None and x.device != mine:
                message = f"the input `{name}` is on {x.device}, the learned arrays are on {mine}"
                raise DiagramError(Diagnostic("E0407", message, help=f"move one: x.to({str(mine)!r})"))

    def _run_batched(self, batch: int, *inputs: torch.Tensor) -> Any:
        _written(self._recipe, batch)
        function = self._recipe.functions[batch]
        result = function(*inputs, *(self._at(p.path) for p in self._recipe.signature.params))
        if len(self._recipe.signature.results) == 1:
            return result
        return _result_type(self._recipe.signature)(*result)

    def _at(self, path: str) -> torch.Tensor:
        *parts, last = path.split(".")
        part: torch.nn.Module = self
        for word in parts:
            inner = part._modules[word]
            assert inner is not None
            part = inner
        found: torch.Tensor | None = part._parameters.get(last)
        if found is None:
            found = part._buffers[last]
        assert found is not None
        return found

    def extra_repr(self) -> str:
        return self._recipe.diagram.type_text


class Part(torch.nn.Module):
    """A node on the way to learned arrays: `stack[3].attn.Q.weight`."""

    def __getitem__(self, key: int) -> Any:  # Any: a part or a tensor
        return self._modules[str(key)]


def _register(module: torch.nn.Module, param: Param, value: torch.Tensor) -> None:
    """Put a learned array under its path, also where torch has a method of that name."""
    *parts, last = param.path.split(".")
    for word in parts:
        inner = module._modules.get(word)
        if inner is None:
            inner = module._modules[word] = Part()
        module = inner
    if value.is_floating_point() or value.is_complex():
        module._parameters[last] = torch.nn.Parameter(value, requires_grad=not param.frozen)
    else:
        module._buffers[last] = value


def _access(path: str, learned: bool) -> str:
    """Python for a learned array of `self`: attributes, but for names that torch uses itself."""
    *parts, last = path.split(".")
    text = "self"
    for word in parts:
        if word.isdigit() and text != "self":
            text += f"[{word}]"
        else:
            text += f".{word}" if _is_free(word) else f"._modules[{word!r}]"
    return (
        f"{text}.{last}" if _is_free(last) else f"{text}._{'parameters' if learned else 'buffers'}[{last!r}]"
    )


def _is_free(word: str) -> bool:
    return (
        word.isidentifier()
        and not iskeyword(word)
        and not hasattr(DiagramModule, word)
        and word != "training"
    )


def _nature(dtype: torch.dtype) -> str:
    if dtype.is_complex:
        return "complex"
    if dtype.is_floating_point:
        return "real"
    return "bool" if dtype == torch.bool else "integer"


def _bare(recipe: Recipe) -> DiagramModule:
    module = recipe.kind.__new__(recipe.kind)
    torch.nn.Module.__init__(module)
    return module


def _result_type(s: Signature) -> Callable[..., Any]:
    """A named tuple for several results."""
    words = [identifier(f).lstrip("_") or "y" for f in s.results]
    return namedtuple(identifier(s.name or "Results").lstrip("_") or "Results", words, rename=True)


__all__ = ["DiagramModule", "compile"]
