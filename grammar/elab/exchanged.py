"""E0322: two arrays given in each other's place, where their names say so: `kl(logvar, mu)` for
`def kl(mu: ..., logvar: ...)`.

Nothing is said where the text shows that it is meant: the names are written, `kl(mu = logvar, logvar = mu)`;
the same definition calls both ways round; or it is nothing but this call, `def flipped(x, y) = f(y, x)`.
"""

from __future__ import annotations

from itertools import combinations

from diagram.types import Tensor
from grammar.elab.boxes import BoxForm
from grammar.elab.define import DefForm
from grammar.elab.env import Env, fault, kid, kids, word
from grammar.elab.values import Form, Wired
from grammar.tree import Node, walk


def check_places(form: Form, args: tuple[Node, ...], given: list[Wired], node: Node, env: Env) -> None:
    """Report the arguments of a call that name each other's parameters."""
    if not isinstance(form, DefForm | BoxForm):
        return
    ports = form.sig.ports
    if len(ports) != len(args) or any(len(wires.ids) != 1 for wires in given):
        return
    names = [hint(a) for a in args]
    for i, j in combinations(range(len(args)), 2):
        a, b = ports[i][0], ports[j][0]
        if a == b or names[i] != b or names[j] != a or not a or not b:
            continue
        if not all(isinstance(given[k].types[0], Tensor) for k in (i, j)):
            continue
        if _deliberate(names, i, j, node, env):
            continue
        env.unit.report(
            fault(
                "E0322",
                f"`{args[i].text}` and `{args[j].text}` stand in each other's place",
                args[i],
                f"this place of `{form.name}` is `{a}`",
                labels=((args[j], f"and this one is `{b}`"), (ports[i][2], "declared here")),
                notes=(f"if it is meant, write the names: {a} = {args[i].text}, {b} = {args[j].text}",),
                help="exchange them",
                edits=((args[i], args[j].text), (args[j], args[i].text)),
            )
        )


def hint(node: Node) -> str:
    """The name that an argument goes by: of a wire, of what is read, of the map that gives it."""
    while node.kind in ("call", "static_apply"):
        node = kid(node, 0)
    return word(node) if node.kind == "name" else ""


def _deliberate(names: list[str], i: int, j: int, node: Node, env: Env) -> bool:
    """Whether the definition around shows that the exchange is meant; elsewhere, in tests and laws, it is."""
    around = [
        sig.node
        for sig in env.unit.signatures.values()
        if sig.node.source is node.source and sig.node.start <= node.start and node.end <= sig.node.end
    ]
    if not around:
        return True
    body = around[0].kids[-1]
    while isinstance(body, Node) and body.kind in ("block", "return_stmt", "values"):
        inner = [k for k in body.kids if k is not None and not (isinstance(k, Node) and not k.kids)]
        body = inner[0] if len(inner) == 1 else None
    if isinstance(body, Node) and (body.start, body.end) == (node.start, node.end):
        return True
    callee = kid(node, 0).text
    for other in walk(around[0]):
        if other.kind == "call" and other is not node and kid(other, 0).text == callee:
            args = kids(kid(other, 1))
            if len(args) == len(names) and (hint(args[i]), hint(args[j])) == (names[j], names[i]):
                return True
    return False
