"""Further built-ins with square brackets, by name: importing this module puts them in the table."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from grammar.elab.bending import BENDING
from grammar.elab.derive import DERIVED
from grammar.elab.env import Env
from grammar.elab.functions import curry, uncurry
from grammar.elab.memory import MARKERS
from grammar.elab.optic_changes import oplax_of, slim_of
from grammar.elab.optics import get_of, put_of, residual_of, rev_of
from grammar.elab.recur import fix
from grammar.elab.scans import fold, scan, unroll
from grammar.elab.special import SPECIAL
from grammar.elab.training import params_type, state_type, train
from grammar.elab.values import Value
from grammar.tree import Node


def _late(module: str, name: str) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    """A built-in whose module is loaded when it is used."""

    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        value: Value = getattr(import_module(f"grammar.elab.{module}"), name)(slots, node, env)
        return value

    return build


SPECIAL.update(BENDING)
SPECIAL.update(DERIVED)
SPECIAL.update(MARKERS)
SPECIAL.update(
    scan=scan, fold=fold, unroll=unroll, fix=fix,
    normalise=_late("laws", "normalise"), deterministic=_late("causal", "deterministic"),
    learner=_late("learners", "learner_of"), para=_late("learners", "para_of"),
    implement=_late("learners", "implement"), update=_late("learners", "update"),
    request=_late("learners", "request"),
    cost=_late("costs", "cost_of"), curry=curry, uncurry=uncurry, get=get_of,
    put=put_of, residual=residual_of, oplax=oplax_of, slim=slim_of, Rev=rev_of,
    train=train, Params=params_type, State=state_type,
    choice=_late("choice", "choice"), clamp=_late("choice", "clamp"),
)  # fmt: skip
