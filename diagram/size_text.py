"""Sizes as text: sums of products, with brackets where they are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagram.sizes import Atom, Size, Terms

Name = Callable[[str], str]
"""How a symbol is written."""


def terms_text(terms: Terms, name: Name) -> str:
    """A polynomial: highest degree first, signs between the terms."""
    out = ""
    for mono, c in terms:
        factors = [power_text(atom, power, name) for atom, power in mono]
        if abs(c) != 1 or not factors:
            factors.insert(0, str(abs(c)))
        body = "*".join(factors)
        out += (f" - {body}" if c < 0 else f" + {body}") if out else (f"-{body}" if c < 0 else body)
    return out or "0"


def bracketed(text: str, size: Size) -> str:
    """The text of a size as an operand of `//`."""
    one = len(size.terms) <= 1 and (size.constant is not None or len(size.terms[0][0]) == 1)
    return text if one and text.isalnum() else f"({text})"


def power_text(atom: Atom, power: int, name: Name) -> str:
    """One factor; a quotient that is known to be whole is written as a floor, which it equals."""
    if isinstance(atom, str):
        base = name(atom)
    else:
        top, bottom = atom.top.text(name), atom.bottom.text(name)
        sign = "//" if atom.sign == "/" else atom.sign
        base = f"({bracketed(top, atom.top)}{sign}{bracketed(bottom, atom.bottom)})"
    return base if power == 1 else f"{base}**{power}"
