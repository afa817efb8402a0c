"""Everything public is annotated and says what it is."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

import pytest

PACKAGES = ("diagram", "grammar", "compilers")


def modules() -> list[str]:
    names = []
    for package in PACKAGES:
        found = pkgutil.walk_packages(import_module(package).__path__, f"{package}.")
        names += [package, *(m.name for m in found if not m.name.endswith("__main__"))]
    return names


def own(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Public functions and classes that the module defines."""
    for name, value in vars(module).items():
        ours = not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
        if ours and (inspect.isclass(value) or isinstance(value, FunctionType)):
            yield name, value


def functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """Public functions, and public methods of public classes."""
    for name, value in own(module):
        if isinstance(value, FunctionType):
            yield name, value
            continue
        for key, member in vars(value).items():
            function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            written = isinstance(function, FunctionType) and function.__code__.co_filename == module.__file__
            if written and not key.startswith("_"):
                yield f"{name}.{key}", function


def says(module: ModuleType, label: str, function: FunctionType) -> bool:
    """Whether a function has a docstring, or is the method that a base class describes."""
    owner, _, key = label.rpartition(".")
    return bool(function.__doc__ or (owner and inspect.getdoc(getattr(getattr(module, owner), key))))


@pytest.mark.parametrize("name", modules())
def test_everything_public_has_a_docstring(name):
    module = import_module(name)
    assert module.__doc__, name
    assert [n for n, value in own(module) if not (value.__doc__ or "").strip()] == []
    assert [n for n, f in functions(module) if not says(module, n, f)] == []


@pytest.mark.parametrize("name", modules())
def test_everything_public_is_annotated(name):
    for label, function in functions(import_module(name)):
        code = function.__code__
        count = code.co_argcount + code.co_kwonlyargcount
        arguments = [a for a in code.co_varnames[:count] if a not in ("self", "cls")]
        missing = [a for a in (*arguments, "return") if a not in function.__annotations__]
        assert missing == [], f"{name}.{label}"
