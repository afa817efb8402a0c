"""`test` items: assertions about diagrams, types and values; values are checked on samples by the numpy back
end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from diagram.errors import Diagnostic, DiagramError, Span
from diagram.hypergraph import Diagram
from diagram.types import R, Tensor, Unknown, wires_text
from grammar.elab.body import bound_names, run_statements
from grammar.elab.builtin import NamedForm
from grammar.elab.closing import closed, domain
from grammar.elab.define import DefForm
from grammar.elab.env import QUIET, Env, Fault, Frame, Later, evaluate, fault, kid, kids, optional, word
from grammar.elab.expr import as_form, as_wires
from grammar.elab.functor_targets import Missing
from grammar.elab.functors import mapped_axes
from grammar.elab.groups import Orthogonal
from grammar.elab.inside import plain, static_form
from grammar.elab.kernels import GaussImage
from grammar.elab.laws import NormalForm
from grammar.elab.signature import one_way, signature
from grammar.elab.static import number, static, string
from grammar.elab.static_defs import unfolded
from grammar.elab.sums import Exact
from grammar.elab.tensor_images import Image, same_entries
from grammar.elab.typing import one_type, type_of
from grammar.elab.unit import Unit
from grammar.elab.values import Form, Listing, Num, Text, Truth, TypeVal, Value, Wired
from grammar.tree import Node
from grammar.verdicts import fits, not_natural, shown, slides

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLES = 3
"""How often a `forall` is tried."""


@dataclass(slots=True)
class Result:
    """How one test went: its name, what is wrong, and what this version cannot decide."""

    name: str
    span: Span
    errors: list[Diagnostic] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    assertions: int = 0

    @property
    def passed(self) -> bool:
        """No assertion failed."""
        return not self.errors


def run_tests(unit: Unit, seed: int = 0) -> list[Result]:
    """Run every `test` of a file."""
    return [_run(unit, node, env, seed) for node, env in unit.tests]


def _run(unit: Unit, node: Node, env: Env, seed: int) -> Result:
    result = Result(string(Node("string", (node.kids[0],), node.start, node.end, node.source)), node.span)
    test = _Test(unit, result, seed)
    unit.effort.start()
    with collected(unit) as found:
        inner = env.child(Frame(env.category))
        test.statements(kids(kid(node, 1)), inner, ())
    result.errors += found
    return result


@contextmanager
def collected(unit: Unit) -> Iterator[list[Diagnostic]]:
    """Errors found inside go into the list, not into the file's."""
    outer = list(unit.diagnostics)
    unit.diagnostics.clear()
    found: list[Diagnostic] = []
    try:
        yield found
    finally:
        found += unit.diagnostics
        unit.diagnostics[:] = outer


class _Test:
    """One test being run."""

    def __init__(self, unit: Unit, result: Result, seed: int) -> None:
        self.unit = unit
        self.result = result
        self.seed = seed

    def statements(self, nodes: Sequence[Node], env: Env, inputs: tuple[int, ...]) -> None:
        """One after the other; each fault is collected."""
        for node in nodes:
            try:
                self._statement(node, env, inputs)
            except Missing as error:
                self.result.skipped.append(error.reason)
            except Fault as error:
                self.unit.report(error)
            except DiagramError as error:
                self.unit.diagnostics.extend(error.diagnostics)
            except Later as open_:
                self.result.skipped.append(f"`{open_}` is open")

    def _statement(self, node: Node, env: Env, inputs: tuple[int, ...]) -> None:
        kind = node.kind
        if kind in ("def_pointfree", "def_pointed"):
            sig = signature(node, env)
            env.names[sig.name] = DefForm(sig, {})
            env.spans[sig.name] = node.span
            self.unit.diagram(sig, {})
        elif kind == "expect_stmt":
            self._expect(node, env, inputs)
        elif kind == "forall_stmt":
            self._forall(node, env)
        elif kind == "assert_type":
            self.result.assertions += 1
            self._type(node, env)
        elif kind in ("assert_compare", "assert_close"):
            self.result.assertions += 1
            self._compare(node, env, inputs)
        else:
            before = len(self.unit.diagnostics)
            run_statements((node,), env)
            if len(self.unit.diagnostics) > before and bound_names(node):
                raise QUIET

    # ---------------------------------------------------------------- expect

    def _expect(self, node: Node, env: Env, inputs: tuple[int, ...]) -> None:
        """Inside a `forall` its wires are there; what was built until the error is taken away again."""
        code = word(node)
        self.result.assertions += 1
        b = env.frame.builder
        boxes, wires = len(b.boxes), len(b.wires)
        with collected(self.unit) as found:
            inner = env.child() if inputs else env.child(Frame(env.category))
            self.statements(kids(kid(node, 1)), inner, inputs)
        del b.boxes[boxes:], b.wires[wires:], b.names[wires:]
        codes = sorted({d.code for d in found if not d.is_warning})
        if codes == [code]:
            return
        if not codes:
            raise fault("E0503", f"{code} was expected, and there is no error", node.span, "checks clean")
        other = next(d for d in found if d.code != code)
        raise fault(
            "E0503",
            f"{code} was expected, but there is {' and '.join(codes)}",
            node.span,
            labels=((other.span, other.message),),
        )

    # ---------------------------------------------------------------- types

    def _type(self, node: Node, env: Env) -> None:
        subject, arrow = kid(node, 0), one_way(kid(node, 1))
        inner = env.child(Frame(env.category))
        inner.axes.update(mapped_axes(subject, inner))
        dom, cod = type_of(kid(arrow, 0), inner, inner), type_of(kid(arrow, 1), inner, inner)
        value = evaluate(subject, inner)
        form = as_form(value, subject)
        frame = inner.frame
        wires = Wired(frame, tuple(frame.builder.input(t) for t in dom), dom)
        out = form.apply(inner, wires, subject, tuple(subject.span for _ in dom)).types
        if any(isinstance(t, Unknown) for t in out):
            raise QUIET
        if not fits(out, cod, inner):
            raise fault(
                "E0503",
                "this assertion is false: the type is another",
                subject,
                f"gives    {wires_text(out)}",
                labels=((kid(arrow, 1), f"asserted {wires_text(cod)}"),),
            )

    # ---------------------------------------------------------------- comparisons

    def _compare(self, node: Node, env: Env, inputs: tuple[int, ...]) -> None:
        left, right = kid(node, 0), kid(node, 1 if node.kind == "assert_close" else 2)
        sign = "~=" if node.kind == "assert_close" else node.kids[1].text  # type: ignore[union-attr]
        inner = env.child()
        a, b = unfolded(_side(left, inner), inner), unfolded(_side(right, inner), inner)
        exact = (
            same_entries(a, b, node) if isinstance(a, Image | Exact) or isinstance(b, Image | Exact) else None
        )
        if exact is not None:
            if exact != (sign != "!="):
                raise fault(
                    "E0503", "this assertion is false", node, f"left is {shown(a)}, right is {shown(b)}"
                )
            return
        if isinstance(a, GaussImage) and isinstance(b, GaussImage):
            if a.kernel().near(b.kernel(), self._tolerance(node, env)) != (sign != "!="):
                shown_ = f"left is {a.kernel()}, right is {b.kernel()}"
                raise fault("E0503", "this assertion is false", node, shown_)
            return
        a, b = (v.array(env, node) if isinstance(v, Image) else v for v in (a, b))
        if isinstance(a, Wired) or isinstance(b, Wired):
            self._values(node, a, b, sign, env, inputs)
        elif isinstance(a, Form | TypeVal) and isinstance(b, Form | TypeVal):
            f, g = as_form(a, left), as_form(b, right)
            if sign != "~=" or not self._sampled(node, f, g, env):
                self._diagrams(node, f, g, sign, env)
        else:
            self._statics(node, a, b, sign, env)

    def _statics(self, node: Node, a: Value, b: Value, sign: str, env: Env) -> None:
        plain = (Num, Truth, Text, Listing)
        if not isinstance(a, plain) or not isinstance(b, plain):
            raise fault("E0307", f"`{node.text}` compares things of different kinds", node)
        if sign == "~=":
            assert isinstance(a, Num) and isinstance(b, Num)
            gap = a.real.apply("-", b.real).number
            ok = gap is not None and abs(gap) <= self._tolerance(node, env)
        elif sign in ("==", "!="):
            ok = (a == b) == (sign == "==")
        else:
            from grammar.elab.static import compare_sizes

            assert isinstance(a, Num) and isinstance(b, Num)
            x, y = a.size, b.size
            ok = x is not None and y is not None and compare_sizes(sign, x, y) is True
        if not ok:
            raise fault("E0503", "this assertion is false", node, f"left is {shown(a)}, right is {shown(b)}")

    def _diagrams(self, node: Node, a: Form, b: Form, sign: str, env: Env) -> None:
        dom = domain(a) or domain(b) or (Tensor(R),) * (a.arity() or b.arity() or 0)
        f, g = closed(a, dom, kid(node, 0), env), closed(b, dom, kid(node, 2), env)
        from diagram.equality import equal

        if equal(f, g) == (sign in ("==", "~=")):
            return
        from diagram.difference import difference

        if sign == "==" and slides(f, g):
            raise not_natural(node, env)
        where = difference(f, g)
        normal = isinstance(a, NormalForm) or isinstance(b, NormalForm)
        raise fault(
            "E0504" if normal else "E0503",
            "the normal forms differ under these rules" if normal else "this assertion is false",
            node.kids[0].span.to(kid(node, 2).span) if isinstance(node.kids[0], Node) else node,
            "the diagrams differ" if sign != "!=" else "the diagrams are equal",
            notes=(where,) if where and sign != "!=" else (),
        )

    def _sampled(self, node: Node, a: Form, b: Form, env: Env) -> bool:
        """`f ~= g` for diagrams of arrays: both on the same samples. False if they take anything else."""
        dom = domain(a) or domain(b)
        if dom is None or not all(isinstance(t, Tensor) for t in dom):
            return False
        frame = Frame(env.category)
        inner = env.child(frame)
        wires = Wired(frame, tuple(frame.builder.input(t) for t in plain(dom)))
        left, right = kid(node, 0), kid(node, 1)
        x, y = (f.apply(inner, wires, n, (n.span,) * len(dom)) for f, n in ((a, left), (b, right)))
        self._values(node, x, y, "~=", inner, wires.ids)
        return True

    def _values(self, node: Node, a: Value, b: Value, sign: str, env: Env, inputs: tuple[int, ...]) -> None:
        """Both sides as outputs of one diagram, run on samples."""
        from grammar.elab.results import fit_result

        left, right = kid(node, 0), kid(node, 1 if node.kind == "assert_close" else 2)
        x, y = as_wires(a, left, env), as_wires(b, right, env)
        if len(x.ids) != len(y.ids):
            raise fault("E0503", f"{len(x.ids)} wires are compared with {len(y.ids)}", node)
        frame = env.frame
        ends: list[int] = []
        for u, v in zip(frame.own(x), frame.own(y), strict=True):
            type_ = frame.builder.wires[u]
            scalar = isinstance(type_, Tensor) and not type_.axes
            ends += [u, v if scalar else fit_result(env, v, type_, left.span, right)]
        d = frame.closed(ends).build(ends)
        if any(not isinstance(t, Tensor) for t in (*d.dom, *d.cod)):
            self._symbols(node, frame, ends, sign)
            return
        if sign in ("==", "!=") and any("symbol" in dict(p.options) for p in d.params):
            self._expressions(node, d, sign)
            return
        tolerance = self._tolerance(node, env)
        for k in range(SAMPLES if inputs else 1):
            arrays = self._run(d, k)
            for value, other in zip(arrays[::2], arrays[1::2], strict=True):
                self._near(node, value, other, sign, tolerance)

    def _symbols(self, node: Node, frame: Frame, ends: list[int], sign: str) -> None:
        """Wires that carry no arrays: equal if the diagrams that give them are."""
        from diagram.equality import equal

        f, g = (frame.builder.build(some) for some in (ends[::2], ends[1::2]))
        if equal(f, g) != (sign in ("==", "~=")):
            raise fault(
                "E0503",
                "this assertion is false",
                node,
                "the diagrams differ" if sign != "!=" else "they are equal",
            )

    def _expressions(self, node: Node, d: Diagram, sign: str) -> None:
        """Numbers with symbols of a functor in them: compared as expressions."""
        from diagram.symbolic import expressions, same

        try:
            sides = expressions(d)
        except DiagramError as error:
            first = error.diagnostics[0]
            raise fault(
                first.code, first.message, first.span or node, first.label, notes=first.notes
            ) from None
        for u, v in zip(sides[::2], sides[1::2], strict=True):
            if same(u, v) != (sign == "=="):
                raise fault("E0503", "this assertion is false", node, f"left is {u}, right is {v}")

    def _run(self, d: Diagram, k: int) -> list[NDArray[Any]]:
        """The outputs on one sample."""
        from grammar import sampling

        seed = self.seed + k
        sizes = sampling.sizes(d, seed)
        f = d.compile("numpy", sizes=sizes, seed=seed)
        sampling.share(f, d)
        result = f(*sampling.inputs(d, sizes, seed))
        return list(result) if isinstance(result, tuple) else [result]

    def _near(self, node: Node, u: NDArray[Any], v: NDArray[Any], sign: str, tolerance: float) -> None:
        import numpy as np

        u, v = np.asarray(u), np.asarray(v)
        if sign == "~=":
            scale = max(1.0, float(np.max(np.abs(v), initial=0.0)))
            ok = bool(np.all(np.abs(u - v) <= tolerance * scale))
        else:
            rules = {"==": np.equal, "!=": np.not_equal, "<=": np.less_equal, ">=": np.greater_equal,
                     "<": np.less, ">": np.greater}  # fmt: skip
            ok = bool(np.all(rules[sign](u, v)))
        if not ok:
            gap = float(np.max(np.abs(np.subtract(u, v, dtype=np.float64))))
            raise fault("E0503", "this assertion is false", node, f"the values differ by up to {gap:.3g}")

    def _tolerance(self, node: Node, env: Env) -> float:
        within = optional(node, 2) if node.kind == "assert_close" else None
        value = number(within, env).number if within is not None else 1e-9
        return float(value) if isinstance(value, int | float) else 1e-9

    # ---------------------------------------------------------------- forall

    def _forall(self, node: Node, env: Env) -> None:
        frame = Frame(env.category)
        inner = env.child(frame)
        for param in kids(kid(node, 0)):
            type_ = optional(param, 1)
            if type_ is None:
                raise fault("E0311", f"`{word(param)}` needs a type", param)
            group = _group(type_, inner)
            if group is not None:
                inner.names[word(param)] = group.sample(inner, word(param))
            else:
                w = frame.builder.input(one_type(type_, inner, inner), word(param))
                inner.names[word(param)] = Wired(frame, (w,))
            inner.spans[word(param)] = param.span
        self.statements(kids(kid(node, 2)), inner, tuple(range(len(frame.builder.wires))))


def _group(type_: Node, env: Env) -> Orthogonal | None:
    """A group to sample from, `O[3]`; None for an ordinary type."""
    base = type_.kids[0] if type_.kind == "static_apply" else None
    if not isinstance(base, Node) or base.kind != "name" or not isinstance(env.find(word(base)), NamedForm):
        return None
    value = evaluate(type_, env)
    return value if isinstance(value, Orthogonal) else None


def _side(node: Node, env: Env) -> Value:
    """One side of a comparison; `true` and numbers are static, everything else is evaluated."""
    if node.kind in ("bool", "int", "real", "string"):
        return static(node, env)
    if node.kind == "lambda":
        return static_form(node, env)
    value = evaluate(node, env)
    if isinstance(value, Form) and value.arity() == 0 and node.kind in ("call",):
        return as_wires(value, node, env)
    return value
