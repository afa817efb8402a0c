"""Functors between diagrams: a map of objects and a map of boxes, applied in one loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from diagram.builder import Builder
from diagram.errors import Diagnostic, DiagramError, Label
from diagram.levels import Category
from diagram.melt import melt
from diagram.types import Ob, Type, Wires, wires_text
from diagram.value import Box, Diagram, Flat, make
from diagram.wiring import each

BoxMap = Callable[[Box], Diagram | None]


@dataclass(frozen=True, slots=True)
class Functor:
    """`F(f >> g) = F(f) >> F(g)`, `F(f @ g) = F(f) @ F(g)`, wiring to wiring.

    `obs` gives the image of basic objects by name (adjoints follow: `F(A.r) = F(A).r`), or is a function of
    types; what it does not mention stays. `boxes` gives the image of boxes by name, or is a function of
    boxes; `None` (and, unless `total`, a missing name) keeps the box. Raises `DiagramError` E0403 for boxes
    without an image, all of them at once, and E0404 for images of another type.

    >>> from diagram.wiring import box
    >>> A, B = Ob("A"), Ob("B")
    >>> F = Functor({"A": (B, B)}, {"f": box("g", (B, B), (B, B)) >> box("h", (B, B), (B, B))})
    >>> F(box("f", A, A) @ box("f", A, A))
    diagram : B @ B @ B @ B -> B @ B @ B @ B
    """

    obs: Mapping[str, Wires | Type] | Callable[[Type], Wires] = field(default_factory=dict)
    boxes: Mapping[str, Diagram] | BoxMap = field(default_factory=dict)
    category: Category | None = None
    total: bool = False

    def type(self, type_: Type) -> Wires:
        """The image of one type."""
        if callable(self.obs):
            return self.obs(type_)
        if not isinstance(type_, Ob) or type_.name not in self.obs:
            return (type_,)
        image = self.obs[type_.name]
        wires = image if isinstance(image, tuple) else (image,)
        if type_.adjoint % 2:
            wires = wires[::-1]
        return tuple(_turn(t, type_) for t in wires)

    def wires(self, types: Wires) -> Wires:
        """The image of a tuple of types."""
        return tuple(t for type_ in types for t in self.type(type_))

    def __call__(self, d: Diagram) -> Diagram:
        """The image of a diagram, its definitions unfolded. O(boxes + size of the images)."""
        if any(box.op.name == "call" for box in d.boxes):
            d = make(melt(d, True, anew=True), d.dom, d.cod, d.category, d.name, d.doc, d.results, d.span)
        flat, category = d.flat, self.category or d.category
        memo: dict[Type, Wires] = {}
        for t in flat.wires:
            if t not in memo:
                memo[t] = self.type(t)
        images = self._images(d)
        same = not images and all(len(ts) == 1 for ts in memo.values())
        if same and not any(box.op.name == "again" for box in flat.boxes):
            wires = tuple([memo[t][0] for t in flat.wires])
            return make(
                flat._replace(wires=wires),
                self.wires(d.dom),
                self.wires(d.cod),
                category,
                d.name,
                d.doc,
                d.results,
            )
        return _apply(self, d, flat, memo, images, category)

    def _images(self, d: Diagram) -> dict[int, Diagram]:
        """Images of the boxes that do not stay, by their number; checks them all."""
        table = self.boxes
        found: dict[int, Diagram] = {}
        missing: list[Box] = []
        for k, box in enumerate(d.flat.boxes):
            image = table(box) if callable(table) else table.get(box.op.name)
            if image is not None:
                found[k] = image
            elif self.total:
                missing.append(box)
        if missing:
            raise DiagramError(_no_image(missing))
        return found


def _turn(type_: Type, by: Ob) -> Type:
    if not isinstance(type_, Ob):
        return type_
    return replace(type_, adjoint=type_.adjoint + by.adjoint, prime=type_.prime != by.prime)


def _no_image(boxes: list[Box]) -> Diagnostic:
    names = list(dict.fromkeys(box.op.name for box in boxes))
    labels = [Label(b.mark.span, f"{b.op.name} is used here") for b in boxes if b.mark and b.mark.span]
    return Diagnostic(
        "E0403",
        f"the functor gives no image for {', '.join(names)}",
        labels[0].span if labels else None,
        labels=tuple(labels[1:]),
        help=f"add a line for each: box {names[0]} = ...",
    )


def _apply(
    functor: Functor,
    d: Diagram,
    flat: Flat,
    memo: dict[Type, Wires],
    images: dict[int, Diagram],
    category: Category,
) -> Diagram:
    builder = Builder(category)
    to: list[tuple[int, ...] | None] = [None] * len(flat.wires)
    for w, port in zip(flat.inputs, d.dom, strict=False):
        mine = tuple(builder.input(t, flat.names[w]) for t in functor.type(port))
        _bind(builder, to, w, mine)
    for w, p in zip(d.param_wires, flat.params, strict=True):
        _bind(builder, to, w, tuple(builder.param(t, p) for t in memo[flat.wires[w]]))
    for k, box in enumerate(flat.boxes):
        ins = tuple(v for w in box.dom for v in _image(builder, to, flat, memo, w))
        image = images.get(k)
        if image is not None:
            outs = _insert(functor, builder, box, image, ins, flat)
        elif box.op.name == "again":
            outs = tuple(each(builder, box.op, ins, box.args))
        elif all(to[w] is None for w in box.cod):
            types = [t for w in box.cod for t in memo[flat.wires[w]]]
            outs = builder.box(box.op, ins, types, box.spec, box.args, box.bodies, box.mark)
        else:
            outs = tuple(v for w in box.cod for v in _image(builder, to, flat, memo, w))
            builder.attach(box._replace(dom=ins, cod=outs))
        at = 0
        for w in box.cod:
            n = len(memo[flat.wires[w]])
            _bind(builder, to, w, outs[at : at + n])
            at += n
    for w in range(len(flat.wires)):  # closed wires without boxes
        _image(builder, to, flat, memo, w)
    results = [v for w in flat.outputs for v in _image(builder, to, flat, memo, w)]
    dom, cod = functor.wires(d.dom), functor.wires(d.cod)
    names = d.results if len(cod) == len(d.cod) else ()
    return builder.build(results, d.name, d.doc, names, None, dom, cod)


def _bind(builder: Builder, to: list[tuple[int, ...] | None], w: int, mine: tuple[int, ...]) -> None:
    """Wire `w` is `mine`; if it exists already the two are joined (a loop, a cup, a spider)."""
    old = to[w]
    if old is None:
        to[w] = mine
        return
    for a, b in zip(old, mine, strict=True):
        builder.join(a, b)


def _image(
    builder: Builder, to: list[tuple[int, ...] | None], flat: Flat, memo: dict[Type, Wires], w: int
) -> tuple[int, ...]:
    found = to[w]
    if found is None:
        found = to[w] = tuple(builder.wire(t, flat.names[w]) for t in memo[flat.wires[w]])
    return found


def _insert(
    functor: Functor, builder: Builder, box: Box, image: Diagram, ins: tuple[int, ...], flat: Flat
) -> tuple[int, ...]:
    dom = functor.wires(box.op.dom or tuple(flat.wires[w] for w in box.dom))
    cod = functor.wires(box.op.cod or tuple(flat.wires[w] for w in box.cod))
    if (image.dom, image.cod) != (dom, cod):
        raise DiagramError(
            Diagnostic(
                "E0404",
                f"the image of {box.op.name} has the wrong type",
                box.mark.span if box.mark else None,
                notes=(
                    f"it is         {image.type_text}",
                    f"it should be  {wires_text(dom)} -> {wires_text(cod)}",
                ),
            )
        )
    return builder.insert(image, ins)
