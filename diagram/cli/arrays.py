"""Arrays of the command line: read from .npz and .npy, drawn at random by the types, written, shown."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diagram.cli.command import Usage
from diagram.cli.files import existing, replacing
from diagram.cli.words import listing, nearest
from diagram.types import Tensor, Type

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from diagram.hypergraph import Diagram
    from diagram.types import DType

Arrays = dict[str, "NDArray[Any]"]  # Any: the element type is only known when the file is read
REAL = {"R": "f8", "f64": "f8", "f32": "f4", "f16": "f2", "bf16": "f4"}
COMPLEX = {"C": "c16", "c128": "c16", "c64": "c8"}
WHOLE = {"nat": "i8", "i64": "i8", "i32": "i4", "i8": "i1"}


def read(path: str, names: tuple[str, ...]) -> Arrays:
    """The arrays of a .npz by name, or the one of a .npy. Nothing in the file is executed."""
    existing(path, ".npz or .npy")
    try:
        loaded = np.load(path, allow_pickle=False)
        found = {n: loaded[n] for n in loaded.files} if isinstance(loaded, np.lib.npyio.NpzFile) else loaded
    except (ValueError, EOFError, zipfile.BadZipFile, OSError) as error:
        raise Usage(
            f"`{path}` holds no arrays that can be read: {error}", "save them with numpy.savez"
        ) from None
    if isinstance(found, dict):
        return found
    if len(names) != 1:
        raise Usage(
            f"`{path}` is one array, but there are {len(names)} inputs: {listing(names)}", "save a .npz"
        )
    return {names[0]: found}


def match(arrays: Mapping[str, NDArray[Any]], names: tuple[str, ...], path: str, what: str = "input") -> None:
    """Raise `Usage` unless the arrays are named exactly as wanted."""
    for name in arrays:
        if name not in names:
            known = f"the {what}s are {listing(names)}" if names else f"there are no {what}s"
            raise Usage(f"`{path}` has `{name}`, but no {what} of that name{nearest(name, names)}", known)
    missing = [name for name in names if name not in arrays]
    if missing:
        plural = "s" * (len(missing) > 1)
        raise Usage(f"`{path}` lacks the {what}{plural} {listing(missing)}", f"it has {listing(arrays)}")


def solve(d: Diagram, arrays: Mapping[str, NDArray[Any]], given: Mapping[str, int]) -> dict[str, int]:
    """Sizes that `--set` and the shapes of the arrays say. Raises `Usage` if a shape contradicts its type."""
    found = dict(given)
    for name, type_ in zip(d.input_names, d.dom, strict=True):
        if not isinstance(type_, Tensor):
            raise Usage(f"the input `{name}` is not an array but `{type_}`: this definition cannot be run")
        array = arrays[name]
        wrong = len(array.shape) != len(type_.axes)
        for axis, n in zip(type_.axes, array.shape, strict=False):
            size = axis.size.subs(found)
            symbols = size.symbols
            if size.constant is None and len(symbols) == 1 and str(size) in symbols:
                found[str(size)] = n
            else:
                wrong |= size.constant is not None and size.constant != n
        if wrong:
            wanted = described(type_, found)
            raise Usage(f"the input `{name}` has shape {_shape(array.shape)}, but its type is {wanted}")
    return found


def described(type_: Tensor, sizes: Mapping[str, int]) -> str:
    """A type with the sizes that are known: `R[b=2, x=16, m]`."""
    parts = []
    for axis in type_.axes:
        name, size = str(axis), str(axis.size.subs(sizes))
        parts.append(name if size == name else f"{name}={size}")
    return f"{type_.dtype}[{', '.join(parts)}]" if parts else str(type_.dtype)


def _shape(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, shape))}]"


def drawn(d: Diagram, sizes: Mapping[str, int], seed: int, dtype: str | None) -> Arrays:
    """Inputs at random: normal for reals, uniform below the bound for `nat`, fair coins for `bool`."""
    missing = sorted({s for t in d.dom if isinstance(t, Tensor) for s in _symbols(t)} - set(sizes))
    if missing:
        values = " ".join(f"--set {name}=4" for name in missing)
        raise Usage(
            f"the size{'s' * (len(missing) > 1)} {listing(missing)} must be given", f"for example {values}"
        )
    rng = np.random.default_rng(seed)
    return {n: _draw(n, t, sizes, rng, dtype) for n, t in zip(d.input_names, d.dom, strict=True)}


def _symbols(type_: Tensor) -> set[str]:
    bound = type_.dtype.bound
    return {s for size in type_.shape for s in size.symbols} | (
        set(bound.symbols) if bound is not None else set()
    )


def _draw(
    name: str, type_: Type, sizes: Mapping[str, int], rng: np.random.Generator, dtype: str | None
) -> NDArray[Any]:
    if not isinstance(type_, Tensor):
        raise Usage(f"the input `{name}` is not an array but `{type_}`: this definition cannot be run")
    shape = tuple(size.subs(sizes).constant or 0 for size in type_.shape)
    kind = type_.dtype
    if kind.name == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if kind.is_integer:
        return rng.integers(0, _bound(kind, sizes), shape).astype(WHOLE[kind.name])
    normal = np.asarray(rng.standard_normal(shape))
    if kind.is_complex:
        return (normal + 1j * rng.standard_normal(shape)).astype(COMPLEX[kind.name])
    return normal.astype(REAL[dtype if dtype and kind.name == "R" else kind.name])


def _bound(kind: DType, sizes: Mapping[str, int]) -> int:
    limit = None if kind.bound is None else kind.bound.subs(sizes).constant
    return 10 if limit is None else max(limit, 1)


def save(path: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write results: .npz by name, .npy if there is one."""
    ending = Path(path).suffix
    if ending not in (".npz", ".npy"):
        raise Usage(f"cannot write arrays to `{path}`: its ending is neither .npz nor .npy")
    if ending == ".npy" and len(arrays) != 1:
        raise Usage(
            f"`{path}` can hold one array, but there are {len(arrays)} results: {listing(arrays)}", "use .npz"
        )
    with replacing(path) as draft, draft.open("wb") as out:
        if ending == ".npy":
            np.save(out, next(iter(arrays.values())), allow_pickle=False)
        else:
            np.savez(out, allow_pickle=False, **arrays)


def summary(name: str, type_: Type, array: NDArray[Any]) -> str:
    """One result for people: its type, shape, and as many numbers as fit."""
    numbers = np.array2string(array, precision=5, threshold=30, edgeitems=2, max_line_width=100)
    return f"{name} : {type_}  {_shape(array.shape)} {array.dtype}\n{numbers}"
