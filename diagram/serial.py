"""JSON of diagrams, with exact round trip: types, sizes, specs, bodies (each once), learned arrays, names,
marks.

The format is versioned and holds data only; nothing in it is run. Spans are left out: they point into a text.
Built-in operations are written by name, declared boxes with their type. Unusable input raises `DiagramError`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from diagram.errors import Diagnostic, DiagramError
from diagram.levels import LEVELS, Category
from diagram.op import Kind, Op
from diagram.serial_parts import (
    Faulty,
    arg_from,
    arg_to,
    param_from,
    param_to,
    spec_from,
    spec_to,
    type_from,
    type_to,
    whole,
)
from diagram.value import Box, Diagram, Flat, Mark, make

Json = Any
"""What `json` reads and writes; its types are not expressible."""
FORMAT, VERSION = "diag", 1


def to_json(d: Diagram) -> str:
    """One line of JSON. Linear in the size of the diagram and its different bodies."""
    return json.dumps(dumps(d), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json(text: str | bytes) -> Diagram:
    """The diagram. Raises `DiagramError` E0009 for anything that is not one."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unusable(f"it is not JSON: {error}") from None
    return loads(data)


def dumps(d: Diagram) -> dict[str, Json]:
    """The diagram as dictionaries, lists, strings and numbers."""
    return _Writer().run(d)


def loads(data: Json) -> Diagram:
    """The diagram from what `dumps` gave. Raises `DiagramError` E0009."""
    try:
        return _Reader(data).run()
    except Faulty as error:
        raise _unusable(str(error)) from None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _unusable(f"{type(error).__name__}: {error}") from None


def _unusable(why: str) -> DiagramError:
    help_ = "write it with `diag show --json` or `diagram.to_json`"
    return DiagramError(Diagnostic("E0009", "this is not a diagram in JSON", notes=(why,), help=help_))


class _Writer:
    """Tables of types and operations, and the diagrams, bodies before what holds them."""

    def __init__(self) -> None:
        self.types: dict[Any, int] = {}
        self.ops: dict[int, int] = {}
        self.specs: dict[Any, int] = {}
        self.out: dict[str, list[Json]] = {"types": [], "ops": [], "specs": [], "diagrams": []}
        self.held: list[object] = []
        self.done: dict[int, int] = {}

    def run(self, d: Diagram) -> dict[str, Json]:
        """The whole document; the last diagram is the one asked for."""
        todo = [d]
        while todo:  # depth first without recursion: bodies are written before their holders
            last = todo[-1]
            inner = [b for box in last.boxes for b in box.bodies if id(b) not in self.done]
            if inner:
                todo.append(inner[0])
            else:
                todo.pop()
                self.done[id(last)] = len(self.out["diagrams"])
                self.out["diagrams"].append(self.diagram(last))
        return {"format": FORMAT, "version": VERSION, **self.out}

    def diagram(self, d: Diagram) -> dict[str, Json]:
        """One diagram, its bodies by number."""
        found: dict[str, Json] = {
            "category": [d.category.name, *d.category.levels],
            "dom": [self.type(t) for t in d.dom],
            "cod": [self.type(t) for t in d.cod],
            "wires": [self.type(t) for t in d.wires],
            "inputs": list(d.inputs),
            "outputs": list(d.outputs),
            "boxes": [self.box(box) for box in d.boxes],
        }
        optional = {"params": [param_to(p) for p in d.params], "results": list(d.results)}
        if any(d.names):
            optional["names"] = list(d.names)
        texts = {"name": d.name, "doc": d.doc}
        return found | {key: value for key, value in (optional | texts).items() if value}

    def box(self, box: Box) -> Json:
        """Operation, wires, and what else there is."""
        rest: dict[str, Json] = {}
        if box.spec is not None:
            rest["spec"] = self._number(self.specs, "specs", box.spec, spec_to)
        if box.args:
            rest["args"] = {name: arg_to(value) for name, value in box.args}
        if box.bodies:
            rest["bodies"] = [self.done[id(b)] for b in box.bodies]
        if box.mark is not None:
            rest["name"] = box.mark.name
            if box.mark.options:
                rest["options"] = {name: arg_to(value) for name, value in box.mark.options}
        head = [self.op(box.op), list(box.dom), list(box.cod)]
        return [*head, rest] if rest else head

    def type(self, type_: Any) -> int:
        """The number of a type."""
        return self._number(self.types, "types", type_, type_to)

    def op(self, op: Op) -> int:
        """The number of an operation."""
        if id(op) not in self.ops:
            self.ops[id(op)] = len(self.out["ops"])
            self.out["ops"].append(self._op(op))
        return self.ops[id(op)]

    def _op(self, op: Op) -> Json:
        if _standard().get(op.name) is op:
            return op.name
        ports = {side: [self.type(t) for t in wires] for side, wires in (("dom", op.dom), ("cod", op.cod))}
        data = {"name": op.name, "kind": str(op.kind), "arity": op.arity, **ports, "facts": sorted(op.facts)}
        return {key: value for key, value in data.items() if value != []}

    def _number(self, table: dict[Any, int], name: str, value: Any, write: Any) -> int:
        number = table.get(id(value))
        if number is None:
            number = table.get(value)
            if number is None:
                number = table[value] = len(self.out[name])
                self.out[name].append(write(value))
            table[id(value)] = number
            self.held.append(value)
        return number


class _Reader:
    def __init__(self, data: Json) -> None:
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise Faulty(f'it has no "format": "{FORMAT}"')
        if data.get("version") != VERSION:
            raise Faulty(f"its version is {data.get('version')!r}, this program reads {VERSION}")
        self.data = data
        self.types = [type_from(t) for t in data["types"]]
        self.specs = [spec_from(s) for s in data["specs"]]
        self.ops = [self.op(op) for op in data["ops"]]
        self.made: list[Diagram] = []

    def run(self) -> Diagram:
        """All diagrams in order; the last one is the result."""
        for item in self.data["diagrams"]:
            self.made.append(self.diagram(item))
        if not self.made:
            raise Faulty("it holds no diagram")
        return self.made[-1]

    def diagram(self, item: Mapping[str, Json]) -> Diagram:
        """One diagram."""
        name, *levels = item["category"]
        unknown = [level for level in levels if level not in LEVELS]
        if unknown:
            raise Faulty(f"there is no category level {unknown[0]!r}")
        wires = tuple([self._pick(self.types, t) for t in item["wires"]])
        dom, cod = (tuple([self._pick(self.types, t) for t in item[side]]) for side in ("dom", "cod"))
        inputs, outputs = (_wires(item[side], len(wires)) for side in ("inputs", "outputs"))
        params = tuple([param_from(p) for p in item.get("params", ())])
        names = tuple(map(_text, item.get("names", ("",) * len(wires))))
        results = tuple(map(_text, item.get("results", ())))
        if len(inputs) != len(dom) + len(params) or len(outputs) != len(cod) or len(names) != len(wires):
            raise Faulty("the numbers of wires, types and names differ")
        boxes = tuple([self.box(b, len(wires)) for b in item["boxes"]])
        flat = Flat(wires, boxes, inputs, outputs, params, names)
        title, doc = _text(item.get("name", "")), _text(item.get("doc", ""))
        return make(flat, dom, cod, Category(_text(name), tuple(levels)), title, doc, results)

    def box(self, item: list[Json], n: int) -> Box:
        """One box."""
        number, ins, outs, *more = item
        rest = more[0] if more else {}
        op = self._pick(self.ops, number)
        spec = self._pick(self.specs, rest["spec"]) if "spec" in rest else None
        args = tuple((_text(k), arg_from(v)) for k, v in rest.get("args", {}).items())
        bodies = tuple([self._pick(self.made, b) for b in rest.get("bodies", ())])
        options = tuple((_text(k), arg_from(v)) for k, v in rest.get("options", {}).items())
        mark = Mark(_text(rest["name"]), None, options) if "name" in rest else None
        dom, cod = _wires(ins, n), _wires(outs, n)
        if op.kind is Kind.GENERATOR and (len(op.dom), len(op.cod)) != (len(dom), len(cod)):
            raise Faulty(f"{op.name} has {len(op.dom)} -> {len(op.cod)} ports, not {len(dom)} -> {len(cod)}")
        return Box(op, dom, cod, spec, args, bodies, mark)

    def op(self, item: Json) -> Op:
        """A built-in operation by name, or a declared box."""
        if isinstance(item, str):
            if item not in _standard():
                raise Faulty(f"there is no operation {item!r}")
            return _standard()[item]
        dom, cod = (tuple([self._pick(self.types, t) for t in item.get(side, ())]) for side in ("dom", "cod"))
        facts = frozenset(map(_text, item.get("facts", ())))
        arity = whole(item["arity"])
        return Op(_text(item["name"]), Kind(item["kind"]), arity, dom=dom, cod=cod, facts=facts)

    def _pick(self, table: list[Any], number: Json) -> Any:
        k = whole(number)
        if not 0 <= k < len(table):
            raise Faulty(f"number {k} of {len(table)}")
        return table[k]


def _wires(items: list[Json], n: int) -> tuple[int, ...]:
    found = tuple([whole(w) for w in items])
    if found and not (min(found) >= 0 and max(found) < n):
        raise Faulty(f"a wire beyond the {n} there are")
    return found


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Faulty(f"{value!r} where a text is needed")
    return value


def _standard() -> Mapping[str, Op]:
    from diagram.ops import STANDARD

    return STANDARD
