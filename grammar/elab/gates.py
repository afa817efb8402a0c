"""What the functor target `circuit` brings: qubits, their states, and the usual gates as arrays.

Rows of a gate are its inputs, so that composition reads left to right: the entry at (i, j) is `<j| U |i>`.
Angles of
rotations are in full turns, as in DisCoPy.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable

from diagram.hypergraph import Arg, single
from diagram.op import generator
from diagram.reals import Real
from diagram.types import Ob, Wires
from grammar.elab.builtin import NamedForm
from grammar.elab.env import Env, fault
from grammar.elab.forms import DiagramForm
from grammar.elab.static import number, whole
from grammar.elab.values import TypeVal, Value
from grammar.tree import Node

QUBIT = Ob("qubit")
"""The one object of circuits, of dimension 2."""
_HALF = 0.5**0.5
Matrix = tuple[tuple[complex, ...], ...]
GATES: dict[str, Matrix] = {
    "H": ((_HALF, _HALF), (_HALF, -_HALF)),
    "X": ((0, 1), (1, 0)),
    "Y": ((0, 1j), (-1j, 0)),
    "Z": ((1, 0), (0, -1)),
    "S": ((1, 0), (0, 1j)),
    "T": ((1, 0), (0, cmath.exp(1j * cmath.pi / 4))),
    "CX": ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 0, 1), (0, 0, 1, 0)),
    "CZ": ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, -1)),
    "SWAP": ((1, 0, 0, 0), (0, 0, 1, 0), (0, 1, 0, 0), (0, 0, 0, 1)),
}
"""Gates without parameters."""


def rotation(axis: str, turns: float) -> Matrix:
    """`Rx`, `Ry`, `Rz` by a part of a full turn.

    >>> rotation("z", 0.5)[0][0].imag
    -1.0
    """
    half = cmath.pi * turns
    c, s = cmath.cos(half), cmath.sin(half)
    if axis == "x":
        return (c, -1j * s), (-1j * s, c)
    if axis == "y":
        return (c, s), (-s, c)
    return (cmath.exp(-1j * half), 0), (0, cmath.exp(1j * half))


def names() -> dict[str, Value]:
    """The names that are visible inside a functor into `circuit`."""
    found: dict[str, Value] = {"qubit": TypeVal((QUBIT,))}
    found.update({name: _gate(name, matrix) for name, matrix in GATES.items()})
    found.update({f"R{axis}": NamedForm(f"R{axis}", _rotation(axis)) for axis in "xyz"})
    found["ket"] = NamedForm("ket", _state(False))
    found["bra"] = NamedForm("bra", _state(True))
    return found


def _gate(name: str, matrix: Matrix) -> DiagramForm:
    n = 1 if len(matrix) == 2 else 2
    rows = [[Real.of(e) for e in row] for row in matrix]
    return _box(name, (QUBIT,) * n, (QUBIT,) * n, _nested([e for row in rows for e in row]))


def _nested(entries: list[Real]) -> Arg:
    """A flat list as pairs of pairs."""
    level: list[Arg] = list(entries)
    while len(level) > 1:
        level = [(level[k], level[k + 1]) for k in range(0, len(level), 2)]
    return level[0]


def _box(name: str, dom: Wires, cod: Wires, entries: Arg) -> DiagramForm:
    return DiagramForm(single(generator(GATE, dom, cod), args=(("name", name), ("entries", entries))), name)


GATE = "gate"
"""The name of a box that carries its own array."""
Build = Callable[[tuple[Node, ...], Node, Env], Value]


def _rotation(axis: str) -> Build:
    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        if len(slots) != 1:
            raise fault("E0302", f"`R{axis}` takes one angle, in full turns", node, help=f"R{axis}[0.25]")
        turns = number(slots[0], env).number
        if not isinstance(turns, int | float):
            raise fault("E0333", f"`{slots[0].text}` is not a number that is known here", slots[0])
        return _gate(node.text, rotation(axis, float(turns)))

    return build


def _state(turned: bool) -> Build:
    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        bits = [whole(s, env).constant for s in slots]
        if any(bit not in (0, 1) for bit in bits):
            raise fault("E0319", f"`{node.text}` has a position that is neither 0 nor 1", node)
        wires: Wires = (QUBIT,) * len(bits)
        place = sum((bit or 0) << k for k, bit in enumerate(reversed(bits)))
        entries = _nested([Real.of(int(k == place)) for k in range(2 ** len(bits))])
        return _box(node.text, wires if turned else (), () if turned else wires, entries)

    return build
