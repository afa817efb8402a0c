"""Names of the initialisers of learned arrays, and how many arguments each takes; back ends draw values."""

from __future__ import annotations

INITIALISERS: dict[str, tuple[int, ...]] = {
    "default": (0,),
    "zeros": (0,),
    "ones": (0,),
    "constant": (1,),
    "uniform": (0, 2),
    "normal": (0, 1),
    "xavier": (0, 1),
    "kaiming": (0, 1),
    "orthogonal": (0, 1),
    "table": (1,),
    "load": (1,),
    "s4d_lin": (0,),
}
"""The numbers of arguments that each may have, by name."""
