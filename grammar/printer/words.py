"""Words of the text: names that are free, numbers, sizes and types as `.diag` writes them."""

from __future__ import annotations

import re
from collections.abc import Callable

from diagram.errors import Diagnostic, DiagramError
from diagram.levels import LEVELS
from diagram.ops import STANDARD
from diagram.quotient import Quotient
from diagram.reals import FUNCTIONS, Real
from diagram.sizes import Size
from diagram.types import DTYPES, Axis, DType, Hom, Ob, Tensor, Type
from grammar.elab import brackets  # noqa: F401  (it registers names)
from grammar.elab.builtin import table
from grammar.elab.special import SPECIAL
from grammar.tables import TABLES

KEYWORDS = TABLES.reserved | TABLES.contextual
CONSTANTS = ("pi", "inf", "i", "std", "_")
SHORT = {"maximum": "max", "minimum": "min"}
"""Shorter names of operations of two arrays."""
RESERVED = KEYWORDS | {*CONSTANTS, *DTYPES, *STANDARD, *LEVELS, *FUNCTIONS, *table(), *SPECIAL}
"""Names that the text does not give to anything of its own."""
NAME = re.compile(r"[^\W\d]\w*'*\Z")


def cannot(what: str, help_: str = "") -> DiagramError:
    """What is raised for a diagram that the language has no words for."""
    return DiagramError(Diagnostic("E0407", f"the text has no way to write {what}", help=help_))


def valid(name: str) -> bool:
    """Whether a text is a name that may be given."""
    return bool(NAME.match(name)) and name not in RESERVED


def plain_name(name: str) -> str:
    """A valid name like this one: dots and signs become `_`, a word with a meaning gets a `_`."""
    text = re.sub(r"\W+", "_", name.replace("'", "\0")).strip("_") if name else ""
    text = re.sub(r"[^\w]", "_", text)
    if not text:
        return ""
    if text[0].isdigit():
        text = "n" + text
    return text if valid(text) else text + "_"


class Words:
    """The names taken so far in some scope; new ones get a number. `given`: those given in it and in any
    scope inside
    or around."""

    __slots__ = ("given", "outer", "taken")

    def __init__(self, outer: Words | None = None) -> None:
        self.outer = outer
        self.given: set[str] = set() if outer is None else outer.given
        self.taken: set[str] = set()

    def __contains__(self, name: str) -> bool:
        scope: Words | None = self
        while scope is not None:
            if name in scope.taken:
                return True
            scope = scope.outer
        return name in RESERVED

    def free(self, wanted: str, fallback: str = "t") -> str:
        """A free name like `wanted`; it is taken now."""
        base = (
            wanted if NAME.match(wanted or " ") and wanted not in RESERVED else plain_name(wanted) or fallback
        )
        name, k, stem = base, 1, base.rstrip("'")
        while name in self:
            name, k = f"{stem}{'_' if stem[-1].isdigit() else ''}{k}", k + 1
        self.taken.add(name)
        self.given.add(name)
        return name

    def give(self, wanted: str, fallback: str, used: frozenset[str]) -> str:
        """A free name for an item, which may be that of a built-in the text does not use."""
        base = (
            wanted if NAME.match(wanted or " ") and wanted not in KEYWORDS else plain_name(wanted) or fallback
        )
        if base in used or base in self.taken or base in CONSTANTS:
            return self.free(base, fallback)
        self.taken.add(base)
        return base


# Numbers and sizes


def size_text(size: Size, name: Callable[[str], str] = str) -> str:
    """A size as an expression; whole quotients as `a / b`."""
    out = ""
    for mono, c in size.terms:
        factors = [_power(atom, power, name) for atom, power in mono]
        if abs(c) != 1 or not factors:
            factors.insert(0, str(abs(c)))
        body = "*".join(factors)
        out += (f" - {body}" if c < 0 else f" + {body}") if out else (f"-{body}" if c < 0 else body)
    return out or "0"


def _power(atom: str | Quotient, power: int, name: Callable[[str], str]) -> str:
    if isinstance(atom, str):
        return name(atom) if power == 1 else f"{name(atom)}**{power}"
    sign = atom.sign
    base = f"({_tight(size_text(atom.top, name))} {sign} {_tight(size_text(atom.bottom, name))})"
    return "*".join([base] * power)


def _tight(text: str) -> str:
    return text if re.fullmatch(r"[\w'\[\]]+", text) else f"({text})"


def is_atomic(text: str) -> bool:
    """Whether a text needs no brackets as a factor."""
    return bool(re.fullmatch(r"[\w'.]+|[0-9.]+e[-+]?[0-9]+|\([^()]*\)", text))


def real_text(value: Real, tight: bool = False) -> str:
    """A static number; in brackets unless atomic if `tight`. Raises `DiagramError` for one without a name
    (nan)."""
    text = _real(value, 0)
    return f"({text})" if tight and not is_atomic(text.removeprefix("-")) else text


_LEVEL = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "neg": 3, "**": 4}


def _real(value: Real, level: int) -> str:
    if not value.sign:
        text = _leaf(value.args[0])  # type: ignore[arg-type]
        own = 9 if is_atomic(text) else 3 if re.fullmatch(r"-[\w'.+-]+", text) else 1
    elif value.sign in _LEVEL and len(value.args) == 2:
        own, (a, b) = _LEVEL[value.sign], value.args
        assert isinstance(a, Real) and isinstance(b, Real)
        power = value.sign == "**"
        gap = "" if power else " "
        text = f"{_real(a, own + power)}{gap}{value.sign}{gap}{_real(b, own if power else own + 1)}"
    else:
        (a,) = value.args
        assert isinstance(a, Real)
        own = 3 if value.sign == "neg" else 9
        text = f"-{_real(a, 3)}" if value.sign == "neg" else f"{value.sign}({_real(a, 0)})"
    return f"({text})" if own < level else text


def _leaf(value: int | float | complex | Size) -> str:
    if isinstance(value, Size):
        return size_text(value)
    if isinstance(value, complex):
        return (
            f"({value.real!r} + {value.imag!r}*i)"
            if value.imag >= 0
            else f"({value.real!r} - {-value.imag!r}*i)"
        )
    if value != value:
        raise cannot("the number nan")
    return repr(value)


def uses_functions(value: Real) -> bool:
    """Whether a static number has `sqrt` and the like in it: outside square brackets these act on arrays."""
    if value.sign in FUNCTIONS:
        return True
    return any(uses_functions(a) for a in value.args if isinstance(a, Real))


# Types


def dtype_text(dtype: DType) -> str:
    """An element type."""
    return dtype.name if dtype.bound is None else f"{dtype.name}[{size_text(dtype.bound)}]"


def axis_text(axis: Axis) -> str:
    """A slot of an array type."""
    if axis.factors and all(f.name or f.size.constant is not None for f in axis.factors):
        return f"({' '.join(f.name or str(f.size) for f in axis.factors)})"
    return axis.name or size_text(axis.size)


def type_text(type_: Type) -> str:
    """A type. Raises `DiagramError` for an unknown one."""
    if isinstance(type_, Ob):
        turn = (".r" if type_.adjoint > 0 else ".l") * abs(type_.adjoint)
        return type_.name + "'" * type_.prime + turn
    if isinstance(type_, Hom):
        return f"({wires_text(type_.dom)} -> {wires_text(type_.cod)})"
    if isinstance(type_, Tensor):
        if not type_.axes:
            return dtype_text(type_.dtype)
        return f"{dtype_text(type_.dtype)}[{', '.join(map(axis_text, type_.axes))}]"
    raise cannot("a wire of unknown type")


def wires_text(wires: tuple[Type, ...]) -> str:
    """Types side by side."""
    return " @ ".join(map(type_text, wires)) or "()"
