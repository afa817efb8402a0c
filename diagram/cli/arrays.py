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
        with open(path, "rb") as file:
            loaded = np.load(file, allow_pickle=False)
            npz = isinstance(loaded, np.lib.npyio.NpzFile)
            found = {n: loaded[n] for n in loaded.files} if npz else loaded
    except (ValueError, EOFError, zipfile.BadZipFile, OSError) as error:
        help = "save them with numpy.savez"
        raise Usage(f"`{path}` holds no arrays that can be read: {error}", help) from None
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


def drawn(d: Diagram, sizes: Mapping[str, int], seed: int) -> Arrays:
    """Inputs at random: normal for reals, uniform below the bound for `nat`, fair coins for `bool`."""
    missing = sorted({s for t in d.dom if isinstance(t, Tensor) for s in _symbols(t)} - set(sizes))
    if missing:
        values = " ".join(f"--set {name}=4" for name in missing)
        raise Usage(
            f"the size{'s' * (len(missing) > 1)} {listing(missing)} must be given", f"for example {values}"
        )
    rng = np.random.default_rng(seed)
    return {n: _draw(n, t, sizes, rng) for n, t in zip(d.input_names, d.dom, strict=True)}


def _symbols(type_: Tensor) -> set[str]:
    bound = type_.dtype.bound
    return {s for size in type_.shape for s in size.symbols} | (
        set(bound.symbols) if bound is not None else set()
    )


def _draw(name: str, type_: Type, sizes: Mapping[str, int], rng: np.random.Generator) -> NDArray[Any]:
    if not isinstance(type_, Tensor):
        raise Usage(f"the input `{name}` is not an array but `{type_}`: this definition cannot be run")
    shape = tuple(size.subs(sizes).constant or 0 for size in type_.shape)
    if min(shape, default=0) < 0:
        raise Usage(f"the input `{name} : {type_}` would have the shape {list(shape)}")
    kind = type_.dtype
    if kind.name == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if kind.is_integer:
        return rng.integers(0, _bound(kind, sizes), shape).astype(WHOLE[kind.name])
    normal = np.asarray(rng.standard_normal(shape))
    if kind.is_complex:
        return (normal + 1j * rng.standard_normal(shape)).astype(COMPLEX[kind.name])
    return normal.astype(REAL[kind.name])


def _bound(kind: DType, sizes: Mapping[str, int]) -> int:
    limit = None if kind.bound is None else kind.bound.subs(sizes).constant
    return 10 if limit is None else max(limit, 1)


def shapes(arrays: Mapping[str, NDArray[Any]]) -> str:
    """`X [2, 16], Y [2]`."""
    return ", ".join(f"{name} {list(array.shape)}" for name, array in arrays.items())


def check_ending(path: str, names: tuple[str, ...]) -> None:
    """Raise `Usage` unless results of these names can be written to `path`: .npz by name, .npy for one."""
    ending = Path(path).suffix
    if ending not in (".npz", ".npy"):
        raise Usage(f"cannot write arrays to `{path}`: its ending is neither .npz nor .npy")
    if ending == ".npy" and len(names) != 1:
        raise Usage(
            f"`{path}` can hold one array, but there are {len(names)} results: {listing(names)}", "use .npz"
        )


def save(path: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write results to a file that `check_ending` has let pass."""
    with replacing(path) as draft, draft.open("wb") as out:
        if path.endswith(".npy"):
            np.save(out, next(iter(arrays.values())), allow_pickle=False)
        else:
            np.savez(out, allow_pickle=False, **arrays)


def strange(array: NDArray[Any]) -> str:
    """In words, which entries are no finite numbers, if any."""
    if array.dtype.kind not in "fc":
        return ""
    return " and ".join(
        word for word, test in (("nan", np.isnan), ("infinite", np.isinf)) if test(array).any()
    )


def summary(name: str, type_: Type, array: NDArray[Any]) -> str:
    """One result for people: its type, shape, and as many numbers as fit."""
    numbers = np.array2string(array, precision=5, threshold=30, edgeitems=2, max_line_width=100)
    return f"{name} : {type_}  {list(array.shape)} {array.dtype}\n{numbers}"
