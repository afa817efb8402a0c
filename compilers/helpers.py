"""The functions that generated numpy code may call, pasted into the module so that it stands alone."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Sequence

from compilers.dialect import Dialect


def assemble(functions: Sequence[str], dialect: Dialect) -> str:
    """A module: imports, the helpers that the functions use, the functions."""
    body = "\n\n".join(functions)
    helpers = _helpers(sorted(set(re.findall(r"\bspecial\.(\w+)", body))))
    body = body.replace("special.", "")
    imports = []
    if re.search(r"\bmath\.", body) or any("math." in text for text in helpers):
        imports.append("import math\n")
    used = [line for line in dialect.imports.splitlines() if "functional" not in line or "F." in body]
    return "\n".join([*imports, *used, "", "", *(text + "\n\n" for text in helpers), body]).rstrip() + "\n"


def helper_names() -> tuple[str, ...]:
    """Names that variables must leave to the helpers."""
    from diagram.ops import special

    return tuple(name for name, value in vars(special).items() if inspect.isfunction(value))


def _helpers(names: Sequence[str]) -> list[str]:
    """Sources of the functions and of those they call, callees first."""
    if not names:
        return []
    from diagram.ops import special

    done: dict[str, str] = {}

    def add(name: str) -> None:
        function = getattr(special, name, None)
        if name in done or not inspect.isfunction(function):
            return
        text = inspect.getsource(function)
        for other in re.findall(r"\b(\w+)\(", text):
            if other != name and inspect.isfunction(getattr(special, other, None)):
                add(other)
        done[name] = _bare(text)

    for name in names:
        add(name)
    return list(done.values())


def _bare(text: str) -> str:
    """Without annotations: the module that receives the text need not know the types."""
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    for argument in function.args.args:  # annotations of variables inside stay: nothing evaluates them
        argument.annotation = None
    body = text.splitlines()[function.body[0].lineno - 1 :]
    return "\n".join([f"def {function.name}({ast.unparse(function.args)}):", *body])
