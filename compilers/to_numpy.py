"""A diagram as a function on numpy arrays: generated straight-line code, learned arrays by name, inputs
checked.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compilers.batch import batch_sizes, batched
from compilers.emit import emit
from compilers.initial import initial
from compilers.load import load
from compilers.numpy_text import DTYPES, NumpyText
from compilers.signature import NATURE, Shape, Signature, signature
from compilers.text import identifier
from compilers.unsettled import unsettled
from diagram.errors import Diagnostic, DiagramError
from diagram.marks import budget_of
from diagram.room import room
from diagram.types import DType
from diagram.value import Diagram

Values = NDArray[Any]
"""Any: the element type is that of the wire."""
PRECISIONS = {"f64": "c128", "f32": "c64", "f16": "c64"}


@room()
def compile(
    d: Diagram,
    sizes: Mapping[str, int] | None = None,
    dtype: str = "f64",
    device: str = "cpu",
    seed: int = 0,
    memory: str | int | None = None,
) -> NumpyFunction:
    """A callable on arrays. `dtype` is what `R` means; `sizes` fixes axis sizes, the others follow
    from the inputs. With `memory`, such as `"200MB"`, it holds at most so much besides what it is given.

    Raises `DiagramError`: E0403 for boxes without array rule, E0311 for sizes that nothing
    determines.
    """
    if dtype not in PRECISIONS or device != "cpu":
        raise DiagramError(
            Diagnostic(
                "E0407",
                f"numpy has no {dtype} on {device}",
                help=f"dtypes: {', '.join(PRECISIONS)}, device: cpu",
            )
        )
    return NumpyFunction(d, dict(sizes or {}), dtype, seed, budget_of(d, memory))


class NumpyFunction:
    """A compiled diagram. Inputs by position, by keyword or as one dict; extra axes in front, the
    same on every input, are batch axes. `params` are the learned arrays by path.
    """

    def __init__(
        self, d: Diagram, sizes: Mapping[str, int], dtype: str, seed: int, budget: int | None = None
    ) -> None:
        self.diagram = d
        self.budget = budget
        self.dtype = dtype
        self.seed = seed
        self.signature: Signature = signature(d, sizes)
        self._sizes = dict(sizes)
        self._dtypes = {"R": dtype, "C": PRECISIONS[dtype]}
        self._params: dict[str, Values] | None = None
        self._sources: dict[int, str] = {}
        self._functions: dict[int, Callable[..., Any]] = {}
        self._planned: dict[object, Callable[..., Any]] = {}
        self._bounds: dict[tuple[object, ...], list[tuple[int, int]]] = {}
        self._checked: dict[tuple[object, ...], tuple[dict[str, int], Shape]] = {}
        self._result = _result_type(d.name, self.signature.results)
        self._wanted = [np.dtype(self.element(t.dtype)) for t in self.signature.types]
        self._bounded = bool(self.signature.bounds())
        self._function(0)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.diagram, self._sizes, self.dtype, self.seed, self._params, self.budget)

    @property
    def source(self) -> str:
        """The generated module."""
        return self._sources[0]

    @property
    def params(self) -> dict[str, Values]:
        """The learned arrays by path: drawn on first use; change entries, or assign a new dict.

        Raises `DiagramError` E0311 if their sizes are still open.
        """
        if self._params is None:
            self._params = self._drawn(self._sizes)
        return self._params

    @params.setter
    def params(self, values: Mapping[str, Any]) -> None:  # Any: anything array-like
        self._params = self._given(values, self._sizes)

    def load_weights(self, path: str | Path, map: str | Path | None = None) -> None:
        """Read all learned arrays from a `.safetensors` or `.npz`; `map` says what they are called there.

        Raises `DiagramError` with all that is missing, extra or of another shape: see `compilers.weights`.
        """
        from compilers.weights import load

        self.params = load(path, self.signature, map)

    def __call__(self, *args: Any, params: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        """Run. One result is an array, several a named tuple. Any: array-likes go in, numpy
        arrays come out.

        Raises `DiagramError`: E0302 wrong inputs, E0306 wrong shapes or element types, E0312 an
        axis with two sizes, E0331 an index out of bound, E0604 a loop that does not settle.
        """
        raw = self.signature.arrange(args, kwargs)
        wanted = self._wanted
        arrays = [
            a if type(a) is np.ndarray and a.dtype is wanted[k] else self._array(k, a)
            for k, a in enumerate(raw)
        ]
        sizes, batch = self._check(arrays)
        if self._bounded:
            self._check_bounds(arrays, sizes)
        if self._params is None and self.signature.params:
            self._params = self._drawn({**sizes, **self._sizes})
        values = self._params or {}
        if params is not None:
            values = self._given({**values, **params}, {**sizes, **self._sizes})
        function = self._function(len(batch)) if self.budget is None else self._within(batch, sizes, values)
        try:
            result = function(*arrays, *(values[p.path] for p in self.signature.params))
        except ArithmeticError as error:
            if type(error) is not ArithmeticError:  # only a fixed point raises the plain one
                raise
            raise unsettled(self.diagram) from None
        if len(self.signature.results) != 1:
            return self._result(*[a if type(a) is np.ndarray else np.asarray(a) for a in result])
        return np.asarray(result)

    def _function(self, batch: int) -> Callable[..., Any]:
        """The function for a number of batch axes; written once."""
        if batch not in self._functions:
            d = batched(self.diagram, batch)
            source, name = emit(d, NumpyText(), self._dtypes, self._sizes)
            self._sources[batch], self._functions[batch] = source, load(source, name)
        return self._functions[batch]

    def _within(
        self, batch: Shape, sizes: Mapping[str, int], params: Mapping[str, Values]
    ) -> Callable[..., Any]:
        """The function that keeps within the budget, for these sizes; written once for each."""
        shapes = [params[p.path].shape for p in self.signature.params]
        known = {**self._sizes, **self.signature.parameter_sizes(shapes), **sizes}
        key = (batch, tuple(sorted(known.items())))
        if key not in self._planned:
            d = batched(self.diagram, len(batch))
            known.update(batch_sizes(d, batch))
            source, name = emit(d, NumpyText(), self._dtypes, known, budget=self.budget)
            self._sources[0], self._planned[key] = source, load(source, name)
        return self._planned[key]

    def _array(self, k: int, value: Any) -> Values:
        """An input as an array of its element type, if its numbers are of that nature."""
        array = np.asarray(value)
        wanted = self._wanted[k]
        if array.dtype != wanted and _casts(array.dtype.kind, wanted.kind):
            array = array.astype(wanted)
        return array

    def element(self, dtype: DType) -> Any:
        """The numpy element type of one of ours. Any: numpy's scalar types."""
        return getattr(np, DTYPES[self._dtypes.get(dtype.name, dtype.name)])

    def _check(self, arrays: list[Values]) -> tuple[dict[str, int], Shape]:
        key = tuple(
            [
                a.shape if a.dtype is w else (a.shape, a.dtype)
                for a, w in zip(arrays, self._wanted, strict=True)
            ]
        )  # to find the place of an element type takes as long as all the rest
        found = self._checked.get(key)
        if found is None:
            kinds = [NATURE.get(a.dtype.kind, a.dtype.name) for a in arrays]
            found = self._checked[key] = self.signature.check([a.shape for a in arrays], kinds)
        return found

    def _check_bounds(self, arrays: list[Values], sizes: Mapping[str, int]) -> None:
        """Raise E0331 unless positions lie below their bounds (as far as these are known)."""
        shapes = tuple([self._params[p.path].shape for p in self.signature.params]) if self._params else None
        key = (shapes, tuple(sizes.items()))
        if key not in self._bounds:
            self._bounds[key] = self._known_bounds(shapes, sizes)
        for k, bound in self._bounds[key]:
            self._check_bound(k, arrays[k], bound)

    def _known_bounds(
        self, shapes: tuple[Shape, ...] | None, sizes: Mapping[str, int]
    ) -> list[tuple[int, int]]:
        """The inputs with a bound that these shapes determine."""
        known = {**(self.signature.parameter_sizes(shapes) if shapes else self._sizes), **sizes}
        return [(k, b.evaluate(known)) for k, b in self.signature.bounds() if b.symbols <= known.keys()]

    def _check_bound(self, k: int, array: Values, bound: int) -> None:
        if array.size and (int(array.max()) >= bound or int(array.min()) < 0):
            worst = int(array.max()) if int(array.max()) >= bound else int(array.min())
            raise self.signature.out_of_bound(k, worst, bound)

    def _drawn(self, sizes: Mapping[str, int]) -> dict[str, Values]:
        shapes = self.signature.parameter_shapes(sizes)
        return {
            p.path: initial(p, shape, self.seed, sizes).astype(self.element(t.dtype))
            for p, shape, t in zip(self.signature.params, shapes, self.signature.shapes, strict=True)
        }

    def _given(self, values: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Values]:
        """Learned arrays from outside. Raises `DiagramError` with all that are missing, extra or
        of wrong shape.
        """
        s = self.signature
        paths = {p.path: t for p, t in zip(s.params, s.shapes, strict=True)}
        errors = [
            Diagnostic("E0302", f"there is no learned array `{path}`") for path in values if path not in paths
        ]
        found: dict[str, Values] = {}
        for path, type_ in paths.items():
            if path not in values:
                errors.append(Diagnostic("E0302", f"the learned array `{path}: {type_}` is missing"))
                continue
            array = np.asarray(values[path], self.element(type_.dtype))
            want = tuple(n.subs(dict(sizes)).constant for n in type_.shape)
            if len(want) != array.ndim or any(
                n not in (None, m) for n, m in zip(want, array.shape, strict=True)
            ):
                errors.append(
                    Diagnostic(
                        "E0306",
                        f"the learned array `{path}` has shape {list(array.shape)}, its type is {type_}",
                    )
                )
            found[path] = array
        if errors:
            raise DiagramError.of(errors)
        return found

    def __repr__(self) -> str:
        return f"<{self.diagram!r} on numpy>"


def _casts(kind: str, wanted: str) -> bool:
    """Whether numbers of one kind may stand for another: whole for real, real for complex; never the
    reverse.
    """
    order = {"i": 0, "u": 0, "f": 1, "c": 2}
    return (
        kind in order
        and wanted in order
        and (order[kind] <= order[wanted])
        and not (wanted == "i" and kind == "f")
    )


def _result_type(name: str, fields: tuple[str, ...]) -> Callable[..., Any]:
    """A named tuple for several results."""
    words = [identifier(f).lstrip("_") or "y" for f in fields]
    return namedtuple(identifier(name or "Results").lstrip("_") or "Results", words, rename=True)


def _rebuilt(
    d: Diagram,
    sizes: Mapping[str, int],
    dtype: str,
    seed: int,
    params: Mapping[str, Values] | None,
    budget: int | None,
) -> NumpyFunction:
    function = NumpyFunction(d, sizes, dtype, seed, budget)
    if params is not None:
        function.params = dict(params)
    return function
