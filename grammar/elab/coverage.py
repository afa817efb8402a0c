"""What a functor must say: an image for every object and box of its source that is used (E0403, all at
once)."""

from __future__ import annotations

from collections.abc import Sequence

from diagram.hypergraph import Diagram, single
from diagram.melt import melt
from diagram.op import Kind, generator
from diagram.types import Ob, Type, Wires
from grammar.elab.boxes import BoxForm
from grammar.elab.env import Env, Later, fault, kid, word, word_span
from grammar.elab.functor_targets import Missing
from grammar.elab.functors import FunctorVal, Interpretation
from grammar.tree import Node, walk


def check_images(how: Interpretation, diagrams: Sequence[Diagram], node: Node) -> None:
    """Every object and box that the diagrams use has an image. Raises `Fault` E0403."""
    if how.kind == "diagram" or how.source.name == "Tensor":
        return
    boxes: dict[str, tuple[Wires, Wires]] = {}
    objects: dict[str, None] = {}
    for d in diagrams:
        flat = melt(d, True)
        objects.update((t.name, None) for t in (*flat.wires, *d.dom, *d.cod) if isinstance(t, Ob))
        for box in flat.boxes:
            brought = box.op.kind != Kind.GENERATOR or box.op.name in ("ones", "zeros", "gate")
            if not brought and how.key(box.op, box.op.dom, box.op.cod) is None:
                boxes[box.op.name] = box.op.dom, box.op.cod
    _report(
        how,
        boxes,
        [name for name in objects if _needs_image(how, name)],
        len(boxes),
        node,
    )


def _needs_image(how: Interpretation, name: str) -> bool:
    """Prices are of boxes only, and a circuit has its qubit."""
    own = how.kind == "cost" or (how.target, name) == ("circuit", "qubit")
    return name not in how.objects and not own


def check_functor(functor: FunctorVal, env: Env) -> None:
    """A declared functor by itself: its target, its images against the types of their boxes. Raises
    `Fault`."""
    try:
        how = functor.interpretation()
    except (Later, Missing):
        return
    check_whole(functor, env)
    unit = env.unit
    for (name, generics), item in how.boxes.items():
        sig = unit.signatures.get(name)
        if generics or sig is None or sig.node.kind != "box_decl" or sig.generics:
            continue
        dom, cod = _types(BoxForm(sig, {}), env)
        if not any(_needs_image(how, t.name) for t in (*dom, *cod) if isinstance(t, Ob)):
            _check_image(how, item, name, dom, cod, env)


def _check_image(how: Interpretation, item: Node, name: str, dom: Wires, cod: Wires, env: Env) -> None:
    from grammar.elab.array_images import box_array, check_array
    from grammar.elab.cost_images import price
    from grammar.elab.function_images import item_image
    from grammar.elab.tensor_images import dims

    if how.kind == "cost":
        price(how, item)
        return
    if how.kind in ("function", "diagram"):
        item_image(how, item, dom, cod)
        return
    (box,) = single(generator(name, dom, cod)).boxes
    try:
        check_array(box_array(how, box, (name, ()), dom, cod), dims(how, dom + cod))
    except Missing:
        return


def check_whole(functor: FunctorVal, env: Env) -> None:
    """A functor that nothing in the file applies must map its whole source, if that has objects of its
    own."""
    unit = env.unit
    how = functor.interpretation()
    objects = [name for name, home in unit.homes.items() if home.name == how.source.name]
    if how.kind == "diagram" or not objects or _is_used(functor, unit.tree):
        return
    boxes: dict[str, tuple[Wires, Wires]] = {}
    every = 0
    for sig in unit.signatures.values():
        if sig.node.kind == "box_decl" and sig.env.category.name == how.source.name:
            every += 1
            if not any(name == sig.name for name, _ in how.boxes):
                boxes[sig.name] = _types(BoxForm(sig, {}), env)
    missing = [name for name in objects if _needs_image(how, name)]
    _report(how, boxes, missing, every, functor.node)


def _types(form: BoxForm, env: Env) -> tuple[Wires, Wires]:
    from grammar.elab.closing import domain, itself

    d = itself(form, form.sig.node, env) if domain(form) is not None else None
    return (d.dom, d.cod) if d is not None else ((), ())


def _is_used(functor: FunctorVal, tree: Node) -> bool:
    name = functor.title
    return any(n.kind in ("static_apply", "map_include") and _base(n) == name for n in walk(tree))


def _base(node: Node) -> str:
    first = kid(node, 0)
    return word(first) if first.kind in ("name", "path") else ""


def _report(
    how: Interpretation, boxes: dict[str, tuple[Wires, Wires]], objects: list[str], every: int, node: Node
) -> None:
    if not boxes and not objects:
        return
    decl, unit = how.functor.node, how.functor.env.unit
    names = [*objects, *boxes]
    what = " and ".join(
        part for part in (_count(objects, "object", 0), _count(list(boxes), "box", every)) if part
    )
    labels = [
        (word_span(unit.declaration(n)), "declared here")
        for n in boxes
        if unit.declaration(n) is not unit.tree
    ]
    types = [f"{n} : {_shown(how, dom)} -> {_shown(how, cod)}" for n, (dom, cod) in boxes.items()]
    one = (
        f"; its type under the functor is {types[0].partition(' : ')[2]}"
        if len(types) == 1 and not objects
        else ""
    )
    lines = [f"  object {n} = ?" for n in objects] + [f"  {_line(n, boxes[n][0])}" for n in boxes]
    end = kid(decl, 5).end
    close = decl.source.text.find("}", end, decl.end)
    raise fault(
        "E0403",
        f"the functor `{how.functor.title}` does not say what {_listed(names)} {_be(names)}",
        word_span(decl),
        what,
        labels=(*labels, *(((node, "used here"),) if node is not decl else ())),
        notes=tuple(types) if len(types) > 1 else (),
        help=f"add {'it' if len(names) == 1 else 'them'}{one}",
        edits=((type(decl.span)(decl.source, close, close), "\n".join(lines) + "\n"),)
        if close >= 0 and not objects
        else (),
    )


def _be(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _line(name: str, dom: Wires) -> str:
    params = ", ".join("xyzuvw"[k] if k < 6 else f"x{k}" for k in range(len(dom)))
    return f"box {name}({params}) = ?{name}" if dom else f"box {name} = ?{name}"


def _count(names: list[str], noun: str, every: int) -> str:
    if not names:
        return ""
    plural = f"{noun}{'es' if noun == 'box' else 's'}"
    n = len(names)
    if every > n:
        return f"{n} of {every} {plural} {'is' if n == 1 else 'are'} missing"
    return f"{n} {noun if n == 1 else plural} {'is' if n == 1 else 'are'} missing"


def _listed(names: list[str]) -> str:
    shown = [f"`{n}`" for n in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _shown(how: Interpretation, types: Wires) -> str:
    """Types under the functor, as they are written in it."""
    return " @ ".join(_one(how, t) for t in types) or "()"


def _one(how: Interpretation, type_: Type) -> str:
    image = how.objects.get(type_.name) if isinstance(type_, Ob) else None
    return image.text if image is not None else str(type_)
