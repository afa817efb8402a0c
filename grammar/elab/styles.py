"""`style` and `figure` items as plain records: a cascade of values, and what is drawn with them. No style
has a meaning.

Unknown keys are E0605; what they do is up to the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from diagram.hypergraph import Diagram
from diagram.optic import Optic
from grammar.elab.bending import bends
from grammar.elab.closing import closed, domain
from grammar.elab.env import Env, axis_looks, evaluate, fault, kid, kids, optional, word
from grammar.elab.expr import as_form
from grammar.elab.laws import RuleVal, opened
from grammar.elab.nearest import suggest
from grammar.elab.optics import optic_of
from grammar.elab.static import string
from grammar.tree import Node, Token

Value = str | int | float | bool | tuple["Value", ...]
"""A value of a style: a word, a number, a quantity as text (`12pt`), a list."""

_LINE = ("color", "label", "width", "opacity", "dash")
KEYS: dict[str, tuple[str, ...]] = {
    "style": (
        "direction", "wire_gap", "box_gap", "row_gap", "margin", "font", "font_size", "theme", "labels",
        "background",
        "line_width", "color", "fill", "width", "height", "corner",
    ),
    "box": (
        "color", "fill", "label", "width", "height", "font_size", "opacity", "shape", "frame", "glyph",
        "title",
    ),
    "wire": (*_LINE, "font_size", "hidden"),
    "axis": (*_LINE, "bar", "double"),
    "object": (*_LINE, "font_size", "hidden"),
    "region": ("color", "fill", "width", "dash", "opacity", "frame", "title", "shadow"),
    "layout": ("layers", "spread", "direction", "gap"),
    "figure": (
        "style", "width", "height", "caption", "expand", "fold", "annotate", "sign", "labels", "direction",
        "theme",
        "title", "scale", "bent",
    ),
}  # fmt: skip
"""The keys that each part of a style knows."""
SHIPPED = {"ncd": "circuit", "string": "string", "circuit": "circuit", "graph": "graph"}
"""`std.styles.NAME` and the style of drawing that it is."""
_DIRECTIONS = {"left_to_right": "right", "top_to_bottom": "down", "bottom_to_top": "up"}


@dataclass(frozen=True, slots=True)
class StyleRule:
    """`box softmax { shape = triangle }`: values for what has this name or path."""

    kind: str
    path: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Style:
    """One `style` item: what it extends, its own values, rules in order, and wires kept level or in order."""

    name: str
    base: str
    values: Mapping[str, Value] = field(default_factory=dict)
    rules: tuple[StyleRule, ...] = ()
    aligned: tuple[tuple[str, ...], ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One `figure` item: what is drawn (several diagrams for an equation or a proof), and its options."""

    name: str
    kind: str
    """`diagram`, `equation` or `steps`."""
    diagrams: tuple[Diagram | Optic, ...]
    options: Mapping[str, Value]
    cascade: tuple[Style, ...]
    """The styles that it uses, the most special first."""

    def value(self, key: str) -> Value | None:
        """An option of the figure, else what its styles say."""
        if key in self.options:
            return self.options[key]
        return next((s.values[key] for s in self.cascade if key in s.values), None)

    def render_options(self) -> dict[str, object]:
        """What `Diagram.render` takes."""
        base = self.cascade[-1].base if self.cascade else str(self.options.get("style", ""))
        found: dict[str, object] = {}
        shape = SHIPPED.get(base.rpartition(".")[2])
        if shape is not None:
            found["style"] = shape
        direction = self.value("direction")
        if isinstance(direction, str):
            found["direction"] = _DIRECTIONS.get(direction, direction)
        for key in ("width", "theme", "expand"):
            value = self.value(key)
            if value is not None:
                found[key] = value
        return found


def plain(node: Node, env: Env) -> Value:
    """A value of a style. Names stay words."""
    if node.kind == "string":
        return string(node)
    if node.kind == "array":
        return tuple(plain(k, env) for k in kids(kid(kid(node, 0), 0)))
    if node.kind == "bool":
        return word(node) == "true"
    if node.kind == "int":
        return int(word(node).replace("_", ""))
    if node.kind == "real":
        return float(word(node).replace("_", ""))
    return node.text


def _checked(kind: str, key: Token, source: Node) -> None:
    known = KEYS[kind]
    if key.text in known:
        return
    near = suggest(key.text, known)
    span = type(source.span)(source.source, key.start, key.end)
    raise fault(
        "E0605",
        f"`{key.text}` is not a key of {'an' if kind[0] in 'aeiou' else 'a'} {kind}",
        span,
        help=f"did you mean `{near}`?" if near else f"keys are {', '.join(known)}",
        edits=((span, near),) if near else (),
    )


def _values(kind: str, sets: tuple[Node, ...], env: Env) -> dict[str, Value]:
    found = {}
    for item in sets:
        key = item.kids[0]
        assert isinstance(key, Token)
        _checked(kind, key, item)
        found[key.text] = plain(kid(item, 1), env)
    return found


def style(node: Node, env: Env) -> Style:
    """A `style` item. Raises `Fault` E0605."""
    items = kids(kid(node, 2))
    rules, aligned, ordered = [], [], []
    for item in items:
        if item.kind == "style_rule":
            kind = item.kids[0]
            assert isinstance(kind, Token)
            rules.append(StyleRule(kind.text, kid(item, 1).text, _values(kind.text, kids(kid(item, 2)), env)))
        elif item.kind == "style_align":
            aligned.append(tuple(word(item, k) for k in range(len(item.kids))))
        elif item.kind == "style_above":
            ordered.append((word(item, 0), word(item, 1)))
    own = _values("style", tuple(i for i in items if i.kind == "style_set"), env)
    base = optional(node, 1)
    return Style(
        word(node), base.text if base is not None else "", own, tuple(rules), tuple(aligned), tuple(ordered)
    )


def cascade(name: str, styles: Mapping[str, Style], at: Node) -> tuple[Style, ...]:
    """A style and what it extends, the most special first. Raises `Fault` E0201, E0203."""
    found: list[Style] = []
    while name and not (name.startswith("std.styles.") and name.rpartition(".")[2] in SHIPPED):
        if name not in styles:
            known = [*styles, *(f"std.styles.{s}" for s in SHIPPED)]
            near = suggest(name, known)
            raise fault(
                "E0201",
                f"there is no style `{name}`",
                at,
                help=f"did you mean `{near}`?" if near else "",
                edits=((at, near),) if near and at.text == name else (),
            )
        if any(s.name == name for s in found):
            raise fault("E0203", f"the style `{name}` extends itself", at)
        found.append(styles[name])
        name = styles[name].base
    return tuple(found)


def figure(node: Node, env: Env, styles: Mapping[str, Style]) -> Figure:
    """A `figure` item. Raises `Fault` E0201, E0605, and what is wrong with the diagrams."""
    options: dict[str, Value] = {}
    chain: tuple[Style, ...] = ()
    given = optional(node, 2)
    for option in kids(given) if given is not None else ():
        key = option.kids[0]
        assert isinstance(key, Token)
        _checked("figure", key, option)
        expr = optional(option, 1)
        options[key.text] = plain(expr, env) if expr is not None else True
        if key.text == "style" and expr is not None:
            chain = cascade(expr.text, styles, expr)
    with bends(env.unit) if options.get("bent") is True else nullcontext():
        kind, diagrams = _subject(kid(node, 1), env)
    return Figure(word(node), kind, diagrams, options, chain)


def _subject(node: Node, env: Env) -> tuple[str, tuple[Diagram | Optic, ...]]:
    """What is drawn: a definition, the sides of `equation[f, g]`, the diagrams of `steps[thm]`."""
    if node.kind == "static_apply" and kid(node, 0).text in ("equation", "steps"):
        kind = kid(node, 0).text
        found: list[Diagram | Optic] = []
        for slot in kids(kid(kid(node, 1), 0)):
            found += _diagrams(slot, env)
        return kind, tuple(found)
    return "diagram", tuple(_diagrams(node, env))


def _diagrams(node: Node, env: Env) -> list[Diagram | Optic]:
    value = evaluate(node, env)
    optic = optic_of(value, env)
    if optic is not None:
        return [optic.itself()]
    if isinstance(value, RuleVal):
        left, right = value.sides()
        steps = kids(kid(value.node, 5)) if value.is_theorem else ()
        scope = value.scope()
        texts = [kid(s, 0) for s in steps]
        middle = [opened(closed(as_form(evaluate(t, scope), t), left.dom, t, scope)) for t in texts]
        return [left, *(middle or [right])]
    form = as_form(value, node)
    if form.arity() is None and domain(form) is None:
        return []
    from grammar.elab.define import DefForm

    if isinstance(form, DefForm):
        return [env.unit.diagram(form.sig, form.statics).with_looks(axis_looks(form.sig.env))]
    return [closed(form, domain(form) or (), node, env)]
