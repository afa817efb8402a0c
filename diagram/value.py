"""The value itself: `Diagram`, a typed open hypergraph, with its parts `Box`, `Param`, `Mark`, `Flat`.

Not here: how diagrams are made (`diagram.builder`, `diagram.wiring`) and how pending `>>`, `@` are glued
(`diagram.glue`). Import all of them from `diagram.hypergraph`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from diagram.errors import Span
from diagram.layer import Layer
from diagram.levels import FREE, Category
from diagram.op import Op
from diagram.reals import Real
from diagram.spec import Spec
from diagram.types import Axis, DType, Tensor, Type, Wires, wires_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from diagram.cost import Cost

Arg = str | bool | int | Real | Axis | DType | Tensor | tuple[Any, ...] | None
"""Static data of a box: hashable and printable."""
Args = tuple[tuple[str, Arg], ...]
Looks = tuple[tuple[str, Args], ...]
"""Names of axes, with the options that they were declared with: `axis x with { bar }`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Decoration of a box, no part of equality: its name in the text, where it stands, drawing options."""

    name: str = ""
    span: Span | None = None
    options: Args = ()


class Box(NamedTuple):
    """A hyperedge: an operation reading the wires `dom` and writing the wires `cod`.

    `spec` is the index structure of a tensor operation, `args` its other static data, `bodies` the diagrams
    inside.
    """

    op: Op
    dom: tuple[int, ...]
    cod: tuple[int, ...]
    spec: Spec | None = None
    args: Args = ()
    bodies: tuple[Diagram, ...] = ()
    mark: Mark | None = None

    def arg(self, name: str) -> Arg:
        """A static argument, None if absent."""
        for key, value in self.args:
            if key == name:
                return value
        return None

    @property
    def recomputes(self) -> bool:
        """Whether its mark says that nothing inside is kept for the backward pass."""
        return self.mark is not None and ("memory", "recompute") in self.mark.options

    @property
    def label(self) -> str:
        """The name to show: that of the text, else of the operation."""
        return self.mark.name if self.mark is not None and self.mark.name else self.op.name


@dataclass(frozen=True, slots=True)
class Param:
    """A learned array: a hidden input of the diagram. `path` is its state_dict name; `init` names its
    initialiser with static arguments; `fan` is the product of input axes for initialisers that scale by it.
    """

    path: str
    init: str = "default"
    args: tuple[Arg, ...] = ()
    fan: Real | None = None
    frozen: bool = False
    options: Args = ()
    span: Span | None = field(default=None, compare=False)


class Diagram:
    """A typed open hypergraph with ordered inputs and outputs. Frozen; built by `Builder`, `>>` and `@`.

    `inputs` are the wires of the domain followed by one for each learned array in `params`. `names[w]` is the
    name a wire has in the text (decoration). `f >> g` and `f @ g` cost constant time; the parts are glued
    once, when looked at.
    """

    __slots__ = (
        "_flat",
        "_layers",
        "_parts",
        "category",
        "cod",
        "doc",
        "dom",
        "looks",
        "name",
        "results",
        "span",
    )

    _flat: Flat | None
    _layers: tuple[Layer, ...]
    _parts: tuple[Diagram, str, Diagram] | None
    dom: Wires
    cod: Wires
    category: Category
    name: str
    doc: str
    results: tuple[str, ...]
    span: Span | None
    looks: Looks

    def __init__(self, *args: object) -> None:
        raise TypeError("build a Diagram with Builder, box(...), identity(...) or diagram.load(...)")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Diagram is frozen: cannot set {name}")

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Wires:
            """`dom` and `cod` of a pending `@`, made when first asked for: a loop of `@` stays linear."""
            if name not in ("dom", "cod"):
                raise AttributeError(f"a Diagram has no attribute {name!r}")
            from diagram.glue import chain

            parts = chain(self)
            _set(self, "dom", tuple([t for part in parts for t in part.dom]))
            _set(self, "cod", tuple([t for part in parts for t in part.cod]))
            return self.dom if name == "dom" else self.cod

    def __reduce__(self) -> tuple[Any, ...]:
        flat = self.flat
        return make, (flat, self.dom, self.cod, self.category, self.name, self.doc, self.results, None)

    @property
    def flat(self) -> Flat:
        """The glued data; computed once."""
        flat = self._flat
        if flat is None:
            from diagram.glue import glue

            flat, layers = glue(self)
            _set(self, "_flat", flat)
            _set(self, "_layers", layers)
            _set(self, "_parts", None)
        return flat

    @property
    def layers(self) -> tuple[Layer, ...]:
        """How the term that made this diagram lies in the plane, line by line; empty where that is not known.
        Decoration for figures, no part of equality.
        """
        return self._layers if self.flat else ()

    @property
    def wires(self) -> tuple[Type, ...]:
        """The type of every wire."""
        return self.flat.wires

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes, in an order of execution where there is one."""
        return self.flat.boxes

    @property
    def inputs(self) -> tuple[int, ...]:
        """Wires of the domain, then of the learned arrays."""
        return self.flat.inputs

    @property
    def outputs(self) -> tuple[int, ...]:
        """Wires of the codomain."""
        return self.flat.outputs

    @property
    def params(self) -> tuple[Param, ...]:
        """The learned arrays, hidden inputs."""
        return self.flat.params

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each wire in the text, or empty."""
        return self.flat.names

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the domain's wires; `x0, x1, ...` where the text gives none."""
        return _fill([self.names[w] for w in self.inputs[: len(self.dom)]], "x")

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the results: declared, else those of the wires returned, else `y0, y1, ...`."""
        if self.results:
            return self.results
        return _fill([self.names[w] for w in self.outputs], "y")

    @property
    def param_wires(self) -> tuple[int, ...]:
        """The wires of `params`."""
        return self.inputs[len(self.dom) :]

    def __rshift__(self, other: Diagram) -> Diagram:
        """`self` then `other`. Raises `DiagramError` E0301 if the wires differ."""
        if self.cod != other.dom:
            from diagram.errors import Diagnostic, DiagramError

            raise DiagramError(
                Diagnostic(
                    "E0301",
                    "these two diagrams do not compose",
                    notes=(f"left gives   {wires_text(self.cod)}", f"right takes  {wires_text(other.dom)}"),
                )
            )
        d = _pending((self, ">>", other), meet(self, other))
        _set(d, "dom", self.dom)
        _set(d, "cod", other.cod)
        return d

    def __matmul__(self, other: Diagram) -> Diagram:
        """Side by side."""
        return _pending((self, "@", other), meet(self, other))

    def __pow__(self, n: int) -> Diagram:
        """`self >> self >> ...`, n times; learned arrays are fresh in each copy."""
        if n == 0:
            from diagram.wiring import identity

            return identity(self.dom, self.category)
        result = self
        for _ in range(n - 1):
            result = result >> self
        return result

    def with_name(self, name: str, doc: str | None = None) -> Diagram:
        """The same diagram under another name."""
        new_doc = self.doc if doc is None else doc
        d = make(self.flat, self.dom, self.cod, self.category, name, new_doc, self.results, self.span)
        return d.with_layers(self.layers).with_looks(self.looks)

    def with_layers(self, layers: tuple[Layer, ...]) -> Diagram:
        """The same diagram, known to lie in the plane like this; who draws it checks that."""
        if layers == self.layers:
            return self
        d = make(self.flat, self.dom, self.cod, self.category, self.name, self.doc, self.results, self.span)
        _set(d, "_layers", layers)
        return d.with_looks(self.looks)

    def with_looks(self, looks: Looks) -> Diagram:
        """The same diagram; figures draw axes as `looks` says. Decoration, no part of equality."""
        if looks == self.looks:
            return self
        d = make(self.flat, self.dom, self.cod, self.category, self.name, self.doc, self.results, self.span)
        _set(d, "_layers", self.layers)
        _set(d, "looks", looks)
        return d

    def with_boxes(self, boxes: tuple[Box, ...]) -> Diagram:
        """The same wires with other boxes on them; costs no more than the new tuple."""
        flat = self.flat._replace(boxes=boxes)
        return make(flat, self.dom, self.cod, self.category, self.name, self.doc, self.results, self.span)

    def __eq__(self, other: object) -> bool:
        """Isomorphism, up to the structure of the category: see `diagram.equality`."""
        if not isinstance(other, Diagram):
            return NotImplemented
        from diagram.equality import equal

        return self is other or equal(self, other)

    def __hash__(self) -> int:
        return hash((self.dom, self.cod))

    @property
    def type_text(self) -> str:
        """`A @ B -> C`."""
        return f"{wires_text(self.dom)} -> {wires_text(self.cod)}"

    def __repr__(self) -> str:
        return f"{self.name or 'diagram'} : {self.type_text}"

    def compile(self, target: str = "numpy", **options: Any) -> Any:
        """A callable on arrays (`numpy`) or a `torch.nn.Module` (`torch`). `Any`: the type is the library's.

        Options: `sizes={"b": 2}`, `dtype="f64"`, `device="cpu"`, `seed=0`. Raises `DiagramError`.
        """
        from diagram import _compilers

        return _compilers.compile_to(self, target, **options)

    def to_text(self, name: str | None = None) -> str:
        """A complete `.diag` file whose definition elaborates to an equal diagram."""
        from diagram import _compilers

        return _compilers.to_text(self, name or "")

    def render(self, path: str | None = None, **options: Any) -> str:
        """Draw the diagram; the ending of `path` decides the format. Returns the SVG if `path` is None."""
        from diagram import _compilers

        return _compilers.render(self, path, **options)

    def cost(self, dtype: str = "f32", backward: bool = False) -> Cost:
        """What a run costs, polynomials in the sizes: see `diagram.cost`. Raises `DiagramError` E0403."""
        from diagram.cost import cost

        return cost(self, dtype, backward)

    def _repr_mimebundle_(self, **_: object) -> Mapping[str, str]:
        return {"image/svg+xml": self.render(), "text/plain": repr(self)}


class Flat(NamedTuple):
    """The glued hypergraph behind a `Diagram`."""

    wires: tuple[Type, ...]
    boxes: tuple[Box, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    params: tuple[Param, ...]
    names: tuple[str, ...]


_set = object.__setattr__


def make(
    flat: Flat,
    dom: Wires,
    cod: Wires,
    category: Category,
    name: str = "",
    doc: str = "",
    results: tuple[str, ...] = (),
    span: Span | None = None,
) -> Diagram:
    """A diagram from its glued data; for the modules of the core, which guarantee that they fit."""
    d = object.__new__(Diagram)
    _set(d, "_flat", flat)
    _set(d, "_layers", ())
    _set(d, "_parts", None)
    _set(d, "dom", dom)
    _set(d, "cod", cod)
    _set(d, "category", category)
    _set(d, "name", name)
    _set(d, "doc", doc)
    _set(d, "results", results)
    _set(d, "span", span)
    _set(d, "looks", ())
    return d


def _pending(parts: tuple[Diagram, str, Diagram], category: Category) -> Diagram:
    d = object.__new__(Diagram)
    _set(d, "_flat", None)
    _set(d, "_layers", ())
    _set(d, "_parts", parts)
    _set(d, "category", category)
    _set(d, "name", "")
    _set(d, "doc", "")
    _set(d, "results", ())
    _set(d, "span", None)
    _set(d, "looks", ())
    return d


def meet(f: Diagram, g: Diagram) -> Category:
    """The category of a composite: the more special one if one includes the other, else the free one."""
    if f.category is g.category or f.category == g.category:
        return f.category
    for big, small in ((f, g), (g, f)):
        if small.category.closure <= big.category.closure:
            return big.category
    return FREE


def _fill(names: Sequence[str], letter: str) -> tuple[str, ...]:
    """Make names present and distinct."""
    used: set[str] = set()
    result = []
    for k, name in enumerate(names):
        new = name or f"{letter}{k}"
        while new in used:
            new += "'"
        used.add(new)
        result.append(new)
    return tuple(result)
