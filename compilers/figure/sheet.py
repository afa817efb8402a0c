"""What a cascade of styles says about one figure: which values hold for a box, wire, axis, object, region.

Later and more special rules win: a base style comes before what extends it, the name of an operation before
the name in the text, one name before a whole path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from compilers.figure.scene import PT, Look

Value = object
"""A word, a number, a quantity as text (`12pt`), a list of such."""
_UNITS = {"pt": 1.0, "px": 0.75, "mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0}
BASE_SIZE = 11.0
"""The size of names in a figure that is not scaled, in points."""


class RuleLike(Protocol):
    """`box softmax { shape = triangle }`."""

    @property
    def kind(self) -> str:
        """`box`, `wire`, ..."""
        ...

    @property
    def path(self) -> str:
        """The name that it is about."""
        ...

    @property
    def values(self) -> Mapping[str, Value]:
        """What it sets."""
        ...


class StyleLike(Protocol):
    """One `style` item."""

    @property
    def values(self) -> Mapping[str, Value]:
        """What it sets."""
        ...

    @property
    def rules(self) -> Iterable[RuleLike]:
        """Its rules, in order."""
        ...

    @property
    def aligned(self) -> tuple[tuple[str, ...], ...]:
        """Wires kept level together."""
        ...

    @property
    def ordered(self) -> tuple[tuple[str, str], ...]:
        """Pairs of wires, the first above the second."""
        ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of a figure, the most general first."""

    values: Mapping[str, Value] = field(default_factory=dict)
    rules: tuple[tuple[str, str, Mapping[str, Value]], ...] = ()
    aligned: frozenset[str] = frozenset()
    ordered: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(cascade: Iterable[StyleLike]) -> Sheet:
        """The sheet of a cascade, which begins with its most special style."""
        styles = list(cascade)[::-1]
        values = {key: value for style in styles for key, value in style.values.items()}
        rules = tuple((r.kind, r.path, r.values) for style in styles for r in style.rules)
        aligned = frozenset(name for style in styles for names in style.aligned for name in names)
        return Sheet(values, rules, aligned, tuple(pair for style in styles for pair in style.ordered))

    def with_axes(self, looks: Iterable[tuple[str, Mapping[str, Value]]]) -> Sheet:
        """The same with what axes were declared with, which every style may overrule."""
        own = tuple(("axis", name, values) for name, values in looks)
        return Sheet(self.values, (*own, *self.rules), self.aligned, self.ordered)

    def find(self, kind: str, *names: str) -> dict[str, Value]:
        """What holds for a thing with these names, the most general name first."""
        if not self.rules:
            return {}
        hits = []
        for number, (of, path, values) in enumerate(self.rules):
            last = path.rpartition(".")[2]
            if of == kind and last in names:
                hits.append((names.index(last), "." in path, number, values))
        hits.sort(key=lambda hit: hit[:3])
        return {key: value for *_, values in hits for key, value in values.items()}

    def axis(self, name: str) -> dict[str, Value]:
        """What holds for an axis; `x'` is drawn like `x`."""
        return self.find("axis", name.rstrip("'"), name)

    def look(self, look: Look, values: Mapping[str, Value]) -> Look:
        """A line in the colour, width and dash that were asked for."""
        width = quantity(values.get("width"))
        dash = values.get("dash")
        return Look(
            look.fill,
            colour(values.get("color"), look.stroke),
            look.width if width is None else width,
            (4 * PT, 3 * PT) if dash is True else look.dash,
            look.double,
            opacity(values),
        )


PLAIN = Sheet()


def opacity(values: Mapping[str, Value]) -> int:
    """How much of a thing is seen, in hundredths: `opacity = 0.5`."""
    found = values.get("opacity")
    plain = isinstance(found, int | float) and not isinstance(found, bool)
    return min(100, max(0, round(100 * float(str(found))))) if plain else 100


def quantity(value: Value) -> int | None:
    """A length in units of the scene: `12pt`, `1.5mm`, or a number of points.

    >>> quantity("2pt"), quantity(1.5), quantity("wide")
    (128, 96, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return round(value * PT)
    text = str(value)
    unit = next((u for u in _UNITS if text.endswith(u)), "")
    try:
        return round(float(text.removesuffix(unit)) * _UNITS.get(unit, 1.0) * PT)
    except ValueError:
        return None


def colour(value: Value, default: str) -> str:
    """A colour as it was written, `#1f77b4` or `teal`, else the default."""
    text = str(value) if isinstance(value, str) else ""
    is_code = len(text) in (4, 7) and text[0] == "#" and all(c in "0123456789abcdefABCDEF" for c in text[1:])
    return text if is_code or (text.isascii() and text.isalpha()) else default
