"""`functor F[...] : C -> target { axis object box learn include }`: what it maps where, and how it is
applied.

Images of boxes as arrays are in `tensor_images`, as functions and diagrams in `function_images`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from diagram.hypergraph import Diagram
from diagram.levels import TENSOR, Category
from diagram.op import Kind, Op
from diagram.reals import Real
from diagram.semirings import LAURENT, REAL, SEMIRINGS, Laurent, Semiring
from diagram.sizes import Size
from diagram.types import Ob, Wires
from grammar.elab.closing import itself
from grammar.elab.env import AxisInfo, Env, Later, evaluate, fault, kid, kids, word
from grammar.elab.forms import IdForm
from grammar.elab.functor_options import declared, option_names, symbol_ring
from grammar.elab.functor_targets import TARGETS, UNBUILT, Missing, check_level
from grammar.elab.nearest import suggest
from grammar.elab.signature import generic_kind, static_value
from grammar.elab.static import whole
from grammar.elab.sums import Exact, SumForm
from grammar.elab.values import DTypeVal, Form, Num, Static, TypeVal, Value, kind_of
from grammar.tree import Node


@dataclass(slots=True, eq=False)
class Interpretation:
    """A functor with its generics given: scope, target, and its items by name, those of included ones too."""

    functor: FunctorVal
    scope: Env
    source: Category
    kind: str
    """`array`, `exact`, `function`, `diagram` or `cost`."""
    target: str
    ring: Semiring = REAL
    category: Category = TENSOR
    """Where the images live."""
    axes: dict[str, Size] = field(default_factory=dict)
    objects: dict[str, Node] = field(default_factory=dict)
    boxes: dict[tuple[str, tuple[str, ...]], Node] = field(default_factory=dict)
    learns: dict[str, Node] = field(default_factory=dict)
    caches: dict[int, dict[object, Diagram | None]] = field(default_factory=dict)
    images: dict[object, object] = field(default_factory=dict)

    @property
    def explicit(self) -> bool:
        """Whether cups or caps have images of their own."""
        return any(name in ("cup", "cap") for name, _ in self.boxes)

    def key(self, op: Op, dom: Wires, cod: Wires) -> tuple[str, tuple[str, ...]] | None:
        """The item that maps a box, if there is one."""
        name = {"cup box": "cup", "cap box": "cap"}.get(op.name, op.name)
        if op.kind == Kind.STRUCTURE:
            names = tuple(t.name for t in (dom or cod) if isinstance(t, Ob))
            return (name, names) if (name, names) in self.boxes else None
        return next((key for key in self.boxes if key[0] == name), None)

    @contextmanager
    def inside(self, env: Env) -> Iterator[Env]:
        """A scope to elaborate source diagrams in: its sizes for the axes, cups as boxes if it maps them."""
        units = {id(u): u for u in (env.unit, self.functor.env.unit)}.values()
        sigs = [s for u in units for s in u.signatures.values()]
        saved_bodies = [s.bodies for s in sigs]
        saved_modes = [(u, u.explicit) for u in units]
        homes = [
            (scope, name, scope.axes[name])
            for name in self.axes
            if (scope := _holder(name, self.functor.env))
        ]
        if self.axes or self.explicit:
            for s in sigs:
                s.bodies = self.caches.setdefault(id(s), {})
        for u in units:
            u.explicit = self.explicit
        for scope, name, old in homes:
            scope.axes[name] = AxisInfo(name, self.axes[name], span=old.span, batch=old.batch)
        try:
            inner = env.child()
            inner.category_ = self.source
            inner.indexing = None
            yield inner
        finally:
            for scope, name, old in homes:
                scope.axes[name] = old
            for u, mode in saved_modes:
                u.explicit = mode
            for s, bodies in zip(sigs, saved_bodies, strict=True):
                s.bodies = bodies


def _holder(name: str, env: Env) -> Env | None:
    return next((scope for scope in env.chain() if name in scope.axes), None)


@dataclass(slots=True, eq=False)
class FunctorVal(Static):
    """A declared functor, with some of its generics given."""

    node: Node
    env: Env
    statics: Mapping[str, Value] = field(default_factory=dict)
    made: dict[object, Interpretation] = field(default_factory=dict)
    """Interpretations by static arguments; shared by all mentions."""

    @property
    def title(self) -> str:
        """Its name."""
        return word(self.node)

    @property
    def kind(self) -> str:
        return f"the functor `{self.title}`"

    @property
    def open_generics(self) -> list[Node]:
        """Generics that still need a value."""
        return [g for g in self._generics() if word(g, 1) not in self.statics and generic_kind(g)[3] is None]

    def _generics(self) -> tuple[Node, ...]:
        return kids(kid(self.node, 1)) if self.node.kids[1] is not None else ()

    def given(self, brackets: Node, node: Node, env: Env) -> Value:
        """`F[n = 3]` fills generics, `F[f]` and `F[T]` apply. Raises `Fault`."""
        slots = kids(kid(brackets, 0))
        if self.open_generics or any(s.kind == "named" for s in slots) or self._is_generic(slots, env):
            return self._filled(slots, env)
        if len(slots) != 1:
            raise fault("E0302", f"{self.kind} is applied to one diagram or type", brackets)
        return apply_functor(self, slots[0], node, env)

    def _is_generic(self, slots: tuple[Node, ...], env: Env) -> bool:
        left = [g for g in self._generics() if word(g, 1) not in self.statics]
        if not left or len(slots) != 1:
            return False
        kind = generic_kind(left[0])[2]
        if slots[0].kind == "int":
            return kind in ("nat", "int", "real", "axis")
        return kind == "type" and slots[0].kind == "name" and isinstance(evaluate(slots[0], env), DTypeVal)

    def _filled(self, slots: tuple[Node, ...], env: Env) -> FunctorVal:
        generics = {word(g, 1): generic_kind(g)[2] for g in self._generics()}
        order = [name for name in generics if name not in self.statics]
        statics = dict(self.statics)
        for slot in slots:
            name, expr = (
                (word(slot), kid(slot, 1)) if slot.kind == "named" else (order.pop(0) if order else "", slot)
            )
            if name not in generics:
                near = suggest(name, generics)
                raise fault(
                    "E0201",
                    f"{self.kind} has no static argument `{name}`"
                    if name
                    else f"{self.kind} takes fewer arguments",
                    slot,
                    help=f"did you mean `{near}`?" if near else "",
                )
            statics[name] = static_value(generics[name], expr, env)
        return FunctorVal(self.node, self.env, statics, self.made)

    def member(self, name: str, node: Node, env: Env) -> Value:
        """`F.A`: a name of the target."""
        found = self.interpretation().scope.names.get(name)
        if found is None:
            raise fault("E0201", f"{self.kind} has no `{name}`", node)
        return found.used(env) if isinstance(found, Static) and env.has_frame else found

    def interpretation(self) -> Interpretation:
        """The functor with its generics resolved. Raises `Fault`, `Later`."""
        key = tuple(sorted((name, repr(value)) for name, value in self.statics.items()))
        if key not in self.made:
            self.made[key] = self._interpretation()
        return self.made[key]

    def _interpretation(self) -> Interpretation:
        scope = self.env.child()
        for generic in self._generics():
            _, name, kind, default, _ = generic_kind(generic)
            value = self.statics.get(name)
            if value is None and default is not None:
                value = static_value(kind, default, scope)
            if value is None:
                raise Later(name)
            scope.names[name] = value
            if (
                isinstance(value, Num) and value.size is not None
            ):  # an axis of the file of this name is hidden
                scope.axes[name] = AxisInfo(name, value.size)
        source = source_category(self.node, self.env)
        target = kid(self.node, 3)
        result = _targeted(self, scope, source, target)
        option_names(self.node, scope)
        _read_items(result, self.node, set())
        check_level(result.target, result.source, self.node, result.boxes.keys())
        return result


def source_category(node: Node, env: Env) -> Category:
    """The category that a functor starts from. Raises `Fault` E0201."""
    path = kid(node, 2)
    name = path.text
    if name == "Tensor":
        return TENSOR
    found = env.unit.categories.get(name)
    if found is None:
        near = suggest(name, env.unit.categories)
        raise fault(
            "E0201",
            f"there is no category `{name}`",
            path,
            help=f"did you mean `{near}`?" if near else "",
            edits=((path, near),) if near else (),
        )
    return found


def _targeted(functor: FunctorVal, scope: Env, source: Category, target: Node) -> Interpretation:
    """The target of a functor. Raises `Fault` E0201, `Missing`."""
    name = kid(target, 0).text
    slots = kids(kid(kid(target, 1), 0)) if target.kids[1] is not None else ()
    if name in UNBUILT:
        raise Missing(f"the functor target `{name}`", target)
    if name in scope.unit.categories:
        return Interpretation(functor, scope, source, "diagram", name, category=scope.unit.categories[name])
    if name not in TARGETS:
        near = suggest(name, [*TARGETS, *scope.unit.categories])
        raise fault(
            "E0201",
            f"there is no functor target `{name}`",
            target,
            help=f"did you mean `{near}`?" if near else f"targets are {', '.join(TARGETS)}",
            edits=((target, near),) if near else (),
        )
    if name == "laurent":
        for slot in slots:
            scope.names[slot.text] = Exact(Laurent.variable(slot.text), LAURENT)
        return Interpretation(functor, scope, source, "exact", name, LAURENT)
    if name == "sympy":
        scope.names.update(declared(functor.node, functor.env, functor.title))
    if name == "gauss":
        from grammar.elab.kernels import names as sources

        scope.names.update(sources())
    if name == "circuit":
        from grammar.elab.gates import names

        scope.names.update(names())
    if name == "tensor" and slots and slots[0].text == "sympy":
        return Interpretation(functor, scope, source, "exact", name, symbol_ring(functor.node, scope))
    if name == "tensor" and slots and slots[0].text in SEMIRINGS:
        name = slots[0].text
    if name == "semiring":
        name = _semiring_name(slots, scope, target)
    if name in SEMIRINGS and name != "real":
        return Interpretation(functor, scope, source, "exact", name, SEMIRINGS[name])
    return Interpretation(functor, scope, source, TARGETS[name], name)


def _semiring_name(slots: tuple[Node, ...], scope: Env, target: Node) -> str:
    """`semiring[bool]` by the name of a semiring or of an element type."""
    value = scope.find(slots[0].text) if slots else None
    text = str(value.dtype) if isinstance(value, DTypeVal) else slots[0].text if slots else ""
    if isinstance(value, TypeVal) and len(value.wires) == 1:
        text = str(value.wires[0])
    found = {"R": "real", "f64": "real", "f32": "real", "nat": "count", "i64": "count"}.get(text, text)
    if found not in SEMIRINGS:
        raise Missing(f"the semiring `{text}`", target)
    return found


def _read_items(into: Interpretation, node: Node, seen: set[int]) -> None:
    """The items of a functor; those given first win over included ones."""
    seen.add(id(node))
    included: list[Node] = []
    for item in kids(kid(node, 5)):
        if item.kind == "map_include":
            included.append(item)
        elif item.kind == "map_axis":
            into.axes.setdefault(word(item), whole(kid(item, 1), into.scope))
        elif item.kind == "map_object":
            into.objects.setdefault(word(item), kid(item, 1))
        elif item.kind == "map_box":
            names = tuple(word(g, 1) for g in kids(kid(item, 1))) if item.kids[1] is not None else ()
            into.boxes.setdefault((word(item), names), item)
        elif item.kind == "map_learn":
            into.learns.setdefault(kid(item, 0).text, item)
    for item in included:
        path = kid(item, 0)
        found = into.functor.env.find(path.text)
        if not isinstance(found, FunctorVal):
            raise fault("E0201", f"there is no functor `{path.text}` to include", path)
        if id(found.node) in seen:
            raise fault("E0203", f"`{path.text}` includes itself", path)
        _read_items(into, found.node, seen)


# ------------------------------------------------------------------------------------------------ applying


def apply_functor(functor: FunctorVal, slot: Node, node: Node, env: Env) -> Value:
    """`F[f]` or `F[T]`. Raises `Fault` E0403, E0404, E0407."""
    with functor.interpretation().inside(env) as inner:
        return image_of(functor.interpretation(), evaluate(slot, inner), slot, node, inner)


def image_of(how: Interpretation, given: Value, slot: Node, node: Node, env: Env) -> Value:
    """The image of a diagram, type or number. Raises `Fault` E0403, E0404."""
    from grammar.elab.cost_images import cost_image
    from grammar.elab.coverage import check_images
    from grammar.elab.function_images import function_image, function_type
    from grammar.elab.static_defs import unfolded
    from grammar.elab.tensor_images import Image, image_type

    arrays = how.kind in ("array", "exact")
    value = unfolded(given, env)
    if isinstance(value, TypeVal) and how.kind != "exact":
        return image_type(how, value.wires, node) if arrays else function_type(how, value.wires, node)
    if isinstance(value, TypeVal):
        value = IdForm(value.wires, slot.text)
    if isinstance(value, Num | Exact):
        return value
    if not isinstance(value, Form):
        raise fault("E0307", f"`{slot.text}` is {kind_of(value)}, not a diagram", slot)
    if arrays:
        terms = value.terms if isinstance(value, SumForm) else ((Num(Real.of(1)), value, slot),)
        diagrams = tuple((c, itself(f, n, env)) for c, f, n in terms)
        check_images(how, [d for _, d in diagrams], node)
        return Image(how, diagrams, diagrams[0][1].dom, diagrams[0][1].cod, node)
    d = itself(value, slot, env)
    check_images(how, [d], node)
    if how.kind == "cost":
        return cost_image(how, d, node)
    return function_image(how, d, node)


@dataclass(frozen=True, slots=True)
class ThenFunctor(Static):
    """`F >> G`: first F, then G on what F gives."""

    parts: tuple[FunctorVal, ...]

    @property
    def kind(self) -> str:
        return "a composite of functors"

    def given(self, brackets: Node, node: Node, env: Env) -> Value:
        """`(F >> G)[f]` is `G[F[f]]`."""
        slots = kids(kid(brackets, 0))
        if len(slots) != 1:
            raise fault("E0302", f"{self.kind} is applied to one diagram or type", brackets)
        value = apply_functor(self.parts[0], slots[0], node, env)
        for functor in self.parts[1:]:
            how = functor.interpretation()
            with how.inside(env) as inner:
                value = image_of(how, value, slots[0], node, inner)
        return value


def mapped_axes(node: Node, env: Env) -> dict[str, AxisInfo]:
    """The axes that a functor gives other sizes, for the type of `F[f]`: `axis v = 101` inside F."""
    if node.kind != "static_apply":
        return {}
    base = kid(node, 0)
    if base.kind == "name" and env.find(word(base)) is None:
        return {}
    value = evaluate(base, env) if base.kind in ("name", "static_apply") else None
    if not isinstance(value, FunctorVal):
        return {}
    return {name: AxisInfo(name, size) for name, size in value.interpretation().axes.items()}
