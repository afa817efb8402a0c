"""Boxes without an array rule: Python code named in a text, which runs only where its module is allowed;
holes, which never run; and boxes that no functor has mapped.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from compilers.labels import Array, Space
from compilers.lower import Job
from diagram.errors import Diagnostic, DiagramError, Span
from diagram.value import Box

_ALLOWED: ContextVar[frozenset[str]] = ContextVar("extern", default=frozenset())
_TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


@contextmanager
def allowed(modules: Collection[str]) -> Iterator[None]:
    """While it lasts, `extern "MODULE:function"` may be compiled for exactly these modules."""
    token = _ALLOWED.set(frozenset(modules))
    try:
        yield
    finally:
        _ALLOWED.reset(token)


def unruled(job: Job) -> tuple[Array, ...]:
    """The arrays of a box without an array rule. Raises `DiagramError` E0403, E0601, E0603."""
    target = job.box.arg("extern")
    if isinstance(target, str):
        return _called(job, target)
    if job.box.op.name.startswith("?"):
        raise DiagramError(hole(job.box))
    raise DiagramError(
        Diagnostic(
            "E0403",
            f"the box {job.box.label} has no array rule",
            _span(job.box),
            help="only diagrams of tensor operations run; map its boxes by a functor first",
        )
    )


def hole(box: Box) -> Diagnostic:
    """E0603: a hole has a type and no meaning."""
    return Diagnostic(
        "E0603",
        f"the hole `{box.op.name}` cannot be run",
        _span(box),
        "not filled yet",
        help="put a diagram of its type in its place; checking and drawing accept holes",
    )


def switched_off(box: Box, target: str) -> Diagnostic:
    """E0601: nothing is imported because a text says so."""
    module = target.partition(":")[0]
    return Diagnostic(
        "E0601",
        "`extern` code is switched off",
        _span(box),
        f"would import the Python module `{module}`",
        notes=("checking, formatting and rendering never need this",),
        help=f"if you trust this file: diag run --allow-extern {module} ...",
    )


def _span(box: Box) -> Span | None:
    return box.mark.span if box.mark is not None else None


def _called(job: Job, target: str) -> tuple[Array, ...]:
    """A call of allowed code: arrays in their declared order of axes go in and come out."""
    module = target.partition(":")[0]
    if module not in _ALLOWED.get():
        raise DiagramError(switched_off(job.box, target))
    if _TARGET.fullmatch(target) is None:
        raise DiagramError(
            Diagnostic("E0601", f"`{target}` names no function", _span(job.box), "write `module:function`")
        )
    _found(target, _span(job.box))
    frame = job.frame
    texts = []
    for array, type_ in zip(job.operands, job.dom, strict=True):
        space = Space(frame, list(type_.shape))
        order = range(len(type_.shape))
        same = set(array.labels) == set(order)
        texts.append((space.permute if same else space.broadcast)(array, tuple(order)).text)
    shapes = ", ".join(f"({''.join(frame.size(n) + ', ' for n in t.shape)})" for t in job.cod)
    inside = '__import__("compilers.extern", fromlist=["call"]).call'
    call = f"{inside}({target!r}, [{', '.join(texts)}], [{shapes}])"
    names = [frame.names.fresh(target.partition(":")[2]) for _ in job.cod]
    frame.line(f"{', '.join(names)}{',' * (len(names) == 1)} = {call}")
    return tuple(Array(n, tuple(range(len(t.shape)))) for n, t in zip(names, job.cod, strict=True))


def _found(target: str, span: Span | None) -> Any:  # Any: what a user's module has under that name
    """The function, imported. Raises `DiagramError` E0601."""
    module, _, name = target.partition(":")
    try:
        found = getattr(import_module(module), name, None)
    except ImportError as error:
        raise DiagramError(
            Diagnostic("E0601", f"cannot import `{module}`", span, str(error), help="is it on PYTHONPATH?")
        ) from None
    if not callable(found):
        raise DiagramError(Diagnostic("E0601", f"`{module}` has no function `{name}`", span))
    return found


def _failed(target: str, error: Exception) -> Diagnostic:
    """E0601 with the place in the user's module."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Diagnostic(
        "E0601",
        f"`{target}` failed: {type(error).__name__}: {error}",
        notes=(f"{Path(last.filename).name}, line {last.lineno}: {last.line}",),
        help="this is the code that `extern` names, not the diagram",
    )


def call(target: str, arrays: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """Run allowed code; its results must be arrays of the declared shapes. Any: arrays of numpy or torch.

    Generated code calls this. Raises `DiagramError` E0404, and E0601 for what that code raises.
    """
    function = _found(target, None)
    try:
        result = function(*arrays)
    except Exception as error:  # whatever a user's code raises is told as that code's
        raise DiagramError(_failed(target, error)) from error
    results = list(result) if isinstance(result, tuple | list) else [result]
    results = [r if hasattr(r, "shape") else np.asarray(r) for r in results]
    have = [tuple(r.shape) for r in results]
    if have != [tuple(s) for s in shapes]:
        told, wanted = (" and ".join(str(list(s)) for s in some) for some in (have, shapes))
        raise DiagramError(
            Diagnostic("E0404", f"`{target}` gives {told}, not {wanted}", help="shapes are those of its type")
        )
    return results
