"""One Python function while it is being written: its lines, its names, and where its sizes come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from compilers.dialect import Dialect
from compilers.text import Names, Piece, identifier, piece, real_piece
from diagram.reals import Real
from diagram.sizes import Size, symbol


class Frame:
    """Mutable while one function is written. `values` are sizes fixed when compiling; all other
    symbols are read from the shapes of the inputs, at the top of the function, if the code needs
    them.
    """

    def __init__(
        self,
        dialect: Dialect,
        dtypes: Mapping[str, str],
        values: Mapping[str, int],
        reserved: Sequence[str] = (),
    ) -> None:
        self.dialect = dialect
        self.dtypes = dtypes
        self.values = values
        self.names = Names(reserved)
        self.lines: list[str] = []
        self.like: str | None = None
        """An array of the function, for the device of new ones."""
        self._indent = "    "
        self._sizes: dict[str, str] = {}
        self._own: set[str] = set()

    @property
    def needed(self) -> dict[str, str]:
        """Size symbols the code uses, with their variables."""
        return {s: name for s, name in self._sizes.items() if s not in self._own}

    def line(self, text: str) -> None:
        """One statement."""
        self.lines.append(self.indented(text) if text else "")

    def indented(self, text: str) -> str:
        """The text at the depth of the block being written."""
        return self._indent + text

    def let(self, text: str, hint: str = "t") -> str:
        """Name an expression; returns the name."""
        name = self.names.fresh(hint)
        self.line(f"{name} = {text}")
        return name

    def atom(self, text: str, hint: str = "t") -> str:
        """The expression if it is a name, else a new name for it."""
        return text if text.isidentifier() else self.let(text, hint)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Statements inside `head:`."""
        self.line(head)
        outer, self._indent = self._indent, self._indent + "    "
        yield
        self._indent = outer

    def dtype(self, name: str) -> str:
        """The library's element type for one of ours; `R` and `C` by the precision asked for."""
        return self.dtypes.get(name, name)

    def size_name(self, name: str) -> str:
        """The variable of a size symbol."""
        if name not in self._sizes:
            hint = identifier(name)
            self._sizes[name] = self.names.fresh(hint if self.names.free(hint) else f"size_{hint}")
        return self._sizes[name]

    def size(self, size: Size) -> str:
        """A size as Python."""
        size = size.subs(self.values)
        return str(size.constant) if size.constant is not None else size.text(self.size_name)

    def number(self, text: str, hint: str) -> Size:
        """A new size symbol for a whole number computed by an expression."""
        value = self.let(text, hint)
        own = f"{value}\0"
        self._sizes[own] = value
        self._own.add(own)
        return symbol(own)

    def real(self, value: Real) -> Piece:
        """A static number as Python."""
        return real_piece(value.subs(self.values), self.size_name)

    def shaped(self, size: Size) -> str:
        """A size, bracketed so that it can be a factor."""
        return piece(self.size(size)).at(4)
