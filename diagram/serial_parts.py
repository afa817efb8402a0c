"""The small values inside a diagram as JSON data: sizes, static numbers, types, index structures, learned
arrays."""

from __future__ import annotations

from typing import Any

from diagram.quotient import Quotient
from diagram.reals import FUNCTIONS, Real
from diagram.sizes import ONE, Size
from diagram.spec import Slot, Spec
from diagram.types import DTYPES, UNKNOWN, Axis, DType, Hom, Ob, Tensor, Type, Unknown
from diagram.value import Arg, Param

Json = Any
"""What `json` reads and writes; its types are not expressible."""
SIGNS = ("+", "-", "*", "/", "//", "%", "**", "neg", *FUNCTIONS)


class Faulty(Exception):
    """Why a document is not a diagram; turned into a `DiagramError` where it is read."""


def whole(value: Json) -> int:
    """An int, and no bool."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Faulty(f"{value!r} where a whole number is needed")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Faulty(f"{value!r} where a text is needed")
    return value


def size_to(size: Size) -> Json:
    """A number, a symbol, or a list of `[coefficient, [[atom, power], ...]]`."""
    if size.constant is not None:
        return size.constant
    if size.terms == ((((size.terms[0][0][0][0], 1),), 1),) and isinstance(size.terms[0][0][0][0], str):
        return size.terms[0][0][0][0]
    return [[c, [[_atom_to(atom), power] for atom, power in mono]] for mono, c in size.terms]


def _atom_to(atom: str | Quotient) -> Json:
    return atom if isinstance(atom, str) else [atom.sign, size_to(atom.top), size_to(atom.bottom)]


def size_from(data: Json) -> Size:
    """The size, term by term as it was."""
    if not isinstance(data, list):
        return Size.of(data if isinstance(data, str) else whole(data))
    return Size(tuple([(tuple([_power(*p) for p in mono]), whole(c)) for c, mono in data]))


def _power(atom: Json, power: Json) -> tuple[str | Quotient, int]:
    if not 0 < whole(power) <= 64:
        raise Faulty(f"power {power} of a size")
    if isinstance(atom, str):
        return atom, power
    sign, top, bottom = atom
    if sign not in ("//", "%", "/"):
        raise Faulty(f"{sign!r} inside a size")
    return Quotient(sign, size_from(top), size_from(bottom)), power


def real_to(value: Real) -> Json:
    """`[sign, arguments...]`, or `["", leaf]`."""
    if value.sign:
        return [value.sign, *(real_to(a) for a in value.args if isinstance(a, Real))]
    leaf = value.args[0]
    return ["", {"size": size_to(leaf)} if isinstance(leaf, Size) else _number_to(leaf)]


def real_from(data: Json) -> Real:
    """The static number, as it was: nothing is folded."""
    sign, *args = data
    if sign:
        if sign not in SIGNS:
            raise Faulty(f"there is no sign {sign!r}")
        return Real(sign, tuple(real_from(a) for a in args))
    (leaf,) = args
    if isinstance(leaf, dict) and "size" in leaf:
        return Real("", (size_from(leaf["size"]),))
    return Real("", (_number_from(leaf),))


def _number_to(value: Json) -> Json:
    if isinstance(value, complex):
        return {"re": _number_to(value.real), "im": _number_to(value.imag)}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return {"float": repr(value)}
    return value


def _number_from(data: Json) -> int | float | complex:
    if isinstance(data, dict):
        if "re" in data:
            re, im = _number_from(data["re"]), _number_from(data["im"])
            if isinstance(re, complex) or isinstance(im, complex):
                raise Faulty("a complex part of a complex number")
            return complex(re, im)
        return float(_text(data["float"]))
    if isinstance(data, int | float):
        return data
    raise Faulty(f"{data!r} where a number is needed")


def axis_to(axis: Axis) -> Json:
    """`[name, size]`, with the factors behind if there are any."""
    head = [axis.name, size_to(axis.size)]
    return [*head, [axis_to(f) for f in axis.factors]] if axis.factors else head


def axis_from(data: Json) -> Axis:
    """The axis."""
    name, size, *factors = data
    return Axis(_text(name), size_from(size), tuple(axis_from(f) for f in factors[0]) if factors else ())


def dtype_to(dtype: DType) -> Json:
    """The name, or `["nat", bound]`."""
    return dtype.name if dtype.bound is None else [dtype.name, size_to(dtype.bound)]


def dtype_from(data: Json) -> DType:
    """The element type."""
    name, bound = (data, None) if isinstance(data, str) else (data[0], size_from(data[1]))
    if name not in DTYPES:
        raise Faulty(f"there is no element type {name!r}")
    return DType(name, bound)


def type_to(type_: Type) -> Json:
    """`{"ob": ...}`, `{"array": ...}`, `{"hom": ...}` or None for the unknown type."""
    if isinstance(type_, Ob):
        return {"ob": type_.name, "adjoint": type_.adjoint, "prime": type_.prime}
    if isinstance(type_, Tensor):
        return {"array": dtype_to(type_.dtype), "axes": [axis_to(a) for a in type_.axes]}
    if isinstance(type_, Hom):
        return {"hom": [[type_to(t) for t in type_.dom], [type_to(t) for t in type_.cod]]}
    assert isinstance(type_, Unknown)
    return None


def type_from(data: Json) -> Type:
    """The type of a wire."""
    if data is None:
        return UNKNOWN
    if "ob" in data:
        return Ob(_text(data["ob"]), whole(data["adjoint"]), bool(data["prime"]))
    if "array" in data:
        return Tensor(dtype_from(data["array"]), tuple(axis_from(a) for a in data["axes"]))
    dom, cod = data["hom"]
    return Hom(tuple(type_from(t) for t in dom), tuple(type_from(t) for t in cod))


def slot_to(slot: Slot) -> Json:
    """The index of a plain slot, else `[terms, offset, gather]`."""
    if slot.index is not None:
        return slot.index
    return [[[i, size_to(c)] for i, c in slot.terms], size_to(slot.offset), slot.gather]


def slot_from(data: Json) -> Slot:
    """The slot."""
    if not isinstance(data, list):
        return Slot(((whole(data), ONE),))
    terms, offset, gather = data
    return Slot(tuple((whole(i), size_from(c)) for i, c in terms), size_from(offset), whole(gather))


def spec_to(spec: Spec) -> Json:
    """The index structure of a box."""
    data: dict[str, Json] = {
        "indices": [axis_to(a) for a in spec.indices],
        "ins": [[slot_to(s) for s in port] for port in spec.ins],
        "outs": [[slot_to(s) for s in port] for port in spec.outs],
    }
    if spec.core:
        data["core"] = list(spec.core)
    if spec.pads:
        data["pads"] = list(spec.pads)
    return data


def spec_from(data: Json) -> Spec:
    """The index structure; its slots mention only indices it has."""
    indices = tuple(axis_from(a) for a in data["indices"])
    ins, outs = (tuple(tuple(slot_from(s) for s in port) for port in data[side]) for side in ("ins", "outs"))
    core = tuple(whole(c) for c in data.get("core", ()))
    pads = tuple(None if p is None else _text(p) for p in data.get("pads", ()))
    used = [i for port in (*ins, *outs) for slot in port for i, _ in slot.terms]
    if not all(0 <= i < len(indices) for i in (*used, *core)):
        raise Faulty("an index that the box does not have")
    return Spec(indices, ins, outs, core, pads)


def arg_to(value: Arg) -> Json:
    """Static data, tagged where JSON has no such type."""
    if isinstance(value, tuple):
        return {"tuple": [arg_to(v) for v in value]}
    if isinstance(value, Real):
        return {"real": real_to(value)}
    if isinstance(value, Size):
        return {"size": size_to(value)}
    if isinstance(value, Axis):
        return {"axis": axis_to(value)}
    if isinstance(value, DType):
        return {"dtype": dtype_to(value)}
    if isinstance(value, Ob | Tensor | Hom | Unknown):
        return {"type": type_to(value)}
    return {"number": _number_to(value)} if isinstance(value, float | complex) else value


def arg_from(data: Json) -> Any:
    """The static data."""
    if not isinstance(data, dict):
        if data is None or isinstance(data, str | int):
            return data
        raise Faulty(f"{data!r} as static data")
    ((tag, inner),) = data.items()
    if tag == "tuple":
        return tuple(arg_from(v) for v in inner)
    return _READERS[tag](inner)


_READERS = {
    "real": real_from,
    "size": size_from,
    "axis": axis_from,
    "dtype": dtype_from,
    "type": type_from,
    "number": _number_from,
}


def param_to(param: Param) -> Json:
    """A learned array."""
    data: dict[str, Json] = {"path": param.path, "init": param.init}
    if param.args:
        data["args"] = [arg_to(a) for a in param.args]
    if param.fan is not None:
        data["fan"] = real_to(param.fan)
    if param.frozen:
        data["frozen"] = True
    if param.options:
        data["options"] = {name: arg_to(value) for name, value in param.options}
    return data


def param_from(data: Json) -> Param:
    """The learned array."""
    return Param(
        _text(data["path"]),
        _text(data["init"]),
        tuple(arg_from(a) for a in data.get("args", ())),
        real_from(data["fan"]) if "fan" in data else None,
        bool(data.get("frozen", False)),
        tuple((_text(k), arg_from(v)) for k, v in data.get("options", {}).items()),
    )
