"""`load("weights.npz")`: arrays from files, only where a folder of data is given, and only from inside it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diagram.errors import Diagnostic, DiagramError
from diagram.value import Param

_FOLDER: ContextVar[Path | None] = ContextVar("data", default=None)


@contextmanager
def data_in(folder: str | Path) -> Iterator[None]:
    """While it lasts, `load(...)` reads .npy and .npz files in this folder."""
    token = _FOLDER.set(Path(folder))
    try:
        yield
    finally:
        _FOLDER.reset(token)


def loaded(param: Param, shape: tuple[int, ...]) -> NDArray[Any]:  # Any: numbers of any kind
    """The array of a learned array that begins as a file. Raises `DiagramError` E0002, E0306, E0601.

    In a .npz it is looked for by its path, then by the ends of it: `model.emb.wte`, `emb.wte`, `wte`.
    """
    name = str(param.args[0])
    folder = _FOLDER.get()
    if folder is None:
        raise _fault(
            param,
            "E0601",
            "reading data is switched off",
            f"would read `{name}`",
            "diag run --data FOLDER ...",
        )
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path.suffix not in (".npy", ".npz"):
        raise _fault(param, "E0601", f"`{name}` is no data file", "a .npy or .npz inside the folder of data")
    try:
        with path.open("rb") as file:
            content = np.load(file, allow_pickle=False)
            array = _entry(content, param, name) if isinstance(content, np.lib.npyio.NpzFile) else content
    except (ValueError, EOFError, zipfile.BadZipFile, OSError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise _fault(param, "E0002", f"cannot read `{name}`", reason) from None
    if array.shape != shape:
        raise _fault(
            param, "E0306", f"`{name}` has another shape", f"{list(array.shape)}, but it is {list(shape)}"
        )
    found: NDArray[Any] = array
    return found


def _entry(content: Any, param: Param, name: str) -> Any:  # Any: numpy's archive
    parts = param.path.split(".")
    for k in range(len(parts)):
        if (key := ".".join(parts[k:])) in content.files:
            return content[key]
    if len(content.files) == 1:
        return content[content.files[0]]
    raise _fault(param, "E0002", f"`{name}` has no `{param.path}`", f"it has {', '.join(content.files)}")


def _fault(param: Param, code: str, message: str, label: str, help: str = "") -> DiagramError:
    return DiagramError(Diagnostic(code, message, param.span, label, help=help))
