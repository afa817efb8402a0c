"""The array that a functor gives a box: a literal, a learned array, a static array, or a sum of diagrams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import product

from diagram.hypergraph import Box, Param
from diagram.levels import Category
from diagram.network import Entries
from diagram.reals import Real
from diagram.sizes import Size
from diagram.spec import Slot
from diagram.types import Axis, C, DType, R, Tensor, Type, Wires
from grammar.elab.array_entries import (
    check_shape,
    is_complex,
    literal,
    numbers,
    plain_numbers,
    tabled,
    unit_codes,
    wrong_shape,
)
from grammar.elab.closing import itself
from grammar.elab.emit import cast
from grammar.elab.env import Env, evaluate, fault, kid, kids, optional, word
from grammar.elab.functors import Interpretation
from grammar.elab.gates import GATE, QUBIT
from grammar.elab.learn import initialiser
from grammar.elab.shared import SHARED, SharedArray, shared_wire
from grammar.elab.static import string, whole
from grammar.elab.sums import ArrayVal, Exact, Scalar, SumForm, element, linear, number_of
from grammar.elab.typing import type_of
from grammar.elab.values import Form, Listing, Num, TypeVal, Value
from grammar.tree import Node


class ArrayImage(ABC):
    """What stands for a box in a network. Abstract."""

    __slots__ = ()

    @abstractmethod
    def wire(self, env: Env, shape: tuple[Size, ...], node: Node) -> int:
        """The array on a wire of the body being built."""


def object_sizes(how: Interpretation, name: str) -> tuple[Size, ...]:
    """`object N = [2]`, `object U = 2`: the sizes of the axes."""
    if ("object", name) not in how.images:
        if how.target == "circuit":
            wires = (QUBIT,) if name == QUBIT.name else type_of(how.objects[name], how.scope)
            how.images["object", name] = (Size.of(2),) * len(wires)
            return (Size.of(2),) * len(wires)
        node = how.objects[name]
        if node.kind == "array":
            sizes = tuple(whole(s, how.scope) for s in kids(kid(kid(node, 0), 0)))
        elif node.kind == "unit":
            sizes = ()
        else:
            sizes = (whole(node, how.scope),)
        how.images["object", name] = sizes
    found: tuple[Size, ...] = how.images["object", name]  # type: ignore[assignment]
    return found


def box_array(
    how: Interpretation, box: Box, key: tuple[str, tuple[str, ...]] | None, dom: Wires, cod: Wires
) -> ArrayImage:
    """The array of a box; made once for each type. Raises `Fault` E0403, E0404."""
    name = (box.op.name, dom, cod, box.args)
    if name not in how.images:
        if key is None:
            how.images[name] = _target_array(how, box, dom + cod)
        else:
            how.images[name] = _item_array(how, how.boxes[key], dom, cod)
    found = how.images[name]
    assert isinstance(found, ArrayImage)
    return found


def _target_array(how: Interpretation, box: Box, types: Wires) -> ArrayImage:
    """Boxes that the target itself brings: `ones[S]`, `zeros[S]`, conditionals."""
    if box.op.name == GATE:
        path = f"{how.functor.title}.{box.arg('name')}"
        return Literal(path, numbers(box.arg("entries")), how.functor.node)
    if box.op.name == "condition" and how.kind == "array":
        from grammar.elab.tensor_images import Image

        (joint,) = box.bodies
        return Conditional(
            Image(how, ((Num(Real.of(1)), joint),), (), joint.cod, how.functor.node), len(box.dom)
        )
    if box.op.name in ("ones", "zeros"):
        return Constant(Num(Real.of(int(box.op.name == "ones"))))
    raise fault(
        "E0403", f"the functor `{how.functor.title}` does not say what `{box.op.name}` is", how.functor.node
    )


@dataclass(frozen=True, slots=True)
class Constant(ArrayImage):
    """All entries are one number."""

    value: Scalar

    def wire(self, env: Env, shape: tuple[Size, ...], node: Node) -> int:
        from grammar.elab.emit import filled

        by = Real.of(number_of(self.value, node))
        return filled(env, by, Tensor(R, tuple(Axis("", n) for n in shape)), node)


@dataclass(frozen=True, slots=True)
class Literal(ArrayImage):
    """Nested tuples of numbers or ring elements."""

    path: str
    entries: object
    node: Node
    codes: tuple[tuple[int, str], ...] = ()
    """`with { zero = 0, one = 1 }`: which entries mean the units of the semiring."""

    def wire(self, env: Env, shape: tuple[Size, ...], node: Node) -> int:
        """A frozen array of the functor."""
        check_shape(self.entries, [n.constant for n in shape], self.node, self.path)
        values = plain_numbers(self.entries, self.node)
        dtype = C if is_complex(values) else R
        type_ = Tensor(dtype, tuple(Axis("", n) for n in shape))
        param = Param(self.path, "table", (values,), None, True, (SHARED,), self.node.span)
        w = shared_wire(env.frame, param, type_)
        assert w is not None
        return w


@dataclass(frozen=True, slots=True)
class Learned(ArrayImage):
    """`learned[normal(0.1)]`, or an array of the file."""

    param: Param
    type: Type | None
    node: Node

    def wire(self, env: Env, shape: tuple[Size, ...], node: Node) -> int:
        type_ = self.type or Tensor(R, tuple(Axis("", n) for n in shape))
        assert isinstance(type_, Tensor)
        if type_.shape != shape:
            wrong_shape(self.param.path, type_.shape, shape, self.node)
        w = shared_wire(env.frame, self.param, type_)
        assert w is not None
        return cast(env, w, DType("R"), node) if not type_.dtype.is_smooth else w


@dataclass(frozen=True, slots=True)
class Diagrams(ArrayImage):
    """A sum of diagrams of the source, mapped in turn."""

    image: Form

    def wire(self, env: Env, shape: tuple[Size, ...], node: Node) -> int:
        from grammar.elab.tensor_images import Image

        assert isinstance(self.image, Image)
        return env.frame.own(self.image.array(env, node))[0]


def _item_array(how: Interpretation, item: Node, dom: Wires, cod: Wires) -> ArrayImage:
    """The right side of a `box` line."""
    image = kid(item, 3)
    path = f"{how.functor.title}.{word(item)}"
    if image.kind == "extern":
        module = string(image).partition(":")[0]
        raise fault(
            "E0601",
            "`extern` code is switched off",
            image,
            f"would import the Python module `{module}`",
            help=f"`{how.target}` needs an array here; `extern` functions are for `numpy` and `torch`",
        )
    if optional(item, 2) is not None:
        raise fault(
            "E0404",
            f"`{word(item)}` needs an array under `{how.target}`",
            kid(item, 2),
            "a formula is a function",
            help="functions are images under the targets `numpy` and `torch`",
        )
    if image.kind == "static_apply" and kid(image, 0).text == "learned":
        name, args = initialiser(kids(kid(kid(image, 1), 0))[0], how.scope)
        return Learned(Param(path, name, args, None, False, (SHARED,), image.span), None, image)
    if image.kind == "array":
        return Literal(path, literal(image, how.scope), image, unit_codes(item, how.scope))
    scope = how.scope.child()
    scope.category_ = how.source
    with how.inside(scope) as inner:
        inner.category_ = _free(how)
        inner.names.update(_target_names())
        value = evaluate(image, inner)
        return _as_array(how, value, image, path, item, dom, cod, inner)


def _as_array(
    how: Interpretation, value: Value, image: Node, path: str, item: Node, dom: Wires, cod: Wires, env: Env
) -> ArrayImage:
    from grammar.elab.coverage import check_images
    from grammar.elab.function_images import wrong_image
    from grammar.elab.tensor_images import Image, dims

    if isinstance(value, ArrayVal):
        return Literal(path, value.entries, image, unit_codes(item, how.scope))
    if isinstance(value, SharedArray):
        type_, param = value.param()
        if how.kind == "exact":
            return Literal(param.path, tabled(param, image), image, unit_codes(item, how.scope))
        from dataclasses import replace

        return Learned(replace(param, options=(*param.options, SHARED)), type_, image)
    if isinstance(value, Num | Exact):
        return Literal(path, value, image)
    if isinstance(value, Listing):
        return Literal(path, tuple(value.items), image)
    if not isinstance(value, Form | TypeVal):
        from grammar.elab.values import kind_of

        raise fault("E0404", f"`{image.text}` is {kind_of(value)}, and an array is needed", image)
    found = linear(value, image)
    if isinstance(found, Image):
        return Diagrams(found)
    assert isinstance(found, SumForm)
    diagrams = tuple((c, itself(f, n, env)) for c, f, n in found.terms)
    first = diagrams[0][1]
    if (dims(how, first.dom), dims(how, first.cod)) != (dims(how, dom), dims(how, cod)):
        raise wrong_image(item, first.type_text, dom, cod)
    check_images(how, [d for _, d in diagrams], image)
    return Diagrams(Image(how, diagrams, dom, cod, image))


def _free(how: Interpretation) -> Category:
    """Images may use all structure of arrays: they live in a hypergraph category over the source."""
    return Category(how.source.name, (*how.source.levels, "hypergraph"))


def _target_names() -> dict[str, Value]:
    """`ones[S]`, `zeros[S]`: states of the target."""
    from diagram.hypergraph import single
    from diagram.op import generator
    from grammar.elab.builtin import NamedForm
    from grammar.elab.forms import DiagramForm
    from grammar.elab.typing import type_of

    def build(title: str) -> NamedForm:
        def read(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
            cod = sum((type_of(s, env) for s in slots), ())
            return DiagramForm(single(generator(title, (), cod)), node.text)

        return NamedForm(title, read)

    return {"ones": build("ones"), "zeros": build("zeros")}


@dataclass(frozen=True, slots=True)
class Conditional(ArrayImage):
    """The kernel of a joint state: its array divided by its sum over the outputs."""

    joint: Form
    given: int

    def wire(self, env: Env, shape: tuple[Size, ...], node: Node) -> int:
        from grammar.elab.builtin import aligned
        from grammar.elab.emit import contract
        from grammar.elab.tensor_images import Image, dims

        joint = self.joint
        assert isinstance(joint, Image)
        n = len(dims(joint.how, joint.out[: self.given]))
        (w,) = env.frame.own(joint.array(env, node))
        axes = tuple(Axis(f"i{k}", s) for k, s in enumerate(shape))
        every = tuple(Slot.at(k) for k in range(len(axes)))
        whole_ = contract(env, (w,), (every,), every, axes, axes, node)
        total = contract(env, (w,), (every,), every[:n], axes, axes[:n], node)
        return aligned(env, "div", (whole_, total), node)


def exact_entries(how: Interpretation, image: ArrayImage, shape: list[int]) -> Entries:
    """The entries that are not zero. Raises `Fault` E0404."""
    ring = how.ring
    if isinstance(image, Diagrams):
        from grammar.elab.tensor_images import Image

        assert isinstance(image.image, Image)
        return image.image.entries()
    if isinstance(image, Constant):
        value = element(image.value, ring, how.functor.node)
        return dict.fromkeys(product(*map(range, shape)), value) if value != ring.zero else {}
    if isinstance(image, Learned):
        from grammar.elab.functor_targets import Missing

        raise Missing("learned arrays with exact entries", image.node)
    assert isinstance(image, Literal)
    check_shape(image.entries, list(shape), image.node, image.path)
    codes = dict(image.codes)
    entries = {}
    for place in product(*map(range, shape)):
        leaf = image.entries
        for k in place:
            assert isinstance(leaf, tuple)
            leaf = leaf[k]
        assert isinstance(leaf, Num | Exact)
        number = leaf.real.number if isinstance(leaf, Num) else None
        if isinstance(number, int) and number in codes:
            value = ring.zero if codes[number] == "zero" else ring.one
        else:
            value = element(leaf, ring, image.node)
        if value != ring.zero:
            entries[place] = value
    return entries


def check_array(image: ArrayImage, shape: tuple[Size, ...]) -> None:
    """E0404 if an array does not have the shape that its box needs."""
    if isinstance(image, Literal):
        check_shape(image.entries, [n.constant for n in shape], image.node, image.path)
    elif isinstance(image, Learned) and isinstance(image.type, Tensor) and image.type.shape != shape:
        wrong_shape(image.param.path, image.type.shape, shape, image.node)
