"""All rules of expressions and statements: importing this module registers them."""

from grammar.elab import (
    application,
    arithmetic,
    body,
    brackets,
    expr,
    feedback,
    functions,
    loops,
    patterns,
    powers,
)

__all__ = [
    "application",
    "arithmetic",
    "body",
    "brackets",
    "expr",
    "feedback",
    "functions",
    "loops",
    "patterns",
    "powers",
]
