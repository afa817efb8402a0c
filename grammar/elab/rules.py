"""All rules of expressions and statements: importing this module registers them."""

from grammar.elab import arithmetic, body, expr, functions, loops, patterns, powers

__all__ = ["arithmetic", "body", "expr", "functions", "loops", "patterns", "powers"]
