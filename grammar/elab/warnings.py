"""Warnings about names and holes: look-alikes of other scripts, shadowed imports, what a hole has to be."""

from __future__ import annotations

from collections.abc import Iterable

from diagram.errors import Diagnostic, Label, Span
from diagram.types import Wires, wires_text

_ALIKE = dict(
    zip(
        "АВЕЗКМНОРСТУХаеорсухіјѕԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιοκνρυ",
        "ABE3KMHOPCTYXaeopcyxijsdqwABEZHIKMNOPTYXaiokvpu",
        strict=True,
    )
)
"""Letters of Cyrillic and Greek that look like Latin ones (Unicode TR 39, the part that names use)."""


def skeleton(name: str) -> str:
    """The name with look-alike letters replaced by Latin ones.

    >>> skeleton("Аd") == "Ad"
    True
    """
    return name if name.isascii() else "".join(_ALIKE.get(letter, letter) for letter in name)


def look_alike(name: str, span: Span, others: Iterable[tuple[str, Span | None]]) -> Diagnostic | None:
    """W0201 if another name looks the same and is not."""
    shape = skeleton(name)
    for other, place in others:
        if other != name and skeleton(other) == shape:
            odd = next((letter for letter in name + other if not letter.isascii()), "")
            return Diagnostic(
                "W0201",
                f"`{name}` looks like another name, `{other}`, but is not",
                span,
                f"the letter U+{ord(odd):04X} is of another script" if odd else "",
                (Label(place, "this is the other one"),) if place is not None else (),
                help="write both in one script",
            )
    return None


def shadowed(name: str, span: Span, imported: Span) -> Diagnostic:
    """W0203: a declaration hides an import."""
    return Diagnostic(
        "W0203",
        f"`{name}` hides an import of the same name",
        span,
        "from here on it means this",
        (Label(imported, "imported here"),),
        help=f"rename one: `import ... as {name}_`, or drop the import",
    )


def hole(name: str, dom: Wires, cod: Wires | None, span: Span) -> Diagnostic:
    """W0211: a hole and the type that its place needs."""
    gives = wires_text(cod) if cod is not None else "?"
    return Diagnostic(
        "W0211",
        f"the hole `?{name}` has the type {wires_text(dom)} -> {gives}",
        span,
        "not filled yet",
        help="checking and drawing accept it; running does not",
    )
