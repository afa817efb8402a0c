"""One file being elaborated: its declarations, its errors, its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from diagram.errors import Diagnostic, DiagramError, Span
from diagram.hypergraph import Diagram
from diagram.levels import LEVELS, TENSOR, Category
from diagram.sizes import Size
from diagram.types import Axis, Ob, Type, Wires
from grammar.elab.binding import Binding
from grammar.elab.boxes import BoxForm
from grammar.elab.builtin import table
from grammar.elab.counting import Turns
from grammar.elab.define import DefForm, check_where, close, instance
from grammar.elab.effort import Effort
from grammar.elab.env import AxisInfo, Env, Fault, Later, fault, kid, kids, optional, size_of, word, word_span
from grammar.elab.learn import Prefix
from grammar.elab.masks import blind
from grammar.elab.nearest import suggest
from grammar.elab.order import declare
from grammar.elab.shared import SharedArray
from grammar.elab.signature import Signature, generic_kind, open_signature, signature, static_value
from grammar.elab.special import SPECIAL
from grammar.elab.standins import Broken, Imported
from grammar.elab.static_defs import may_be_static, static_body
from grammar.elab.typing import declare_axes, twice
from grammar.elab.values import Form, Num, TypeVal, Value
from grammar.elab.warnings import hole, look_alike, shadowed
from grammar.elab.weights import Astray
from grammar.tree import Node, Token

if TYPE_CHECKING:
    from diagram.derivative.declared import Stated
    from grammar.elab.further import Further
    from grammar.elab.lenses import DeclaredOptic

DEFINITIONS = ("def_pointfree", "def_pointed", "relation_decl")
OTHER = ("functor_decl", "rule_decl", "theorem_decl", "style_decl", "figure_decl")
_BUILTIN: dict[str, Value] = {}


@dataclass(slots=True, eq=False)
class Unit:
    """The state of elaborating one file."""

    path: str
    tree: Node
    env: Env = field(init=False)
    effort: Effort = field(init=False)
    category: Category = TENSOR
    diagnostics: list[Diagnostic] = field(default_factory=list)
    holes: dict[Node, tuple[str, Wires, Wires | None]] = field(default_factory=dict)
    """Holes by their place: the name, what it takes, and what it has to give if that is known."""
    loop_indices: dict[str, bool] = field(default_factory=dict)
    emitted: list[dict[str, int]] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    dropped: set[tuple[int, int]] = field(default_factory=set)
    signatures: dict[str, Signature] = field(default_factory=dict)
    stated: dict[tuple[str, Wires, Wires], Stated] = field(default_factory=dict)
    """The derivatives that declared boxes state."""
    tests: list[tuple[Node, Env]] = field(default_factory=list)
    items: dict[str, Node] = field(default_factory=dict)
    category_spans: dict[str, Span] = field(default_factory=dict)
    objects: dict[str, tuple[Node, Env]] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    further: Further | None = None
    """Functors, rules, styles, figures, if there are any."""
    homes: dict[str, Category] = field(default_factory=dict)
    """The category that an object is declared in."""
    imported: set[str] = field(default_factory=set)
    rest: tuple[Axis, ...] = ()
    """The axes that `...` in a type stands for."""
    optics: list[DeclaredOptic] = field(default_factory=list)
    sizing: list[AxisInfo] = field(default_factory=list)
    """Axes whose sizes are being computed."""
    sized: dict[int, Size] = field(default_factory=dict)
    """Those that the present computation has met already."""
    inferring: list[Signature] = field(default_factory=list)
    """Definitions whose types are being found from their texts."""
    inferred: dict[Signature, Wires | None] = field(default_factory=dict)
    """And what was found."""
    looking: list[tuple[object, ...]] = field(default_factory=list)
    """Definitions that are being asked whether they are optics."""
    one_way: set[Signature] = field(default_factory=set)
    """Those that are none."""
    active: set[tuple[int, object]] = field(default_factory=set)
    """Instances being elaborated now."""
    exotic: bool = False
    """The text has letters beyond ASCII, so that names can look alike."""
    depth: int = 0
    max_depth: int = 1000
    turns: Turns = field(default_factory=Turns)
    checking: bool = False
    current: str = ""
    explicit: bool = False
    """Whether cups and caps are boxes: a functor maps them by itself."""

    def __post_init__(self) -> None:
        self.env = Env(self)
        self.exotic = not self.tree.source.text.isascii()
        self.effort = Effort(self, len(self.tree.source.text))

    # ---------------------------------------------------------------- reporting

    def report(self, error: Exception) -> None:
        """Collect one diagnostic; quiet faults say nothing, equal ones are kept once."""
        if (
            isinstance(error, Fault)
            and error.diagnostic is not None
            and error.diagnostic not in self.diagnostics
        ):
            self.diagnostics.append(error.diagnostic)

    # ---------------------------------------------------------------- built-in names

    def builtin(self, name: str) -> Value | None:
        """The meaning of a built-in name."""
        if not _BUILTIN:
            _BUILTIN.update(table())
        return _BUILTIN.get(name)

    def builtin_names(self) -> Sequence[str]:
        """All built-in names."""
        self.builtin("")
        return (*_BUILTIN, *SPECIAL)

    def is_special(self, name: str) -> bool:
        """A built-in that reads its square brackets itself: `tied[f]`, `concat[s]`."""
        return name in SPECIAL

    def special(self, base: Node, brackets: Node, node: Node, env: Env) -> Value | None:
        """The value of `tied[f]` and the like."""
        if base.kind == "name" and word(base) in SPECIAL:
            return SPECIAL[word(base)](kids(kid(brackets, 0)), node, env)
        return None

    # ---------------------------------------------------------------- questions

    def is_part(self, value: Form) -> bool:
        """A name bound by `learn p = e` is one part however often it is mentioned."""
        return isinstance(getattr(value, "part", None), Prefix)

    def is_numeric(self, env: Env) -> bool:
        """Whether the category is that of arrays."""
        return env.category.has("natural")

    def dual(self, name: str) -> bool:
        """Whether an object is declared its own dual."""
        return "dual" in self._options(name)

    def _options(self, name: str) -> dict[str, Node | None]:
        if name not in self.objects:
            return {}
        options = optional(self.objects[name][0], 1)
        return {word(o): optional(o, 1) for o in kids(options)} if options is not None else {}

    def operation(self, type_: Type, kind: str) -> Form | None:
        """The box that `+` or `*` means on wires of an object."""
        if not isinstance(type_, Ob) or not kind:
            return None
        given = self._options(type_.name).get(kind)
        if given is None:
            return None
        value = self.objects[type_.name][1].find(word(given))
        return value if isinstance(value, Form) else None

    def origin(self, name: str) -> str:
        """How a name came into scope, for messages."""
        return "imported" if name in self.imported else "declared"

    def category_span(self, category: Category) -> Span | None:
        """Where the category's levels are declared."""
        return self.category_spans.get(category.name)

    def declaration(self, name: str) -> Node:
        """The item that declares a name."""
        return self.items.get(name, self.tree)

    def member(self, node: Node, env: Env) -> Value | None:
        """`att.attend`: a name of an imported module."""
        base = kid(node, 0)
        if base.kind != "name":
            return None
        value = env.find(word(base))
        if not isinstance(value, Imported):
            return None
        found = value.unit.env.names.get(word(node, 1))
        if found is None:
            near = suggest(word(node, 1), value.unit.env.names)
            raise fault(
                "E0201",
                f"`{word(base)}` has no `{word(node, 1)}`",
                node,
                help=f"did you mean `{near}`?" if near else "",
            )
        return found

    # ---------------------------------------------------------------- declarations

    def declare(self) -> None:
        """Put all items of the file in scope; order does not matter."""
        declare(self, kids(kid(self.tree, 1)), self.env)

    def category_item(self, node: Node, env: Env) -> Env:
        """Open a category: the scope of the items that follow, or `env` if it has a body of its own."""
        name = word(node)
        levels = tuple(word(kid(node, 2), k) for k in range(len(kid(node, 2).kids))) if node.kids[2] else ()
        for k, level in enumerate(levels):
            if level not in LEVELS:
                near = suggest(level, LEVELS)
                raise fault(
                    "E0201",
                    f"`{level}` is not a category level",
                    word_span(kid(node, 2), k),
                    help=f"did you mean `{near}`?" if near else f"levels are {', '.join(LEVELS)}",
                    edits=((word_span(kid(node, 2), k), near),) if near else (),
                )
        category = Category(name, levels or ("symmetric",))
        self.categories[name] = category
        self.category_spans[name] = kid(node, 2).span if node.kids[2] is not None else word_span(node)
        inside = env.child()
        inside.category_ = category
        for generic in kids(kid(node, 1)) if node.kids[1] is not None else ():
            _, title, kind, default, _ = generic_kind(generic)
            if default is not None:
                inside.names[title] = static_value(kind, default, env)
        body = optional(node, 3)
        if body is not None:
            declare(self, kids(body), inside)
            return env
        return inside

    def item(self, item: Node, env: Env, home: Env) -> None:
        """Declare one item: names go to `home`, meanings are read in `env` (its category)."""
        kind = item.kind
        if kind == "category_decl":
            self.category_item(item, home)
        elif kind == "axis_decl":
            declare_axes(kid(item, 0), home, optional(item, 2))
        elif kind == "object_decl":
            names = item.kids[0]
            assert isinstance(names, Node)
            for k in range(len(names.kids)):
                self._name(word(names, k), TypeVal((Ob(word(names, k)),)), word_span(names, k), item, home)
                self.objects[word(names, k)] = (item, home)
                self.homes[word(names, k)] = env.category
        elif kind == "box_decl":
            sig = signature(item, env)
            self.signatures[sig.name] = sig
            self._name(sig.name, BoxForm(sig, {}), word_span(item), item, home)
        elif kind in DEFINITIONS:
            sig = signature(item, env)
            self.signatures[sig.name] = sig
            self._name(sig.name, DefForm(sig, {}), word_span(item), item, home)
        elif kind == "learn_weight":
            names = item.kids[0]
            assert isinstance(names, Node)
            for k in range(len(names.kids)):
                span = word_span(names, k)
                self._name(word(names, k), SharedArray(word(names, k), span, item, env), span, item, home)
        elif kind == "type_decl":
            from grammar.elab.type_generics import GenericType
            from grammar.elab.typing import type_of

            if item.kids[1] is None:
                made: Value = TypeVal(type_of(kid(item, 2), env, env))
            else:
                made = GenericType(item, env)
                made.check(type_of)
            self._name(word(item), made, word_span(item), item, home)
        elif kind == "test_decl":
            self.tests.append((item, env))
        elif kind in ("lens_decl", "optic_decl"):
            from grammar.elab.lenses import declared

            optic = declared(item, env)
            self.optics.append(optic)
            self._name(word(item), optic, word_span(item), item, home)
        elif kind in OTHER:
            self.items[word(item)] = item
            value = self.beside().declare(item, env)
            if value is not None:
                self._name(word(item), value, word_span(item), item, home)
        elif kind == "error":
            self._unread(item, home)

    def beside(self) -> Further:
        """The place for functors, rules, styles and figures."""
        if self.further is None:
            from grammar.elab.further import Further

            self.further = Further()
        return self.further

    def _name(self, name: str, value: Value, span: Span, item: Node, env: Env) -> None:
        if name in self.imported and name in env.spans:
            self.diagnostics.append(shadowed(name, span, env.spans[name]))
            self.imported.discard(name)
        elif name in env.spans:
            raise twice(
                name,
                Node("x", (Token("NAME", name, span.start, span.end),), 0, 0, item.source),
                env.spans[name],
            )
        alike = look_alike(name, span, env.spans.items()) if self.exotic else None
        if alike is not None:
            self.diagnostics.append(alike)
        env.names[name] = value
        env.spans[name] = span
        self.items[name] = item

    def _unread(self, item: Node, env: Env) -> None:
        """An item with a syntax error declares its names as unknown, so that their uses give no further
        errors."""
        names = item.kids[1]
        if isinstance(names, Node):
            for k in range(len(names.kids)):
                env.names.setdefault(word(names, k), Broken(word(names, k)))

    # ---------------------------------------------------------------- definitions

    def check(self) -> None:
        """Elaborate every definition once, by itself."""
        self.checking = True
        self.effort.start()
        self._check_axes(self.env)
        astray = Astray(self.tree)
        for sig in list(self.signatures.values()):
            self.current = sig.name
            try:
                if sig.node.kind in DEFINITIONS:
                    if not (may_be_static(sig) and static_body(DefForm(sig, {})) is not None):
                        made = self.diagram(sig, {})
                        self.diagnostics += [*astray.of(made), *blind(made)]
                else:
                    opened = open_signature(sig, {}, top=True)
                    self._box_result(sig, opened.env)
            except Fault as error:
                self.report(error)
            except DiagramError as error:
                self.diagnostics += [
                    replace(d, span=d.span or word_span(sig.node)) for d in error.diagnostics
                ]
            except Later:
                continue
            except RecursionError:
                self.report(fault("E0602", f"`{sig.name}` is nested too deep", word_span(sig.node)))
        if self.further is not None:
            self.further.check(self)
        for optic in self.optics:
            self.current = optic.name
            try:
                optic.check()
            except Fault as error:
                self.report(error)
        self.checking = False
        self.diagnostics += [hole(n, dom, cod, node.span) for node, (n, dom, cod) in self.holes.items()]

    def _check_axes(self, env: Env) -> None:
        """Sizes that are computed must be whole."""
        for info in list(env.axes.values()):
            try:
                size_of(info, env)
            except Fault as error:
                self.report(error)

    def _box_result(self, sig: Signature, env: Env) -> None:
        from grammar.elab.typing import type_of

        if sig.result is not None and sig.result.kind != "named_ports":
            type_of(sig.result, env, env)

    def diagram(self, sig: Signature, statics: dict[str, Value]) -> Diagram:
        """A definition by itself: what is open keeps its own symbol. Raises `Fault`, `Later`."""
        opened = open_signature(sig, statics, top=True)
        self.current = sig.name
        if sig.arrow and not sig.ports:
            from grammar.elab.binding import Formal
            from grammar.elab.inside import given

            inferred = given(DefForm(sig, statics).dom() or (), sig.env)
            opened.formals = [Formal(f"wire {k + 1}", t) for k, t in enumerate(inferred)]
        binding = Binding(sizes=dict(opened.sizes))
        inner = close(opened, binding)
        check_where(sig, inner, None)
        return instance(sig, inner, opened, binding, {**statics, "": Num_top}, None)


def _top() -> Num:
    from diagram.reals import Real

    return Num(Real.of(0))


Num_top = _top()
"""Marks the instance of a definition by itself in its cache."""
