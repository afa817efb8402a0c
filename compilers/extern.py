"""Boxes that stand for Python code named in a text: nothing is imported because a text says so."""

from __future__ import annotations

from diagram.errors import Diagnostic
from diagram.value import Box


def switched_off(box: Box, target: str) -> Diagnostic:
    """E0601: nothing is imported because a text says so."""
    module = target.partition(":")[0]
    return Diagnostic(
        "E0601",
        "`extern` code is switched off",
        box.mark.span if box.mark is not None else None,
        f"would import the Python module `{module}`",
        notes=("checking, formatting and rendering never need this",),
        help=f"if you trust this file: diag run --allow-extern {module} ...",
    )
