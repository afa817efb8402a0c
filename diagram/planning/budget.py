"""Budgets of memory as people write them."""

from __future__ import annotations

import re

UNITS = {"": 1, "B": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
         "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
         "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}  # fmt: skip


def bytes_of(text: str | float) -> int:
    """`200MB`, `1.5 GiB`, `4096`: bytes. Raises `ValueError`.

    >>> bytes_of("200MB"), bytes_of("1.5KiB")
    (200000000, 1536)
    """
    if isinstance(text, int | float):
        number, unit = float(text), ""
    else:
        found = re.fullmatch(r"\s*([0-9][0-9_]*(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", text)
        if found is None or found[2].upper() not in UNITS:
            raise ValueError(f"`{text}` is no amount of memory; write 200MB, 1.5GiB or a number of bytes")
        number, unit = float(found[1]), found[2].upper()
    if number <= 0:
        raise ValueError(f"a budget of memory is more than nothing, not {text}")
    return int(number * UNITS[unit])


def text_of(count: int) -> str:
    """An amount of memory for people.

    >>> text_of(1234567), text_of(999)
    ('1.23 MB', '999 bytes')
    """
    for unit in ("TB", "GB", "MB", "KB"):
        if count >= UNITS[unit]:
            return f"{count / UNITS[unit]:.3g} {unit}"
    return f"{count} bytes"
