"""What is known while elaborating: numbers and sizes, conditions, axes. Inside `[ ]` a name is an axis
first."""

from __future__ import annotations

from diagram.bounds import at_least, common_divisors
from diagram.reals import FUNCTIONS, Real
from diagram.sizes import Size, exact
from diagram.types import DTYPES
from grammar.elab.env import AxisInfo, Env, Fault, Later, fault, kid, kids, size_of, word
from grammar.elab.nearest import unknown
from grammar.elab.values import AxisVal, Num, Text, Truth, Value, Wired
from grammar.lexer import BIT_LIMIT
from grammar.tree import Node, Token

SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "floordiv": "//", "mod": "%", "pow": "**"}
"""Binary arithmetic nodes and their signs."""
ARITHMETIC = frozenset(SIGNS)
"""Kinds of binary arithmetic nodes."""
_UNITS = {
    "ms": 1e-3, "us": 1e-6, "s": 1, "Hz": 1, "kHz": 1000, "K": 1000, "M": 10**6, "G": 10**9,
    "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
    "px": 1, "pt": 1, "mm": 1, "cm": 10,
}  # fmt: skip
CONSTANTS = {"pi": 3.141592653589793, "inf": float("inf"), "i": 1j}
"""Prelude names of numbers."""


def static(node: Node, env: Env) -> Value:
    """A static expression: axis names are sizes, wires are not visible. Raises `Fault`."""
    kind = node.kind
    if kind in SIGNS:
        return Num(_arithmetic(node, env))
    if kind == "name":
        return _name(node, env)
    if kind in ("int", "real", "quantity"):
        return Num(literal(node))
    if kind == "neg":
        return Num(-number(kid(node, 0), env))
    if kind in ("compare", "and_", "or_", "not_", "bool"):
        return _truth(node, env)
    if kind == "choose":
        return static(kid(node, 0 if decide(kid(node, 1), env) else 2), env)
    if kind == "call" and kid(node, 0).kind == "name":
        return _function(node, env)
    if kind == "static_apply" and kid(node, 0).kind == "name" and word(kid(node, 0)) == "size":
        slot = kid(kid(kid(node, 1), 0), 0)
        return Num(Real.of(axis_size(slot, env)))
    if kind == "string":
        return Text(string(node))
    from grammar.elab.env import evaluate

    return evaluate(node, env)


def string(node: Node) -> str:
    """The characters between the quotes."""
    text = word(node)
    if text.startswith('"""'):
        return text[3:-3]
    body = text[1:-1]
    for escape, char in (("\\n", "\n"), ("\\t", "\t"), ('\\"', '"'), ("\\\\", "\\")):
        body = body.replace(escape, char)
    return body


def literal(node: Node) -> Real:
    """A number or quantity as written; units become seconds, hertz, points, bytes or plain counts."""
    text = word(node).replace("_", "")
    if node.kind == "int":
        return Real.of(int(text))
    if node.kind == "real":
        return Real.of(float(text))
    for unit in sorted((*_UNITS, *DTYPES), key=len, reverse=True):
        if text.endswith(unit):
            head = text[: -len(unit)]
            scale = _UNITS.get(unit, 1)
            if head.isdigit() and isinstance(scale, int):
                return Real.of(int(head) * scale)
            return Real.of(round(float(head) * scale, 15))
    raise AssertionError(text)


def number(node: Node, env: Env) -> Real:
    """A static number. Raises `Fault` E0308, E0333."""
    value = static(node, env)
    if isinstance(value, Num):
        return value.real
    if isinstance(value, AxisVal):
        return Real.of(value.axis.size)
    if isinstance(value, Wired):
        raise fault(
            "E0333",
            f"`{node.text}` is a wire, and a number known before running is needed",
            node,
            help="square brackets hold what is known while checking: sizes, axes, types, diagrams",
        )
    raise fault("E0308", f"`{node.text}` is not a number", node, "a static number is needed here")


def whole(node: Node, env: Env) -> Size:
    """A whole size. Raises `Fault` E0313 with the arithmetic if a division leaves a remainder."""
    if node.kind == "div":
        return _exact(node, whole(kid(node, 0), env), whole(kid(node, 1), env), env)
    if node.kind in SIGNS and node.kind != "pow":
        a, b = whole(kid(node, 0), env), whole(kid(node, 1), env)
        env.unit.effort.spend(1 + (len(a.terms) + len(b.terms)) // 2, node)
        if node.kind == "floordiv" and any((a, b) in scope.divisible for scope in env.chain()):
            return exact(a, b)
        return _size_op(node, a, b)
    real = number(node, env)
    size = Num(real).size
    if size is None:
        leaf = real.leaf
        if isinstance(leaf, float) and leaf.is_integer():
            return Size.of(int(leaf))
        if real.symbols and env.unit.checking:  # decided where the definition is used
            raise Later(node.text)
        if real.symbols:
            raise fault(
                "E0333",
                f"`{node.text}` is not known here",
                node,
                f"this is {real}",
                help="give it with --set",
            )
        raise fault("E0313", f"`{node.text}` is not a whole number", node, f"this is {real}")
    return size


def _size_op(node: Node, a: Size, b: Size) -> Size:
    if node.kind in ("floordiv", "mod") and b == 0:
        raise fault("E0313", f"`{node.text}` divides by zero", node)
    try:
        size = _sized(node, a, b)
    except OverflowError as error:
        raise _too_large(node, str(error)) from None
    if size.constant is not None and size.constant.bit_length() > BIT_LIMIT:
        raise _too_large(node)
    return size


def _too_large(node: Node, why: str = "") -> Fault:
    return fault("E0008", f"`{node.text}` is too large", node, why or f"the limit is {BIT_LIMIT} bits")


def _sized(node: Node, a: Size, b: Size) -> Size:
    match node.kind:
        case "add":
            return a + b
        case "sub":
            return a - b
        case "mul":
            return a * b
        case "floordiv":
            return a // b
        case _:
            return a % b


def _exact(node: Node, top: Size, bottom: Size, env: Env) -> Size:
    quotient = top.divided_by(bottom)
    if quotient is not None:
        return quotient
    if bottom == 0:
        raise fault("E0313", f"`{node.text}` divides by zero", node)
    if top.constant is not None and bottom.constant is not None:
        q, r = divmod(top.constant, bottom.constant)
        near = common_divisors(top.constant, bottom.constant)
        raise fault(
            "E0313",
            f"`{node.text}` is not a whole number",
            node,
            f"{top} / {bottom} = {q} remainder {r}",
            labels=tuple(
                (info.expr.span, part.text)
                for part in kids(node)
                if part.kind == "name" and (info := env.find_axis(word(part))) and info.expr is not None
            ),
            help=f"sizes that divide {top} and are near {bottom}: {', '.join(map(str, near))}",
        )
    return exact(top, bottom)


def _arithmetic(node: Node, env: Env) -> Real:
    left, right = number(kid(node, 0), env), number(kid(node, 1), env)
    try:
        return left.apply(SIGNS[node.kind], right)
    except ZeroDivisionError:
        raise fault("E0313", f"`{node.text}` divides by zero", node) from None
    except OverflowError as error:
        raise _too_large(node, str(error)) from None


def _function(node: Node, env: Env) -> Value:
    name = word(kid(node, 0))
    args = kids(kid(node, 1))
    if name in FUNCTIONS and len(args) == 1:
        try:
            return Num(number(args[0], env).apply(name))
        except (ValueError, OverflowError) as error:
            raise fault("E0313", f"`{node.text}` has no value: {error}", node) from None
    if name in ("min", "max") and len(args) == 2:
        a, b = number(args[0], env), number(args[1], env)
        smaller = _compare("<=", a, b)
        if smaller is not None:
            return Num(a if smaller == (name == "min") else b)
    raise fault("E0333", f"`{node.text}` is not known before running", node, "a static number is needed here")


def _name(node: Node, env: Env) -> Value:
    name = word(node)
    info = env.find_axis(name)
    if info is not None:
        return Num(Real.of(size_of(info, env)))
    value = env.find(name)
    if isinstance(value, Num | Truth | Text):
        touch(name, env)
        return value
    if isinstance(value, AxisVal):
        return Num(Real.of(value.axis.size))
    if name in CONSTANTS and value is None:
        return Num(Real.of(CONSTANTS[name]))
    if value is None:
        raise unknown(name, node, env)
    return value


def touch(name: str, env: Env) -> None:
    """Note that a loop index was used as a number: its loop must be unrolled."""
    if name in env.unit.loop_indices:
        env.unit.loop_indices[name] = True


def axis_size(node: Node, env: Env) -> Size:
    """The size of the axis named by `node`."""
    if node.kind == "name":
        info = env.find_axis(word(node))
        if info is not None:
            return size_of(info, env)
    raise unknown(node.text, node, env, "the axis ")


def axis_named(node: Node, env: Env) -> AxisInfo:
    """The axis that `node` names. Raises `Fault` E0201."""
    info = env.axis_met(word(node)) if node.kind == "name" else None
    if info is None:
        raise unknown(node.text, node, env, "the axis ")
    return info


# ------------------------------------------------------------------------------------------------ conditions


def decide(node: Node, env: Env) -> bool:
    """A static condition. Raises `Fault` E0333 if it depends on a size that is still open."""
    value = undecided(node, env)
    if value is None:
        raise fault(
            "E0333",
            f"`{node.text}` cannot be decided: a size in it is open",
            node,
            help="give the size a number, with a default or with --set",
        )
    return value


def undecided(node: Node, env: Env) -> bool | None:
    """A static condition, None if symbols leave it open."""
    if node.kind == "and_" or node.kind == "or_":
        parts = [undecided(k, env) for k in kids(node)]
        stop = node.kind == "or_"
        return stop if stop in parts else None if None in parts else not stop
    if node.kind == "not_":
        inner = undecided(kid(node, 0), env)
        return None if inner is None else not inner
    if node.kind == "compare" or node.kind == "where_cond":
        operands = [p for p in node.kids if isinstance(p, Node)]
        signs = [p.text for p in node.kids if isinstance(p, Token)]
        results = []
        for k, sign in enumerate(signs):
            left, right = static(operands[k], env), static(operands[k + 1], env)
            if isinstance(left, Num) and isinstance(right, Num):
                results.append(_compare(sign, left.real, right.real))
            elif sign in ("==", "!="):
                results.append((left == right) == (sign == "=="))
            else:
                raise fault(
                    "E0308", f"`{node.text}` does not compare numbers", node, "decided while checking",
                    help="per entry: `select(c, a, b)`, or `Y[i] = ... where ... else ...`",
                )  # fmt: skip
        return False if False in results else None if None in results else True
    value = static(node, env)
    if isinstance(value, Truth):
        return value.value
    raise fault("E0308", f"`{node.text}` is not a condition", node)


def _truth(node: Node, env: Env) -> Truth:
    if node.kind == "bool":
        return Truth(word(node) == "true")
    return Truth(decide(node, env))


def _compare(sign: str, left: Real, right: Real) -> bool | None:
    a, b = left.number, right.number
    if a is not None and b is not None:
        if isinstance(a, complex) or isinstance(b, complex):
            return (a == b) == (sign == "==") if sign in ("==", "!=") else None
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[sign]
    x, y = Num(left).size, Num(right).size
    if x is None or y is None:
        return None
    return compare_sizes(sign, x, y)


def compare_sizes(sign: str, x: Size, y: Size) -> bool | None:
    """Decide `x sign y` for all sizes >= 1 of the symbols, None if it depends on them."""
    if sign == "!=":
        equal = compare_sizes("==", x, y)
        return None if equal is None else not equal
    if sign == "==":
        if x == y:
            return True
        return False if at_least(x - y, 1) or at_least(y - x, 1) else None
    gap = {"<": y - x - 1, "<=": y - x, ">": x - y - 1, ">=": x - y}[sign]
    if at_least(gap, 0):
        return True
    return False if at_least(-gap, 1) else None


def whole_quotients(size: Size, env: Env) -> Size:
    """The size with floors `a // b` made exact where a `where` says that b divides a."""
    pairs = [pair for scope in env.chain() for pair in scope.divisible]
    return size.with_exact(pairs) if pairs and size.constant is None else size
