"""The one value of the project: a typed open hypergraph, its mutable `Builder`, and how diagrams are glued.

Wires are numbered; `wires[w]` is the type of wire w. A box reads a tuple of wires and writes a tuple of wires. Copies,
discards, swaps, cups and spiders are wiring: a wire read twice, never read, read in another order, joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from diagram.errors import Span
from diagram.levels import FREE, TENSOR, Category
from diagram.op import Op
from diagram.reals import Real
from diagram.spec import Spec
from diagram.types import Axis, DType, Ob, Tensor, Type, Wires, wires_text

if TYPE_CHECKING:
    from collections.abc import Mapping

Arg = str | bool | int | Real | Axis | DType | Tensor | tuple[Any, ...] | None
"""Static data of a box: hashable and printable."""
Args = tuple[tuple[str, Arg], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Decoration of a box, no part of equality: its name in the text, where it stands, and drawing options."""

    name: str = ""
    span: Span | None = None
    options: Args = ()


class Box(NamedTuple):
    """A hyperedge: an operation reading the wires `dom` and writing the wires `cod`.

    `spec` is the index structure of a tensor operation, `args` its other static data, `bodies` the diagrams inside.
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
    def label(self) -> str:
        """The name to show: that of the text, else of the operation."""
        return self.mark.name if self.mark is not None and self.mark.name else self.op.name


@dataclass(frozen=True, slots=True)
class Param:
    """A learned array: a hidden input of the diagram. `path` is its state_dict name; `init` names its initialiser
    with static arguments; `fan` is the product of input axes for initialisers that scale by it.
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

    `inputs` are the wires of the domain followed by one for each learned array in `params`. `names[w]` is the name a
    wire has in the text (decoration). `f >> g` and `f @ g` cost constant time; the parts are glued once, when looked at.
    """

    __slots__ = ("_flat", "_parts", "category", "cod", "doc", "dom", "name", "results", "span")

    dom: Wires
    cod: Wires
    category: Category
    name: str
    doc: str
    results: tuple[str, ...]
    span: Span | None

    def __init__(self, *args: object) -> None:
        raise TypeError("build a Diagram with Builder, box(...), identity(...) or diagram.load(...)")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Diagram is frozen: cannot set {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        flat = self.flat
        return _make, (flat, self.dom, self.cod, self.category, self.name, self.doc, self.results, None)

    @property
    def flat(self) -> Flat:
        """The glued data; computed once."""
        if self._flat is None:
            _set(self, "_flat", _glue(self))
            _set(self, "_parts", None)
        return self._flat  # type: ignore[no-any-return]

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
        return _pending((self, ">>", other), self.dom, other.cod, _meet(self, other))

    def __matmul__(self, other: Diagram) -> Diagram:
        """Side by side."""
        return _pending((self, "@", other), self.dom + other.dom, self.cod + other.cod, _meet(self, other))

    def __pow__(self, n: int) -> Diagram:
        """`self >> self >> ...`, n times; learned arrays are fresh in each copy."""
        if n == 0:
            return identity(self.dom, self.category)
        result = self
        for _ in range(n - 1):
            result = result >> self
        return result

    def with_name(self, name: str, doc: str | None = None) -> Diagram:
        """The same diagram under another name."""
        new_doc = self.doc if doc is None else doc
        return _make(self.flat, self.dom, self.cod, self.category, name, new_doc, self.results, self.span)

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
        """A callable on arrays (`numpy`) or a `torch.nn.Module` (`torch`). `Any`: the type belongs to the library.

        Options: `sizes={"b": 2}`, `dtype="f64"`, `device="cpu"`, `seed=0`. Raises `DiagramError`.
        """
        from diagram import _compilers

        return _compilers.compile_to(self, target, **options)

    def render(self, path: str | None = None, **options: Any) -> str:
        """Draw the diagram; the ending of `path` decides the format. Returns the SVG text if `path` is None."""
        from diagram import _compilers

        return _compilers.render(self, path, **options)

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


def _make(
    flat: Flat | None,
    dom: Wires,
    cod: Wires,
    category: Category,
    name: str = "",
    doc: str = "",
    results: tuple[str, ...] = (),
    span: Span | None = None,
) -> Diagram:
    d = object.__new__(Diagram)
    _set(d, "_flat", flat)
    _set(d, "_parts", None)
    _set(d, "dom", dom)
    _set(d, "cod", cod)
    _set(d, "category", category)
    _set(d, "name", name)
    _set(d, "doc", doc)
    _set(d, "results", results)
    _set(d, "span", span)
    return d


def _pending(parts: tuple[Diagram, str, Diagram], dom: Wires, cod: Wires, category: Category) -> Diagram:
    d = _make(None, dom, cod, category)
    _set(d, "_parts", parts)
    return d


def _meet(f: Diagram, g: Diagram) -> Category:
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


def _glue(d: Diagram) -> Flat:
    """Flatten pending compositions in one walk, without recursion."""
    builder = Builder(d.category)
    wires: list[int] = [builder.input(t) for t in d.dom]
    todo: list[tuple[str, Diagram | int]] = [("eval", d)]
    values: list[list[int]] = [wires]
    while todo:
        action, part = todo.pop()
        if isinstance(part, int):
            right = values.pop()
            if action == "right":  # the left half is done: hold it back, bring out the other half's inputs
                values[-1], right = right, values[-1]
                values.append(right)
            else:
                values[-1] = values[-1] + right
            continue
        if part._parts is None:
            values.append(list(builder.insert(part, values.pop())))
            continue
        chain = _chain(part)
        if part._parts[1] == ">>":
            todo.extend(("eval", p) for p in reversed(chain))
        else:
            _split(chain, values, todo)
    return builder.build(values.pop())._flat  # type: ignore[no-any-return]


def _chain(d: Diagram) -> list[Diagram]:
    """The operands of a chain of one and the same pending operator."""
    sign = d._parts[1]
    parts: list[Diagram] = []
    stack = [d]
    while stack:
        part = stack.pop()
        if part._parts is not None and part._parts[1] == sign:
            stack.append(part._parts[2])
            stack.append(part._parts[0])
        else:
            parts.append(part)
    return parts


def _split(chain: list[Diagram], values: list[list[int]], todo: list[tuple[str, Diagram | int]]) -> None:
    """Schedule the operands of `@` on their shares of the inputs, and the joining of their outputs."""
    wires, at = values.pop(), 0
    shares = []
    for part in chain:
        shares.append(wires[at : at + len(part.dom)])
        at += len(part.dom)
    # values: outputs so far, then the shares still to come in reverse order
    values.extend(reversed(shares[1:]))
    values.append(shares[0])
    for k, part in reversed(list(enumerate(chain))):
        if k:
            todo.append(("join", k))
            todo.append(("eval", part))
            todo.append(("right", k))
        else:
            todo.append(("eval", part))


class Builder:
    """Builds one diagram, linearly; never leaves the function that made it.

    >>> from diagram.op import generator
    >>> A = Ob("A")
    >>> b = Builder()
    >>> x = b.input(A, "x")
    >>> (y,) = b.box(generator("f", (A,), (A,)), (x,), (A,))
    >>> b.build((y,))
    diagram : A -> A
    """

    __slots__ = ("_inputs", "_joined", "_params", "boxes", "category", "names", "wires")

    def __init__(self, category: Category = TENSOR) -> None:
        self.category = category
        self.wires: list[Type] = []
        self.names: list[str] = []
        self.boxes: list[Box] = []
        self._inputs: list[int] = []
        self._params: list[tuple[Param, int]] = []
        self._joined: dict[int, int] = {}

    def wire(self, type_: Type, name: str = "") -> int:
        """A new wire that nothing writes yet."""
        self.wires.append(type_)
        self.names.append(name)
        return len(self.wires) - 1

    def input(self, type_: Type, name: str = "") -> int:
        """A new wire of the domain."""
        w = self.wire(type_, name)
        self._inputs.append(w)
        return w

    def param(self, type_: Type, param: Param) -> int:
        """A new learned array. A path in use already gets a suffix `_1`, `_2`, ..."""
        path, k = param.path, 0
        taken = {p.path for p, _ in self._params} if self._params else ()
        while path in taken:
            k += 1
            path = f"{param.path}_{k}"
        w = self.wire(type_, path)
        self._params.append((param if not k else replace(param, path=path), w))
        return w

    @property
    def params(self) -> list[tuple[Param, int]]:
        """The learned arrays so far, with their wires."""
        return self._params

    def box(
        self,
        op: Op,
        dom: Iterable[int],
        cod: Iterable[Type],
        spec: Spec | None = None,
        args: Args = (),
        bodies: tuple[Diagram, ...] = (),
        mark: Mark | None = None,
    ) -> tuple[int, ...]:
        """A box reading the wires `dom`; returns the new wires, of types `cod`, that it writes."""
        first = len(self.wires)
        self.wires.extend(cod)
        last = len(self.wires)
        self.names.extend([""] * (last - first))
        out = tuple(range(first, last))
        self.boxes.append(Box(op, tuple(dom), out, spec, args, bodies, mark))
        return out

    def attach(self, box: Box) -> None:
        """A box between existing wires (for loops and undirected wiring)."""
        self.boxes.append(box)

    def join(self, v: int, w: int) -> int:
        """Make two wires one; returns the one that stays."""
        v, w = self.find(v), self.find(w)
        if v == w:
            return v
        keep, drop = (v, w) if v < w else (w, v)
        self._joined[drop] = keep
        if not self.names[keep]:
            self.names[keep] = self.names[drop]
        return keep

    def find(self, w: int) -> int:
        """The wire that w has become by joining."""
        while w in self._joined:
            w = self._joined[w]
        return w

    def insert(self, d: Diagram, wires: Sequence[int], params: Sequence[int] | None = None) -> tuple[int, ...]:
        """Copy the boxes of `d` here, its domain on `wires`; learned arrays become new ones unless wires are given."""
        flat = d.flat
        to: list[int] = [-1] * len(flat.wires)
        given = list(wires)
        extra = flat.inputs[len(given) :]
        if params is not None:
            given += params
        else:
            given += [self.param(flat.wires[w], p) for w, p in zip(extra, flat.params, strict=True)]
        for w, mine in zip(flat.inputs, given, strict=True):
            to[w] = mine if to[w] < 0 else self.join(to[w], mine)
        types, names, old_names = self.wires, self.names, flat.names
        if -1 in to:
            at = len(types)
            for w, mine in enumerate(to):
                if mine < 0:
                    to[w] = at
                    at += 1
                    types.append(flat.wires[w])
                    names.append(old_names[w])
        append = self.boxes.append
        for op, dom, cod, spec, args, bodies, mark in flat.boxes:
            append(Box(op, tuple([to[w] for w in dom]), tuple([to[w] for w in cod]), spec, args, bodies, mark))
        return tuple([to[w] for w in flat.outputs])

    def build(
        self,
        outputs: Iterable[int],
        name: str = "",
        doc: str = "",
        results: tuple[str, ...] = (),
        span: Span | None = None,
        dom: Wires | None = None,
        cod: Wires | None = None,
    ) -> Diagram:
        """The diagram with these outputs. `dom`, `cod`: port types where they differ from the wires' (adjoints)."""
        outs = tuple(outputs)
        ins = (*self._inputs, *(w for _, w in self._params))
        port_dom = tuple(self.wires[w] for w in self._inputs) if dom is None else dom
        port_cod = tuple(self.wires[w] for w in outs) if cod is None else cod
        params = tuple(p for p, _ in self._params)
        if self._joined:
            flat = _compress(self, ins, outs, params)
        else:
            flat = Flat(tuple(self.wires), tuple(self.boxes), ins, outs, params, tuple(self.names))
        return _make(flat, port_dom, port_cod, self.category, name, doc, results, span)


def _compress(b: Builder, ins: tuple[int, ...], outs: tuple[int, ...], params: tuple[Param, ...]) -> Flat:
    """Renumber after joining: each class of joined wires is one wire."""
    to: list[int] = []
    wires: list[Type] = []
    names: list[str] = []
    for w, type_ in enumerate(b.wires):
        root = b.find(w)
        if root == w:
            to.append(len(wires))
            wires.append(type_)
            names.append(b.names[w])
        else:
            to.append(to[root])
    boxes = tuple(
        box._replace(dom=tuple([to[w] for w in box.dom]), cod=tuple([to[w] for w in box.cod])) for box in b.boxes
    )
    return Flat(
        tuple(wires), boxes, tuple(to[w] for w in ins), tuple(to[w] for w in outs), params, tuple(names)
    )


def wiring(dom: Wires, outputs: Sequence[int], category: Category = FREE) -> Diagram:
    """No boxes: output k is input `outputs[k]`. Swaps, permutations, copies, discards."""
    flat = Flat(dom, (), tuple(range(len(dom))), tuple(outputs), (), ("",) * len(dom))
    return _make(flat, dom, tuple(dom[k] for k in outputs), category)


def identity(ob: Wires | Type, category: Category = FREE) -> Diagram:
    """The identity."""
    wires = ob if isinstance(ob, tuple) else (ob,)
    return wiring(wires, range(len(wires)), category)


def permutation(dom: Wires, order: Sequence[int], category: Category = FREE) -> Diagram:
    """Output k is input `order[k]`."""
    if sorted(order) != list(range(len(dom))):
        raise ValueError(f"{list(order)} is not a permutation of {len(dom)} wires")
    return wiring(dom, order, category)


def swap(left: Wires | Type, right: Wires | Type, category: Category = FREE) -> Diagram:
    """`A @ B -> B @ A`."""
    a = left if isinstance(left, tuple) else (left,)
    b = right if isinstance(right, tuple) else (right,)
    return wiring(a + b, (*range(len(a), len(a) + len(b)), *range(len(a))), category)


def copy(ob: Wires | Type, n: int = 2, category: Category = FREE) -> Diagram:
    """`A -> A @ A`: each wire read n times."""
    wires = ob if isinstance(ob, tuple) else (ob,)
    return wiring(wires, tuple(range(len(wires))) * n, category)


def discard(ob: Wires | Type, category: Category = FREE) -> Diagram:
    """`A -> ()`."""
    return copy(ob, 0, category)


def spider(ob: Type, n_in: int, n_out: int, category: Category = FREE) -> Diagram:
    """All `n_in + n_out` legs are one wire."""
    flat = Flat((ob,), (), (0,) * n_in, (0,) * n_out, (), ("",))
    return _make(flat, (ob,) * n_in, (ob,) * n_out, category)


def cup(left: Type, right: Type, category: Category = FREE) -> Diagram:
    """`A @ A.r -> ()`: one wire, both of whose ends are inputs."""
    return _make(Flat((left,), (), (0, 0), (), (), ("",)), (left, right), (), category)


def cap(left: Type, right: Type, category: Category = FREE) -> Diagram:
    """`() -> A.r @ A`: one wire, both of whose ends are outputs."""
    return _make(Flat((right,), (), (), (0, 0), (), ("",)), (), (left, right), category)


def trace(d: Diagram, n: int = 1) -> Diagram:
    """Close the first n wires of `d : T @ A -> T @ B`. Raises `ValueError` if they differ."""
    if d.dom[:n] != d.cod[:n]:
        raise ValueError(f"trace: {wires_text(d.dom[:n])} against {wires_text(d.cod[:n])}")
    b = Builder(d.category)
    loop = [b.wire(t) for t in d.dom[:n]]
    outs = b.insert(d, [*loop, *(b.input(t) for t in d.dom[n:])])
    for v, w in zip(loop, outs[:n], strict=True):
        b.join(v, w)
    return b.build(outs[n:], dom=d.dom[n:], cod=d.cod[n:])


def single(
    op: Op,
    dom: Wires | None = None,
    cod: Wires | None = None,
    spec: Spec | None = None,
    args: Args = (),
    bodies: tuple[Diagram, ...] = (),
    category: Category = FREE,
) -> Diagram:
    """The diagram of one box."""
    ins, outs = op.dom if dom is None else dom, op.cod if cod is None else cod
    n, m = len(ins), len(outs)
    box = Box(op, tuple(range(n)), tuple(range(n, n + m)), spec, args, bodies)
    return _make(Flat(ins + outs, (box,), box.dom, box.cod, (), ("",) * (n + m)), ins, outs, category)


def seq(*parts: Diagram) -> Diagram:
    """`f >> g >> ...`. Raises `ValueError` for no parts."""
    if not parts:
        raise ValueError("seq needs at least one diagram")
    result = parts[0]
    for part in parts[1:]:
        result = result >> part
    return result


def par(*parts: Diagram) -> Diagram:
    """`f @ g @ ...`; nothing for no parts."""
    result = identity(())
    for part in parts:
        result = result @ part
    return result


def walk(d: Diagram) -> Iterator[Box]:
    """Every box of `d` and of the bodies inside, each body once."""
    seen: set[int] = set()
    todo = [d]
    while todo:
        part = todo.pop()
        for box in part.boxes:
            yield box
            for body in box.bodies:
                if id(body) not in seen:
                    seen.add(id(body))
                    todo.append(body)


def box(name: str, dom: Wires | Type, cod: Wires | Type, category: Category = FREE) -> Diagram:
    """A declared box as a diagram: `box("f", A, B) : A -> B`."""
    from diagram.op import generator

    ins = dom if isinstance(dom, tuple) else (dom,)
    outs = cod if isinstance(cod, tuple) else (cod,)
    return single(generator(name, ins, outs), category=category)
