"""Generated source into a function, with the lines kept for tracebacks and `inspect`."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

_numbers = count()


def load(source: str, name: str, bound: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """The function `name` of a generated module, which sees `bound`. Any: arrays of the library it calls."""
    path = f"<diagram {name} {next(_numbers)}>"
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    scope: dict[str, Any] = dict(bound or {})  # no __name__: torch.compile would try to import it
    exec(compile(source, path, "exec"), scope)
    return scope[name]  # type: ignore[no-any-return]
