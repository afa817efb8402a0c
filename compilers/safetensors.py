"""Arrays of `.safetensors` and `.npz` files by name. Nothing in a file is ever executed.

A safetensors file is eight bytes with the length of a header, the header as JSON (for each array its element
type, shape and place), and the numbers. Numbers that numpy has no type for (bf16) become float32.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from operator import index
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
"""Any: the element types are those of the file."""
KINDS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "C64": "<c8", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "i1", "U8": "u1", "U16": "<u2", "U32": "<u4", "U64": "<u8", "BOOL": "?",
}  # fmt: skip
LONGEST = 100_000_000
"""A longer header is no header."""


def read(path: str | Path) -> Arrays:
    """The arrays of a `.safetensors`, a `.npz`, or a `.safetensors.index.json` that names several files
    beside it. Raises `ValueError` for what is no such file, `OSError` for one that cannot be read.
    """
    place = Path(path)
    if place.name.endswith(".index.json"):
        return _sharded(place)
    return _npz(place) if place.suffix == ".npz" else _safetensors(place)


def _sharded(place: Path) -> Arrays:
    try:
        homes = json.loads(place.read_text(encoding="utf-8"))["weight_map"]
        files = sorted(set(homes.values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{place.name} is no index of safetensors files: {error!r}") from None
    if any(Path(name).name != name for name in files):
        raise ValueError(f"{place.name} names a file outside its folder")
    found: Arrays = {}
    for name in files:
        found |= _safetensors(place.with_name(name))
    return found


def _npz(place: Path) -> Arrays:
    try:
        with np.load(place, allow_pickle=False) as loaded:
            return {name: loaded[name] for name in loaded.files}
    except (ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise ValueError(f"{place.name} holds no arrays that can be read: {error}") from None


def _safetensors(place: Path) -> Arrays:
    with place.open("rb") as file:
        raw = file.read(8)
        length = int.from_bytes(raw, "little")
        size = place.stat().st_size
        if len(raw) < 8 or length > min(LONGEST, size - 8):
            raise ValueError(f"{place.name} is no safetensors file: its header would have {length} bytes")
        try:
            header = json.loads(file.read(length))
        except ValueError as error:
            raise ValueError(f"{place.name} is no safetensors file: {error}") from None
    if not isinstance(header, dict):
        raise ValueError(f"{place.name} is no safetensors file: its header is no object")
    data = np.memmap(place, np.uint8, "r", 8 + length) if size > 8 + length else np.zeros(0, np.uint8)
    header.pop("__metadata__", None)
    return {name: _array(place.name, name, entry, data) for name, entry in header.items()}


def _array(file: str, name: str, entry: Any, data: NDArray[np.uint8]) -> NDArray[Any]:  # Any: JSON
    try:
        kind, shape, (start, end) = entry["dtype"], tuple(map(index, entry["shape"])), entry["data_offsets"]
        dtype = np.dtype(KINDS[kind])
        expected = int(np.prod(shape, dtype=object)) * dtype.itemsize
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file}: the entry of {name!r} cannot be read: {error!r}") from None
    if not 0 <= start <= end <= len(data) or end - start != expected or min(shape, default=0) < 0:
        raise ValueError(f"{file}: {name!r} says shape {list(shape)} of {kind}, bytes {start} to {end}")
    array = data[start:end].view(dtype).reshape(shape)
    if kind == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array


def write(path: str | Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as `.safetensors`. Raises `ValueError` for an element type that the format has not."""
    header: dict[str, object] = {}
    parts: list[bytes] = []
    start = 0
    names = {np.dtype(text): kind for kind, text in KINDS.items() if kind not in ("BF16", "U16")}
    for name, value in arrays.items():
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        kind = names.get(array.dtype)
        if kind is None:
            raise ValueError(f"{name!r} holds {array.dtype}, which safetensors files do not have")
        end = start + array.nbytes
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [start, end]}
        parts.append(array.tobytes())
        start = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))
