"""Diag: text becomes one typed hypergraph, and everything else is a functor out of it.

`load` reads a `.diag` file; `Diagram` is the value; `reverse` its derivative. Heavy parts load where used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Axis": "diagram.types", "DType": "diagram.types", "Hom": "diagram.types", "Ob": "diagram.types",
    "Tensor": "diagram.types", "Size": "diagram.sizes", "symbol": "diagram.sizes",
    "Category": "diagram.levels", "TENSOR": "diagram.levels", "FREE": "diagram.levels",
    "Diagram": "diagram.hypergraph", "Builder": "diagram.hypergraph", "Box": "diagram.hypergraph",
    "Param": "diagram.hypergraph",
    "identity": "diagram.hypergraph", "swap": "diagram.hypergraph", "permutation": "diagram.hypergraph",
    "copy": "diagram.hypergraph", "discard": "diagram.hypergraph", "spider": "diagram.hypergraph",
    "cup": "diagram.hypergraph", "cap": "diagram.hypergraph", "trace": "diagram.hypergraph",
    "seq": "diagram.hypergraph", "par": "diagram.hypergraph", "box": "diagram.hypergraph",
    "reverse": "diagram.derivative", "value_and_reverse": "diagram.derivative", "grad": "diagram.derivative",
    "jvp": "diagram.derivative", "vjp": "diagram.derivative", "hvp": "diagram.derivative",
    "jacobian": "diagram.derivative.jacobians", "hessian": "diagram.derivative.jacobians",
    "replaced": "diagram.editing",
    "Functor": "diagram.functor", "inline": "diagram.inlining", "lift": "diagram.lifting",
    "prune": "diagram.sharing", "share": "diagram.sharing", "STANDARD": "diagram.ops",
    "load": "diagram._grammar", "loads": "diagram._grammar",
    "check_file": "diagram._grammar", "check_text": "diagram._grammar",
    "equal": "diagram.equality", "canonical": "diagram.equality", "digest": "diagram.equality",
    "to_json": "diagram.serial", "from_json": "diagram.serial",
    "Rule": "diagram.rewrite", "matches": "diagram.rewrite", "rewrites": "diagram.rewrite",
    "normalise": "diagram.rewrite",
    "Theorem": "diagram.proof", "Step": "diagram.proof", "prove": "diagram.proof",
    "to_discopy": "compilers.to_discopy", "from_discopy": "compilers.from_discopy",
    "to_networkx": "compilers.to_networkx", "from_networkx": "compilers.to_networkx",
    "TensorFunctor": "compilers.to_tensor",
    "DiagramError": "diagram.errors", "Diagnostic": "diagram.errors",
}  # fmt: skip
__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    """Public names, loaded when first used (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'diagram' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
