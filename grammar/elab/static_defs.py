"""Definitions without wires, `def tidy = normalise[...]`, `def basis[k: nat] = ...`: what they stand for is
static."""

from __future__ import annotations

from grammar.elab.define import DefForm
from grammar.elab.env import Env, evaluate, kid
from grammar.elab.signature import Signature, open_signature
from grammar.elab.sums import Linear, SumForm
from grammar.elab.values import Listing, Num, Static, Value


def unfolded(value: Value, env: Env) -> Value:
    """A definition whose body is static, as that; any other value as it is. Raises `Fault`, `Later`."""
    while isinstance(value, DefForm) and may_be_static(value.sig):
        found = static_body(value)
        if found is None:
            return value
        value = found
    return value


def may_be_static(sig: Signature) -> bool:
    """Whether a definition names no wires: neither an arrow nor parameters."""
    return sig.node.kind == "def_pointfree" and sig.arrow and not sig.ports


def static_body(form: DefForm) -> Value | None:
    """The body of a definition if it is no diagram: a list, a strategy, a ring element, an image of a
    functor."""
    opened = open_signature(form.sig, form.statics, top=True)
    value = evaluate(kid(form.sig.node, 5), opened.env)
    if isinstance(value, Static | Listing | Num):
        return value
    return value if isinstance(value, Linear) and not isinstance(value, SumForm) else None
