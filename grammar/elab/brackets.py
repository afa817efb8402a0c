"""Further built-ins with square brackets, by name: importing this module puts them in the table."""

from grammar.elab.bending import BENDING
from grammar.elab.causal import deterministic
from grammar.elab.derive import DERIVED
from grammar.elab.functions import curry, uncurry
from grammar.elab.laws import normalise
from grammar.elab.memory import MARKERS
from grammar.elab.optics import get_of, put_of, residual_of, rev_of
from grammar.elab.recur import fix, fold, scan, unroll
from grammar.elab.special import SPECIAL
from grammar.elab.training import params_type, state_type, train

SPECIAL.update(BENDING)
SPECIAL.update(DERIVED)
SPECIAL.update(MARKERS)
SPECIAL.update(
    scan=scan, fold=fold, unroll=unroll, fix=fix, normalise=normalise, deterministic=deterministic,
    curry=curry, uncurry=uncurry, get=get_of,
    put=put_of, residual=residual_of, Rev=rev_of, train=train, Params=params_type, State=state_type,
)  # fmt: skip
