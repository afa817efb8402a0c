"""A diagram as the text of a Python module that needs nothing but numpy or torch: what `diag compile`
writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from compilers.dialect import Dialect
from compilers.emit import emit
from compilers.program import arg_subs
from compilers.signature import Signature, signature
from compilers.text import Names, identifier, real_piece, size_piece
from compilers.torch_text import DTYPES
from diagram.marks import budget_of
from diagram.reals import Real
from diagram.types import Tensor
from diagram.value import Diagram, Param

_DTYPES = {"numpy": {"R": "f64", "C": "c128"}, "torch": {"R": "f32", "C": "c64"}}
_INIT = {
    "zeros": "torch.nn.init.zeros_({0})",
    "ones": "torch.nn.init.ones_({0})",
    "constant": "torch.nn.init.constant_({0}, {1})",
    "uniform": "torch.nn.init.uniform_({0}, {1}, {2})",
    "normal": "torch.nn.init.normal_({0}, 0.0, {1})",
    "orthogonal": "torch.nn.init.orthogonal_({0})",
    "default": "torch.nn.init.uniform_({0}, -({fan})**-0.5, ({fan})**-0.5)",
    "kaiming": "torch.nn.init.uniform_({0}, -(6 / ({fan}))**0.5, (6 / ({fan}))**0.5)",
    "xavier": "torch.nn.init.uniform_({0}, -{both}, {both})",
}


def to_source(
    d: Diagram, target: str, sizes: Mapping[str, int] | None = None, memory: str | int | None = None
) -> str:
    """The module: one function of the inputs and the learned arrays; for torch a `Module` class with
    them as well. With a budget of memory all sizes must be given.
    """
    dialect = _dialect(target)
    values = dict(sizes or {})
    source, name = emit(d, dialect, _DTYPES[target], values, budget=budget_of(d, memory))
    shape = signature(d, values)
    head = f'"""{d.name or "A diagram"} : {d.type_text}'
    text = head + (f"\n\n{d.doc.strip()}" if d.doc.strip() else "") + _listing(shape) + '"""\n\n' + source
    return text + (_module(shape, name) if target == "torch" and shape.params else "")


def _dialect(target: str) -> Dialect:
    if target == "torch":
        from compilers.torch_text import TorchText

        return TorchText()
    from compilers.numpy_text import NumpyText

    return NumpyText()


def _listing(s: Signature) -> str:
    """The learned arrays, for the docstring."""
    if not s.params:
        return ""
    lines = [f"    {p.path}: {t}" for p, t in zip(s.params, s.shapes, strict=True)]
    return "\n\nLearned arrays, in the order of the arguments:\n" + "\n".join(lines) + "\n"


def _module(s: Signature, function: str) -> str:
    """A class that holds the learned arrays under their paths."""
    names = Names(("self", "torch", function))
    open_sizes = {
        x: names.fresh(x) for x in sorted({x for t in s.shapes for n in t.shape for x in n.symbols})
    }
    inputs = [names.fresh(n) for n in s.names]
    attributes = [f"self._get({p.path!r})" for p in s.params]
    arguments = ", ".join(["self", *(f"{x}: int" for x in open_sizes.values())])
    lines = ["", "", f"class {_title(s.name)}(torch.nn.Module):", f"    def __init__({arguments}):"]
    lines.append("        super().__init__()")
    for p, t in zip(s.params, s.shapes, strict=True):
        lines += [f"        {line}" for line in _create(_sized(p, s), t, open_sizes)]
    lines += [
        "",
        "    def _add(self, path, value, learned=True):",
        '        *parts, last = path.split(".")',
        "        part = self",
        "        for word in parts:",
        "            part = part._modules.setdefault(word, torch.nn.Module())",
        "        part._parameters[last] = torch.nn.Parameter(value, requires_grad=learned)",
        "",
        "    def _get(self, path):",
        '        *parts, last = path.split(".")',
        "        part = self",
        "        for word in parts:",
        "            part = part._modules[word]",
        "        return part._parameters[last]",
        "",
        f"    def forward({', '.join(['self', *inputs])}):",
        f"        return {function}(",
        *(f"            {argument}," for argument in [*inputs, *attributes]),
        "        )",
    ]
    return "\n".join(lines) + "\n"


def _sized(p: Param, s: Signature) -> Param:
    """The learned array with the fixed sizes in its fan and arguments."""
    values = dict(s.values)
    fan = None if p.fan is None else p.fan.subs(values)
    return replace(p, fan=fan, args=tuple(arg_subs(a, values) for a in p.args))


def _create(p: Param, t: Tensor, sizes: Mapping[str, str]) -> list[str]:
    """Statements that make one learned array."""
    name = sizes.__getitem__
    shape = "".join(size_piece(n, name).text + ", " for n in t.shape)
    dtype = DTYPES[_DTYPES["torch"].get(t.dtype.name, t.dtype.name)]
    value = f"torch.empty(({shape}), dtype=torch.{dtype})"
    fan = (
        real_piece(p.fan, name).text
        if p.fan is not None
        else size_piece(t.shape[-1], name).text
        if t.shape
        else "1"
    )
    total = size_piece(t.entries, name).text
    places = {"0": "w", "fan": fan, "both": f"(6 / ({fan} + {total} / ({fan})))**0.5"}
    places.update({str(k + 1): _argument(a, name) for k, a in enumerate(p.args)})
    init = _INIT.get(p.init, _INIT["zeros"])
    for key, text in places.items():
        init = init.replace("{" + key + "}", text)
    if p.init == "normal" and not p.args:
        init = "torch.nn.init.normal_(w)"
    if p.init == "uniform" and not p.args:
        init = "torch.nn.init.uniform_(w)"
    learned = ", learned=False" if p.frozen else ""
    note = "" if p.init in _INIT else f"  # {p.init}: load its values"
    return [f"w = {value}", f"{init}{note}", f"self._add({p.path!r}, w{learned})"]


def _argument(value: object, name: object) -> str:
    assert callable(name)
    return real_piece(value, name).text if isinstance(value, Real) else repr(value)


def _title(name: str) -> str:
    word = "".join(part[:1].upper() + part[1:] for part in identifier(name or "diagram").split("_") if part)
    return word or "Model"
