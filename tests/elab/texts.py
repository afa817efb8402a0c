"""What a text says when it is checked, and whether its tests pass."""

from __future__ import annotations

from diagram.errors import Diagnostic
from grammar.module import check_text, loads


def codes(text: str) -> list[str]:
    """The codes of the errors of a text."""
    return [d.code for d in check_text(text) if not d.is_warning]


def only(text: str) -> Diagnostic:
    """The one error of a text."""
    (found,) = [d for d in check_text(text) if not d.is_warning]
    return found


def passes(text: str) -> None:
    """All tests in a text pass, and none is skipped."""
    module = loads(text)
    assert [d for d in module.check() if not d.is_warning] == []
    results = module.tests()
    assert results
    for result in results:
        assert [d.message for d in result.errors] == []
        assert result.skipped == []
        assert result.assertions > 0
