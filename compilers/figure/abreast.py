"""Several figures side by side on one line, with signs between them: equations, steps of a proof, before
and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compilers.figure.scene import (
    PT,
    Glyph,
    Junction,
    Label,
    Scene,
    Shape,
    Strand,
    shift_path,
    shift_shape,
)
from compilers.figure.text import advance, line

SIGN = 16 * PT
WIDE, ROW = 900 * PT, 12 * PT
"""The longest line of steps, and the distance of lines."""
SPACE = 4 * PT


def beside(scenes: Sequence[Scene], signs: Sequence[str], title: str = "", first: int = 0) -> Scene:
    """The scenes from left to right, their middles on one line, `signs[k]` between k and k + 1.

    Ids of the k-th get `e{k}/` in front, counted from `first`. Raises `ValueError` if the signs are not one
    fewer than the scenes.
    """
    if len(signs) != len(scenes) - 1:
        raise ValueError(f"{len(scenes)} figures need {len(scenes) - 1} signs, not {len(signs)}")
    height = max(scene.height for scene in scenes)
    at, moved, labels = 0, [], []
    for k, scene in enumerate(scenes):
        if k:
            sign = line(signs[k - 1], SIGN)
            at += SPACE
            base = height // 2 + (sign.ascent - sign.descent) // 2
            labels.append(Label(f"sign{first + k}", at + sign.width // 2, base, sign))
            at += sign.width + SPACE
        moved.append(shifted(scene, at, (height - scene.height) // 2, f"e{first + k}/"))
        at += scene.width
    name = title or f" {signs[0] if signs else ''} ".join(scene.title for scene in scenes)
    return Scene(
        at,
        height,
        name,
        " ".join(scene.desc for scene in scenes),
        tuple(g for scene in moved for g in scene.glyphs),
        tuple(s for scene in moved for s in scene.strands),
        tuple(j for scene in moved for j in scene.junctions),
        (*(t for scene in moved for t in scene.labels), *labels),
        tuple(s for scene in moved for s in scene.backdrop),
        tuple(s for scene in moved for s in scene.marks),
        max(scene.rows for scene in scenes),
    )


def strip(scenes: Sequence[Scene], sign: str, title: str = "", width: int = WIDE) -> Scene:
    """The scenes one after the other in lines of at most this width; a line that goes on begins with the
    sign.
    """
    lines: list[list[int]] = []
    used = 0
    for k, scene in enumerate(scenes):
        if not lines or used + scene.width > width:
            lines.append([])
            used = 0
        lines[-1].append(k)
        used += scene.width + SIGN + 2 * SPACE
    found: list[Scene] = []
    indent = advance(sign, SIGN) + 2 * SPACE if len(lines) > 1 else 0
    for row in lines:
        one = beside([scenes[k] for k in row], [sign] * (len(row) - 1), title, row[0])
        moved = shifted(one, indent, sum(s.height + ROW for s in found), "")
        if row[0]:
            words = line(sign, SIGN)
            middle = sum(s.height + ROW for s in found) + one.height // 2
            base = middle + (words.ascent - words.descent) // 2
            label = Label(f"sign{row[0]}", SPACE + words.width // 2, base, words)
            moved = replace(moved, labels=(*moved.labels, label))
        found.append(replace(moved, width=one.width + indent))
    return Scene(
        max(s.width for s in found),
        sum(s.height + ROW for s in found) - ROW,
        title or found[0].title,
        " ".join(s.desc for s in found),
        tuple(g for s in found for g in s.glyphs),
        tuple(w for s in found for w in s.strands),
        tuple(j for s in found for j in s.junctions),
        tuple(t for s in found for t in s.labels),
        tuple(b for s in found for b in s.backdrop),
        tuple(m for s in found for m in s.marks),
        max(s.rows for s in found),
    )


def shifted(scene: Scene, dx: int, dy: int, prefix: str) -> Scene:
    """The scene at another place, with `prefix` in front of all its ids."""
    move = _Move(dx, dy, prefix)
    return replace(
        scene,
        glyphs=tuple(move.glyph(g) for g in scene.glyphs),
        strands=tuple(move.strand(s) for s in scene.strands),
        junctions=tuple(move.junction(j) for j in scene.junctions),
        labels=tuple(move.label(t) for t in scene.labels),
        backdrop=move.shapes(scene.backdrop),
        marks=move.shapes(scene.marks),
    )


class _Move:
    """Moves the parts of a scene."""

    def __init__(self, dx: int, dy: int, prefix: str) -> None:
        self.dx, self.dy, self.prefix = dx, dy, prefix

    def shapes(self, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
        return tuple(shift_shape(shape, self.dx, self.dy) for shape in shapes)

    def label(self, label: Label) -> Label:
        return replace(label, id=self.prefix + label.id, x=label.x + self.dx, y=label.y + self.dy)

    def glyph(self, glyph: Glyph) -> Glyph:
        left, top, right, bottom = glyph.bounds
        return replace(
            glyph,
            id=self.prefix + glyph.id,
            bounds=(left + self.dx, top + self.dy, right + self.dx, bottom + self.dy),
            shapes=self.shapes(glyph.shapes),
            labels=tuple(map(self.label, glyph.labels)),
        )

    def strand(self, strand: Strand) -> Strand:
        path = shift_path(strand.path, self.dx, self.dy)
        names = {name: self.prefix + getattr(strand, name) for name in ("id", "wire", "src", "dst")}
        return replace(strand, path=path, **names)

    def junction(self, junction: Junction) -> Junction:
        left, top, right, bottom = junction.bounds
        return replace(
            junction,
            id=self.prefix + junction.id,
            wire=self.prefix + junction.wire,
            shapes=self.shapes(junction.shapes),
            bounds=(left + self.dx, top + self.dy, right + self.dx, bottom + self.dy),
        )
