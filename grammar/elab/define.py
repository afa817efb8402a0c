"""Definitions: generics, domains, `where`; each call elaborates a body for its sizes, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diagram.errors import Span
from diagram.hypergraph import Args, Diagram
from diagram.reals import Real
from diagram.sizes import symbol
from diagram.types import Hom, Ob, Type, Unknown, Wires, map_sizes
from grammar.elab.binding import Binding, Formal, Site
from grammar.elab.calls import call
from grammar.elab.env import QUIET, Env, fault, kid, kids, sized, word, word_span
from grammar.elab.learn import Prefix
from grammar.elab.match import match_call
from grammar.elab.signature import Opened, Signature, generic_kind, open_signature
from grammar.elab.static import compare_sizes, undecided, whole
from grammar.elab.typing import MOST_WIRES, too_many
from grammar.elab.values import Form, Num, TypeVal, Value, Wired
from grammar.tree import Node, Token, walk


def close(opened: Opened, binding: Binding) -> Env:
    """The scope of one instance: every formal axis has the size that the call found."""
    env = opened.env.child()
    for key, size in binding.sizes.items():
        name = key[1:]
        if isinstance(opened.env.find(name), Num) and name not in opened.env.axes:
            env.names[name] = Num(Real.of(size))
        else:
            old = opened.env.find_axis(name)
            env.axes[name] = sized(old, name, size)
    for key, type_ in binding.types.items():
        env.names[key[1:]] = TypeVal((type_,))
    return env


def check_where(sig: Signature, env: Env, site: Site | None) -> None:
    """E0315 for a condition that is false for the sizes of this call; open ones become facts."""
    if sig.where is None:
        return
    for part in kids(sig.where):
        verdict, text = _holds(part, env)
        if verdict is not False:
            _remember(part, env, verdict is None)
        if verdict is False:
            raise fault(
                "E0315",
                f"`{sig.name}` needs `{text}`, which does not hold here",
                site.node if site is not None else part,
                _values(part, env),
                labels=((part.span, "required here"),),
            )


def _remember(part: Node, env: Env, open_: bool) -> None:
    """A condition that is open for these sizes is a fact inside the body; which axis fits into which is one
    always.
    """
    todo = [part]
    while todo:
        node = todo.pop()
        if node.kind == "and_":
            todo += kids(node)
        if node.kind not in ("compare", "where_cond"):
            continue
        operands = kids(node)
        signs = [p.text for p in node.kids if isinstance(p, Token)]
        for k, sign in enumerate(signs):
            pair = operands[k], operands[k + 1]
            if sign in ("<=", "<", "==") and all(n.kind == "name" for n in pair):
                env.below |= {(word(pair[0]), word(pair[1]))}
            if open_:
                _fact(pair[0], sign, pair[1], env)


def _fact(left: Node, sign: str, right: Node, env: Env) -> None:
    if sign == "==" and left.kind == "mod":
        pair = whole(kid(left, 0), env), whole(kid(left, 1), env)
        if whole(right, env) == 0:
            env.divisible |= {pair}
        return
    a, b = whole(left, env), whole(right, env)
    if sign in ("<=", "<"):
        env.facts += (b - a - (sign == "<"),)
    elif sign in (">=", ">"):
        env.facts += (a - b - (sign == ">"),)


def _holds(part: Node, env: Env) -> tuple[bool | None, str]:
    if part.kind == "where_cond":
        return undecided(part, env), part.text
    name = word(part)
    info = env.find_axis(name)
    if info is not None and info.size is not None:
        return compare_sizes("==", info.size, whole(kid(part, 1), env)), part.text
    return True, part.text


def _values(part: Node, env: Env) -> str:
    found = []
    for name in dict.fromkeys(t for t in _names_in(part)):
        info = env.find_axis(name)
        value = env.find(name)
        if info is not None and info.size is not None:
            found.append(f"{name} = {info.size}")
        elif isinstance(value, Num):
            found.append(f"{name} = {value.real}")
    return ", ".join(found)


def _names_in(node: Node) -> list[str]:
    own = [word(node)] if node.kind == "where_size" else []
    return own + [word(n) for n in walk(node) if n.kind == "name"]


# ------------------------------------------------------------------------------------------------ applying


@dataclass(slots=True, eq=False)
class DefForm(Form):
    """A definition with static arguments, as mentioned once. `part` names its parameters once it is
    `learn`ed."""

    sig: Signature
    statics: dict[str, Value]
    part: Prefix | None = None

    @property
    def name(self) -> str:
        return self.sig.name

    def arity(self) -> int | None:
        if self.sig.arrow:
            wires = self.dom()
            return None if wires is None else len(wires)
        return len(self.sig.ports)

    def dom(self) -> Wires | None:
        if not self.sig.ports and self.sig.arrow:
            return self._inferred()
        return tuple(f.type for f in open_signature(self.sig, self.statics).formals)

    def _inferred(self) -> Wires | None:
        from grammar.elab.expr import form_of

        if not self.statics and self.sig in self.sig.env.unit.inferred:
            return self.sig.env.unit.inferred[self.sig]
        asked = self.sig.env.unit.inferring
        if any(one is self.sig for one in asked):
            raise fault(
                "E0311", f"the type of `{self.sig.name}` is not determined: its text mentions itself",
                word_span(self.sig.node), help=f"write it: `def {self.sig.name} : A -> B = ...`",
            )  # fmt: skip
        asked.append(self.sig)
        try:
            env = open_signature(self.sig, self.statics, top=True).env
            dom = form_of(kid(self.sig.node, 5), env).dom()
            if dom is not None and len(dom) > MOST_WIRES:
                raise too_many(len(dom), word_span(self.sig.node))
            if not self.statics:
                self.sig.env.unit.inferred[self.sig] = dom
            return dom
        finally:
            asked.pop()

    def apply(self, env: Env, wires: Wired, node: Node, spans: tuple[Span, ...]) -> Wired:
        opened = open_signature(self.sig, self.statics)
        if self.sig.arrow and not self.sig.ports:
            opened.formals = [Formal(f"wire {k + 1}", t) for k, t in enumerate(self._inferred() or ())]
        site = Site(env, node, self.name, spans)
        binding = match_call(opened.formals, wires.types, site, opened.written, opened.sizes)
        inner = close(opened, binding)
        _give_rest(opened, inner, self.sig)
        check_where(self.sig, inner, site)
        body = instance(self.sig, inner, opened, binding, self.statics, site)
        return call(env, body, binding, wires, node, self.part, self.name)

    def mentions(self) -> Form:
        return DefForm(self.sig, self.statics, None) if self.part is not None else self


def _give_rest(opened: Opened, env: Env, sig: Signature) -> None:
    """Generics that the domain does not determine keep their own symbol."""
    for name in opened.variables:
        value = env.find(name)
        if isinstance(value, Num) and any(s.startswith("?") for s in value.real.symbols):
            env.names[name] = Num(Real.of(symbol(name)))


def instance(
    sig: Signature,
    env: Env,
    opened: Opened,
    binding: Binding,
    statics: Mapping[str, Value],
    site: Site | None,
) -> Diagram:
    """The body of a definition for given statics and sizes, elaborated once. Raises `Fault` E0602."""
    key = _key(binding, statics)
    if key in sig.bodies:
        found = sig.bodies[key]
        if found is None and (id(sig), key) in env.unit.active:
            raise fault(
                "E0602",
                f"`{sig.name}` calls itself without end",
                site.node if site is not None else word_span(sig.node),
                "the same call again",
                help="a recursion must change a static argument and stop: `f[n - 1](x) if n > 0 else x`",
            )
        if found is None:
            raise QUIET
        return found
    from grammar.elab.body import build_body

    unit = env.unit
    unit.depth += 1
    if unit.depth > unit.max_depth:
        unit.depth = 0
        raise fault(
            "E0602", f"`{sig.name}` calls itself more than {unit.max_depth} deep", word_span(sig.node)
        )
    try:
        formals = [Formal(f.name, closed_type(f.type, binding), f.span) for f in opened.formals]
        sig.bodies[key] = None
        unit.active.add((id(sig), key))
        body = build_body(sig, env, formals)
    except RecursionError:
        raise fault("E0602", f"`{sig.name}` is nested too deep", word_span(sig.node)) from None
    except OverflowError as error:
        raise fault(
            "E0008", f"a size in `{sig.name}` is too large", word_span(sig.node), str(error)
        ) from None
    finally:
        unit.active.discard((id(sig), key))
        unit.depth = max(0, unit.depth - 1)
    if _broken(body):
        raise QUIET
    sig.bodies[key] = body
    return body


def _broken(body: Diagram) -> bool:
    """Whether a statement was in error, here or in a loop: what it binds has no type."""
    todo = [body]
    while todo:
        top = todo.pop()
        used = (*top.outputs, *(w for box in top.boxes for w in (*box.dom, *box.cod)))
        if any(isinstance(top.wires[w], Unknown) for w in used):
            return True
        todo += [inner for box in top.boxes if box.op.name != "call" for inner in box.bodies]
    return False


def closed_type(type_: Type, binding: Binding) -> Type:
    """A formal type with the sizes and types that a call found."""
    if isinstance(type_, Ob) and type_.name in binding.types:
        return binding.types[type_.name]
    if isinstance(type_, Hom):
        return Hom(
            tuple(closed_type(t, binding) for t in type_.dom),
            tuple(closed_type(t, binding) for t in type_.cod),
        )
    return map_sizes(type_, {**binding.sizes, **binding.settled})


def named_generics(sig: Signature, statics: Mapping[str, Value]) -> Args:
    """Static arguments of a declared box, as part of its identity: `whisk[White]`."""
    result: list[tuple[str, str]] = []
    for generic in sig.generics:
        _, name, kind, _, _ = generic_kind(generic)
        if name in statics and kind in ("nat", "int", "real", "bool"):
            value = statics[name]
            result.append((name, str(value.real) if isinstance(value, Num) else static_key(value)))
    return tuple(result)


def _key(binding: Binding, statics: Mapping[str, Value]) -> object:
    return (
        tuple(sorted(binding.sizes.items())),
        tuple(sorted((k, str(v)) for k, v in binding.types.items())),
        tuple(sorted((k, static_key(v)) for k, v in statics.items())),
    )


def static_key(value: Value) -> str:
    """What tells a static argument from another."""
    return f"form {id(value)}" if isinstance(value, Form) else repr(value)
