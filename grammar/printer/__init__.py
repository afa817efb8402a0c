"""Diagrams as text: a complete `.diag` file whose definition elaborates to an equal diagram.

Bodies of calls become definitions of their own, axes are declared with their sizes, every box is one
statement that
elaborates to just that box. Not here: the layout of lines (`grammar.format`).
"""

from __future__ import annotations

from diagram.room import room
from diagram.value import Diagram
from grammar.format import format_source
from grammar.printer import calls, equations, loops, named, pointwise  # noqa: F401  (they register writers)
from grammar.printer.file import File


@room()
def to_text(d: Diagram, name: str | None = None, *, docs: bool = True) -> str:
    """The `.diag` file of a diagram, its definition last, called `name` (default: its own name, or `main`).

    `docs`: with doc comments. What is equal as diagrams stays equal: `loads(to_text(d))[name] == d`. Raises
    `DiagramError` E0407 for what the language has no words for.

    >>> from diagram.types import Ob
    >>> from diagram.wiring import box
    >>> print(to_text(box("f", Ob("A"), Ob("B")), "g"))
    category Free : hypergraph
    object A, B
    <BLANKLINE>
    box f : A -> B
    <BLANKLINE>
    def g(x0: A) -> B {
      return f(x0)
    }
    <BLANKLINE>
    """
    file = File(d, docs)
    ins = tuple(map(file.axes.type, d.dom))
    want = tuple(t.axes if hasattr(t, "axes") else None for t in map(file.axes.type, d.cod))
    main = file.definition(d, ins, want, True, name or d.name or "main")
    return format_source(file.text(main))
