
from __future__ import annotations
from dataclasses import dataclass
from diagram.errors import *
from grammar.tree import Token
@dataclass(frozen=True, slots=True)
class Mistake:
    source: Source
    tokens: list[Token]
    states: list[int]
    begin: int
    bad: int
    end: int
    deep: bool
def diagnose(m):
    t=m.tokens[m.bad]
    return Diagnostic("E0111", f"`{t.text}` cannot stand here", Span(m.source,t.start,t.end))
