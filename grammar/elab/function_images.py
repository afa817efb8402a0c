"""Functors into functions on arrays (`numpy`, `torch`), where `@` is the pair, and into other categories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from diagram.errors import DiagramError
from diagram.functor import Functor
from diagram.hypergraph import Box, Diagram, Mark, Param, single
from diagram.melt import melt
from diagram.op import Kind, generator
from diagram.types import Ob, R, Tensor, Type, Wires, wires_text
from diagram.value import make
from grammar.elab.builtin import NamedForm, PointwiseForm, SourceForm
from grammar.elab.closing import closed
from grammar.elab.env import AxisInfo, Env, Frame, evaluate, fault, kid, kids, optional, word, word_span
from grammar.elab.expr import as_form, as_wires
from grammar.elab.forms import DiagramForm
from grammar.elab.functors import Interpretation
from grammar.elab.learn import initialiser
from grammar.elab.results import match_axes
from grammar.elab.shared import SHARED
from grammar.elab.static import string
from grammar.elab.typing import type_of
from grammar.elab.values import Form, Num, TypeVal, Value, Wired
from grammar.tree import Node


def types_of(how: Interpretation, types: Wires) -> Wires:
    """The images of some types: what the functor says of objects; arrays stay."""
    result: list[Type] = []
    for t in types:
        node = how.objects.get(t.name) if isinstance(t, Ob) else None
        wires = _type_of(how, node) if node is not None else (t,)
        result += reversed(wires) if isinstance(t, Ob) and t.adjoint % 2 else wires
    return tuple(result)


def _type_of(how: Interpretation, node: Node) -> Wires:
    """The image of an object; for Gaussian kernels a number says how many wires."""
    if how.target == "gauss" and node.kind == "int":
        return (Tensor(R),) * int(node.text)
    return type_of(node, _scope(how))


def function_type(how: Interpretation, types: Wires, node: Node) -> Value:
    """`F[T]`."""
    return TypeVal(types_of(how, types))


def _scope(how: Interpretation) -> Env:
    inner = how.scope.child()
    inner.category_ = how.category
    return inner


def function_image(how: Interpretation, d: Diagram, node: Node) -> Form:
    """`F[f]`: a diagram of the target. Raises `Fault` E0404, E0407."""
    if how.boxes or how.objects:
        if any(b.op.kind == Kind.GENERATOR for b in d.boxes) or any(b.bodies for b in d.boxes):
            d = make(melt(d, True, anew=True), d.dom, d.cod, d.category, d.name, d.doc, d.results)
        functor = Functor(lambda t: types_of(how, (t,)), lambda box: box_image(how, box, node), how.category)
        try:
            d = _shared_once(functor(d))
        except DiagramError as error:
            first = error.diagnostics[0]
            raise fault(first.code, first.message, node, notes=first.notes) from None
    if how.target == "gauss":
        from grammar.elab.kernels import GaussImage

        return GaussImage(d, node)
    return DiagramForm(_initialised(how, d), node.text)


def _initialised(how: Interpretation, d: Diagram) -> Diagram:
    """`learn wte = load("weights.npz")`: the arrays whose paths have these segments begin otherwise."""
    if not how.learns:
        return d
    params = []
    for param in d.params:
        item = next((i for path, i in how.learns.items() if f".{path}." in f".{param.path}."), None)
        if item is not None:
            init, args = initialiser(kid(item, 1), how.scope)
            param = replace(param, init=init, args=args)
        params.append(param)
    flat = d.flat._replace(params=tuple(params))
    return make(flat, d.dom, d.cod, d.category, d.name, d.doc, d.results)


def box_image(how: Interpretation, box: Box, node: Node) -> Diagram | None:
    """The image of one box; None if it stays as it is. Each is made once for each type."""
    if box.op.kind == Kind.GENERATOR:
        dom, cod = box.op.dom, box.op.cod
        key = how.key(box.op, dom, cod)
        if key is None:
            return None
        name = (key, dom, cod, box.args)
        if name not in how.images:
            how.images[name] = item_image(how, how.boxes[key], dom, cod)
        found = how.images[name]
        assert isinstance(found, Diagram | None)
        return found
    if box.op.name == "condition" and how.target == "gauss":
        from grammar.elab.kernels import conditional

        return conditional(how, box, node)
    return None


def item_image(how: Interpretation, item: Node, dom: Wires, cod: Wires) -> Diagram | None:
    """The diagram that a `box` line of a functor gives, checked against the mapped type. None for `extern`
    and holes."""
    image, params = kid(item, 3), optional(item, 2)
    want_dom, want_cod = types_of(how, dom), types_of(how, cod)
    if image.kind == "hole":
        return None
    if image.kind == "extern":
        return _extern(image, word(item), want_dom, want_cod)
    scope = _scope(how)
    if params is not None:
        d = _formula(how, item, params, image, want_dom, want_cod, scope)
    else:
        d = closed(_library_form(item, image, want_dom, scope), want_dom, image, scope)
    if d.dom != want_dom or not _same(d.cod, want_cod, scope):
        raise wrong_image(item, f"{wires_text(d.dom)} -> {wires_text(d.cod)}", want_dom, want_cod)
    return make(d.flat, want_dom, want_cod, d.category)


def _library_form(item: Node, image: Node, dom: Wires, scope: Env) -> Form:
    """A diagram, or a dotted name of the target's library: `torch.softmax with { dim = x }`."""
    library = kid(image, 0).text if image.kind == "attr" else ""
    if library not in LIBRARIES or scope.find(library) is not None:
        found = evaluate(image, scope)
        return SourceForm(image.text, None, found.real) if isinstance(found, Num) else as_form(found, image)
    name = word(image, 1)
    value = scope.unit.builtin(name)
    if not isinstance(value, PointwiseForm | NamedForm):
        raise fault(
            "E0201", f"`{image.text}` is not on the allow-list", image,
            help="functors may name operations that the language has: exp, relu, softmax, ...",
        )  # fmt: skip
    options = optional(item, 4)
    axes = {word(o): optional(o, 1) for o in kids(options)} if options is not None else {}
    along = axes.get("dim") or axes.get("axis")
    if isinstance(value, NamedForm) and along is not None:
        named = (a for t in dom if isinstance(t, Tensor) for a in t.axes if a.name)
        scope.axes.update({a.name: AxisInfo(a.name, a.size) for a in named})
        return as_form(value.build((along,), image, scope), image)
    return value


LIBRARIES = ("torch", "numpy", "np")
"""The libraries whose operations may be named, as far as the language has them."""


def _extern(image: Node, name: str, dom: Wires, cod: Wires) -> Diagram:
    """A box that stays closed: what it would run is written on it, nothing is imported."""
    d = single(generator(name, dom, cod), args=(("extern", string(image)),))
    (box,) = d.flat.boxes
    mark = Mark(name, image.span)
    return make(d.flat._replace(boxes=(box._replace(mark=mark),)), dom, cod, d.category)


def _formula(
    how: Interpretation, item: Node, params: Node, image: Node, dom: Wires, cod: Wires, scope: Env
) -> Diagram:
    frame = Frame(how.category)
    inner = scope.child(frame)
    inner.names["learned"] = NamedForm("learned", _learned(f"{how.functor.title}.{word(item)}"))
    names = kids(params)
    if len(names) != len(dom):
        have = f"{' @ '.join('?' for _ in names) or '()'} -> {wires_text(cod)}"
        raise wrong_image(item, have, dom, cod, f"{len(names)} names for {len(dom)} wires")
    for param, type_ in zip(names, dom, strict=True):
        inner.names[word(param)] = Wired(frame, (frame.builder.input(type_, word(param)),))
        inner.spans[word(param)] = word_span(param)
    out = as_wires(evaluate(image, inner), image, inner)
    return frame.builder.build(frame.own(out), name=word(item))


def _learned(path: str) -> Callable[[tuple[Node, ...], Node, Env], Value]:
    """`learned[normal(0.1)]` in a formula: a number of the functor, the same wherever the box stands."""

    def build(slots: tuple[Node, ...], node: Node, env: Env) -> Value:
        if len(slots) != 1:
            raise fault("E0302", "`learned` takes one initialiser", node, help="learned[normal(0.1)]")
        init, args = initialiser(slots[0], env)
        options = (SHARED, ("origin", path))
        param = Param(path, init, args, None, False, options, node.span)
        return Wired(env.frame, (env.frame.builder.param(Tensor(R), param),))

    return build


def _shared_once(d: Diagram) -> Diagram:
    """Learned numbers of one box, however often the box was mapped, as one."""
    flat, first = d.flat, dict[object, int]()
    to: dict[int, int] = {}
    kept = []
    for param, w in zip(flat.params, d.param_wires, strict=True):
        origin = dict(param.options).get("origin")
        if origin is not None and origin in first:
            to[w] = first[origin]
        else:
            first[origin] = w
            kept.append((param, w))
    if not to:
        return d
    boxes = tuple(box._replace(dom=tuple(to.get(w, w) for w in box.dom)) for box in flat.boxes)
    inputs = (*flat.inputs[: len(d.dom)], *(w for _, w in kept))
    outputs = tuple(to.get(w, w) for w in flat.outputs)
    new = flat._replace(boxes=boxes, inputs=inputs, outputs=outputs, params=tuple(p for p, _ in kept))
    return make(new, d.dom, d.cod, d.category, d.name, d.doc, d.results)


def _same(have: Wires, want: Wires, env: Env) -> bool:
    if len(have) != len(want):
        return False
    return all(
        h == w
        or (
            isinstance(h, Tensor)
            and isinstance(w, Tensor)
            and _real(h) == _real(w)
            and match_axes(w.axes, h.axes, env) == tuple(range(len(w.axes)))
        )
        for h, w in zip(have, want, strict=True)
    )


def _real(type_: Tensor) -> str:
    """Real numbers of any precision are one here: `x + 1.0` keeps what it is given."""
    return "R" if type_.dtype.is_real else str(type_.dtype)


def wrong_image(item: Node, have: str, dom: Wires, cod: Wires, note: str = "") -> Exception:
    """E0404 with both types."""
    return fault(
        "E0404",
        f"the image of `{word(item)}` has the wrong type",
        kid(item, 3),
        f"it is         {have}",
        labels=((word_span(item), f"it should be  {wires_text(dom)} -> {wires_text(cod)}"),),
        notes=(note,) if note else (),
    )
