"""Generated source into a function, with the lines kept for tracebacks and `inspect`."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from itertools import count
from typing import Any

_numbers = count()


def load(source: str, name: str) -> Callable[..., Any]:
    """The function `name` of a generated module. Any: arrays of the library it calls."""
    path = f"<diagram {name} {next(_numbers)}>"
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    scope: dict[str, Any] = {"__name__": f"diagram.generated.{name}"}
    exec(compile(source, path, "exec"), scope)
    return scope[name]  # type: ignore[no-any-return]
