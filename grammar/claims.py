"""What boxes claim (`linear`, `commutative`, `monoid`, `unit = u`, `deterministic`, `grad = g`), tried out:
E0505.

A claim about a declared box is one about its image under every functor of the file that can be computed: both
sides of the law are mapped, and arrays, kernels or values on random inputs compared. A stated derivative is
compared with finite differences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diagram.derivative.declared import Stated
from diagram.errors import Diagnostic, DiagramError
from diagram.hypergraph import Diagram, copy, identity, swap
from diagram.types import Tensor, Wires
from grammar.elab.boxes import BoxForm
from grammar.elab.closing import closed, domain, itself
from grammar.elab.env import Env, Fault, Later, evaluate, fault, kid, kids, optional, word, word_span
from grammar.elab.expr import as_form
from grammar.elab.function_images import function_image
from grammar.elab.functor_targets import Missing
from grammar.elab.functors import FunctorVal, Interpretation
from grammar.elab.kernels import GaussImage
from grammar.elab.signature import Signature
from grammar.elab.tensor_images import exact_contraction
from grammar.elab.unit import Unit
from grammar.elab.values import Form
from grammar.tree import Node

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLAIMS = ("linear", "commutative", "monoid", "unit", "deterministic", "grad")
"""The options of a box that are tried."""
TRIES = 8
"""Random inputs for each law."""
TOLERANCE = 1e-7
STEP = 1e-5
"""Of finite differences, whose relative error is then below `CLOSE`."""
CLOSE = 1e-5


@dataclass(frozen=True, slots=True)
class Law:
    """Two diagrams that a claim says are equal."""

    claim: str
    says: str
    left: Diagram
    right: Diagram


def refuted(unit: Unit, seed: int = 0) -> list[Diagnostic]:
    """E0505 for every claim that some functor of the file makes false, with a counterexample."""
    found: list[Diagnostic] = []
    for functor in unit.further.functors if unit.further is not None else ():
        for sig in unit.signatures.values():
            if sig.node.kind == "box_decl" and not sig.generics and _claims(sig):
                found += _tried(functor, sig, unit.env, seed)
    return found


def _claims(sig: Signature) -> dict[str, Node]:
    """The options of a box that are claims, by name."""
    options = optional(sig.node, 4)
    return {word(o): o for o in kids(options) if word(o) in CLAIMS} if options is not None else {}


def _tried(functor: FunctorVal, sig: Signature, env: Env, seed: int) -> Iterator[Diagnostic]:
    try:
        how = functor.interpretation()
        if (sig.name, ()) not in how.boxes or how.kind not in ("function", "array", "exact"):
            return
        with how.inside(env) as inner:
            form = BoxForm(sig, {})
            if domain(form) is None:
                return
            f = itself(form, sig.node, inner)
            for law in _laws(f, sig, inner):
                against = _counterexample(how, law, functor.node, seed)
                if against:
                    yield _false(sig, functor, how, law.claim, law.says, against)
            linear = _claims(sig).get("linear")
            if linear is not None and how.kind == "function":
                against = _not_linear(how, f, linear, functor.node, seed)
                if against:
                    says = f"`{sig.name}` keeps sums and multiples"
                    yield _false(sig, functor, how, "linear", says, against)
            stated = f.boxes[0].op.grad
            if "grad" in _claims(sig) and how.kind == "function" and isinstance(stated, Stated):
                against = _not_derivative(how, f, stated, functor.node, seed)
                if against:
                    name = kid(_claims(sig)["grad"], 1).text
                    says = f"`{name}` is the derivative of `{sig.name}`, for every direction"
                    yield _false(sig, functor, how, "grad", says, against)
    except (Later, Missing, DiagramError, Fault):
        return  # it cannot be computed: checking says so where it is an error, and no claim is refuted


def _laws(f: Diagram, sig: Signature, env: Env) -> Iterator[Law]:
    """The claims of a box that are equations between diagrams."""
    claims, name = _claims(sig), sig.name
    two = len(f.dom) == 2 and f.dom[0] == f.dom[1]
    if "commutative" in claims and two:
        a, b = f.dom
        yield Law("commutative", f"{name}(x, y) == {name}(y, x)", swap(a, b) >> f, f)
    if "monoid" in claims and two and f.cod == f.dom[:1]:
        one = identity(f.cod)
        says = f"{name}({name}(x, y), z) == {name}(x, {name}(y, z))"
        yield Law("monoid", says, f @ one >> f, one @ f >> f)
    if "unit" in claims and two and f.cod == f.dom[:1]:
        u, one = _unit(claims["unit"], f.cod, env), identity(f.cod)
        if u is not None:
            text = kid(claims["unit"], 1).text
            yield Law("unit", f"{name}({text}, x) == x", u @ one >> f, one)
            yield Law("unit", f"{name}(x, {text}) == x", one @ u >> f, one)
    if "deterministic" in claims:
        says = "copying the result is the same as doing it twice"
        yield Law("deterministic", says, f >> copy(f.cod), copy(f.dom) >> f @ f)


def _unit(option: Node, type_: Wires, env: Env) -> Diagram | None:
    """`unit = zeros`, `unit = u`, as a state."""
    from grammar.elab.builtin import NamedForm, SourceForm
    from grammar.elab.emit import filled
    from grammar.elab.env import Frame
    from grammar.elab.values import Num

    node = kid(option, 1)
    value = evaluate(node, env)
    source = value.bare if isinstance(value, NamedForm) else value
    number = value.real if isinstance(value, Num) else None
    if isinstance(source, SourceForm) and source.type is None:
        number = source.value
    if number is not None:
        if not isinstance(type_[0], Tensor):
            return None
        frame = Frame(env.category)
        return frame.builder.build((filled(env.child(frame), number, type_[0], node),))
    return closed(as_form(value, node), (), node, env) if isinstance(value, Form) else None


def _false(
    sig: Signature, functor: FunctorVal, how: Interpretation, claim: str, says: str, against: str
) -> Diagnostic:
    item = how.boxes[sig.name, ()]
    said = f"`{sig.name}` is not {_SAID.get(claim, claim)}"
    help_ = f"take `{claim}` away, or change the image"
    if claim == "grad":
        said = f"`{sig.name}` does not have the derivative that it states"
        help_ = "a derivative that is meant to be another one is `stop`: x + stop(f(x) - x) has that of x"
    error = fault(
        "E0505",
        f"{said} under `{functor.title}`",
        _claims(sig)[claim],
        "this is claimed",
        labels=((word_span(item), "and here it is something else"),),
        notes=(f"claimed: {says}", f"but {against}"),
        help=help_,
    ).diagnostic
    assert error is not None
    return error


_SAID = {"monoid": "associative", "unit": "a monoid with this unit"}


# ------------------------------------------------------------------------------------------- counterexamples


def _counterexample(how: Interpretation, law: Law, node: Node, seed: int) -> str:
    """What contradicts a law; empty if nothing does."""
    if how.kind != "function":
        return _in_arrays(how, law)
    left, right = (function_image(how, d, node) for d in (law.left, law.right))
    if isinstance(left, GaussImage) and isinstance(right, GaussImage):
        a, b = left.kernel(), right.kernel()
        return "" if a.near(b, TOLERANCE) else f"the kernels are {a} and {b}"
    both = _Runs([_closed(form) for form in (left, right)])
    for k in range(TRIES):
        inputs = both.inputs(seed + k)
        a_, b_ = both.run(0, inputs), both.run(1, inputs)
        if not _near(a_, b_):
            return f"for {_shown(inputs)} it is {_shown(a_)} against {_shown(b_)}"
    return ""


def _closed(form: Form) -> Diagram:
    from grammar.elab.forms import DiagramForm

    assert isinstance(form, DiagramForm)
    return form.diagram


def _in_arrays(how: Interpretation, law: Law) -> str:
    """Both sides as arrays: the first entry that differs."""
    a, b = exact_contraction(how, law.left), exact_contraction(how, law.right)
    zero = how.ring.zero
    for place in sorted({*a, *b}):
        x, y = a.get(place, zero), b.get(place, zero)
        close = isinstance(x, float) and isinstance(y, int | float) and abs(x - y) <= TOLERANCE
        if x != y and not close:
            return f"the entry {list(place)} is {x} against {y}"
    return ""


class _Runs:
    """Diagrams of one type on numpy, learned numbers of one name the same."""

    def __init__(self, diagrams: Sequence[Diagram]) -> None:
        from grammar import sampling

        self.first = diagrams[0]
        self.sizes = sampling.sizes(self.first, 0)
        self.compiled = [d.compile("numpy", sizes=self.sizes, seed=0) for d in diagrams]
        for f in self.compiled[1:]:
            for path in f.params:
                f.params[path][...] = self.compiled[0].params.get(path, f.params[path])

    def inputs(self, seed: int) -> list[NDArray[Any]]:
        """Random inputs."""
        from grammar import sampling

        return sampling.inputs(self.first, self.sizes, seed)

    def run(self, k: int, inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """The results of diagram k."""
        result = self.compiled[k](*inputs)
        return list(result) if isinstance(result, tuple) else [result]


def _not_linear(how: Interpretation, f: Diagram, option: Node, node: Node, seed: int) -> str:
    """Where `f(x + 2 y)` is not `f(x) + 2 f(y)`; for `linear = [2]` in the second wire alone."""
    form = function_image(how, f, node)
    if isinstance(form, GaussImage):
        shift = form.kernel().shift
        return f"it adds {list(shift)}" if any(abs(s) > TOLERANCE for s in shift) else ""
    runs = _Runs([_closed(form)])
    for ports in _ports(how, f, option):
        for k in range(TRIES):
            x = runs.inputs(seed + 3 * k)
            other = runs.inputs(seed + 3 * k + 1)
            y = [o if j in ports else 0 * v for j, (v, o) in enumerate(zip(x, other, strict=True))]
            rest = [o if j in ports else v for j, (v, o) in enumerate(zip(x, other, strict=True))]
            both = runs.run(0, [a + 2 * b for a, b in zip(x, y, strict=True)])
            apart = [a + 2 * b for a, b in zip(runs.run(0, x), runs.run(0, rest), strict=True)]
            if not _near(both, apart):
                xs, ys = ([v[j] for j in ports] for v in (x, other))
                text = f"for x = {_shown(xs)}, y = {_shown(ys)}: f(x + 2 y) is {_shown(both)}"
                return f"{text}, f(x) + 2 f(y) is {_shown(apart)}"
    return ""


def _not_derivative(how: Interpretation, f: Diagram, stated: Stated, node: Node, seed: int) -> str:
    """Where the slope along a direction v, weighed with w, is not what the stated derivative gives."""
    import numpy as np

    if stated.diagram is None:
        return ""
    value, back = (_Runs([_closed(function_image(how, d, node))]) for d in (f, stated.diagram))
    smooth = [isinstance(t, Tensor) and t.dtype.is_smooth for t in value.first.dom]
    for k in range(TRIES):
        x, v = (value.inputs(seed + 2 * k + j) for j in (0, 1))
        ends = [
            value.run(0, [a + step * d if s else a for a, d, s in zip(x, v, smooth, strict=True)])
            for step in (STEP, -STEP)
        ]
        pairs = [(a, b) for a, b in zip(*ends, strict=True) if np.issubdtype(a.dtype, np.inexact)]
        rng = np.random.default_rng(seed + k)
        weights = [rng.standard_normal(a.shape).astype(a.dtype) for a, _ in pairs]
        slope = sum(
            float(np.vdot(w, a - b).real) / (2 * STEP) for w, (a, b) in zip(weights, pairs, strict=True)
        )
        if not np.isfinite(slope):
            continue
        pulled = back.run(0, [*x, *weights])
        along = [d for d, s in zip(v, smooth, strict=True) if s]
        mine = sum(float(np.vdot(p, d).real) for p, d in zip(pulled, along, strict=True))
        if not abs(mine - slope) <= CLOSE * (1 + abs(mine) + abs(slope)):
            text = f"for x = {_shown(x)} along v = {_shown(along)}, weighed with {_shown(weights)}"
            return f"{text}: finite differences give {slope:.6g}, the stated derivative {mine:.6g}"
    return ""


def _ports(how: Interpretation, f: Diagram, option: Node) -> list[list[int]]:
    """The wires that `linear` speaks of: all together, or each of `linear = [1, 2]` (from 1) alone."""
    from grammar.elab.function_images import types_of

    groups: list[list[int]] = []
    at = 0
    for t in f.dom:
        n = len(types_of(how, (t,)))
        groups.append(list(range(at, at + n)))
        at += n
    chosen = optional(option, 1)
    if chosen is None or chosen.kind != "array":
        return [list(range(at))]
    numbers = [int(n.text) for n in kids(kid(kid(chosen, 0), 0)) if n.kind == "int"]
    return [groups[n - 1] for n in numbers if 1 <= n <= len(groups)]


def _near(a: Sequence[NDArray[Any]], b: Sequence[NDArray[Any]]) -> bool:
    import numpy as np

    return all(
        bool(np.all(np.abs(x - y) <= TOLERANCE * (1 + np.abs(x) + np.abs(y))))
        for x, y in zip(a, b, strict=True)
    )


def _shown(arrays: Sequence[NDArray[Any]]) -> str:
    import numpy as np

    texts = [np.array2string(np.asarray(a), precision=4, threshold=6, edgeitems=2) for a in arrays]
    return ", ".join(" ".join(t.split()) for t in texts)
