"""Names the syntax error at the word where the parser stopped: the first rule that knows it speaks."""

from __future__ import annotations

from collections.abc import Callable

from diagram.errors import Diagnostic
from grammar import mistake_brackets, mistake_habits, mistake_places, mistake_signs
from grammar.mistake import Mistake

RULES: tuple[Callable[[Mistake], Diagnostic | None], ...] = (
    mistake_brackets.too_deep,
    mistake_signs.unclosed_string,
    mistake_habits.comment,
    mistake_habits.missing_comma,
    mistake_habits.behind_return,
    mistake_habits.test_name,
    mistake_habits.everything,
    mistake_habits.type_first,
    mistake_habits.counted_loop,
    mistake_habits.lambda_,
    mistake_habits.colon_body,
    mistake_habits.whole_update,
    mistake_signs.composition,
    mistake_signs.bad_character,
    mistake_places.missing_body,
    mistake_brackets.wrong_closer,
    mistake_brackets.unclosed,
    mistake_signs.other_sign,
    mistake_habits.statement_word,
    mistake_places.reserved_word,
    mistake_places.juxtaposition,
    mistake_places.unused_expression,
    mistake_brackets.stray_closer,
    mistake_places.no_item,
    mistake_places.end_of_file,
)


def diagnose(m: Mistake) -> Diagnostic:
    """The one message for a mistake."""
    for rule in RULES:
        if (found := rule(m)) is not None:
            return found
    return mistake_places.misplaced(m)
