"""What stands around a finished scene: a frame with a title, a caption below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from compilers.figure.abreast import shifted
from compilers.figure.scene import PT, Label, Look, Rect, Scene
from compilers.figure.text import Line, advance, line

STRIP, CAPTION, PAD, CORNER = 20 * PT, 9 * PT, 8 * PT, 6 * PT


def framed(scene: Scene, title: str, look: Look, values: Mapping[str, object]) -> Scene:
    """The scene on a panel with a title strip; what is said of the region may give it a shadow."""
    inner = shifted(scene, PAD, PAD + STRIP - PAD, "")
    words = line(title, 11 * PT, bold=True)
    width = max(scene.width + 2 * PAD, words.width + 4 * PAD)
    height = scene.height + STRIP + PAD
    panel = Rect(PAD // 2, PAD // 2, width - PAD, height - PAD, look, CORNER)
    under = shadow(panel) if values.get("shadow") is True else ()
    label = Label("title", width // 2, PAD // 2 + 14 * PT, words)
    return replace(
        inner,
        width=width,
        height=height,
        backdrop=(*under, panel, *inner.backdrop),
        labels=(*inner.labels, label),
    )


def shadow(panel: Rect) -> tuple[Rect, ...]:
    """A soft shadow around a panel, without offset: rings of one faint grey on each other."""
    rings = [k * PT for k in (4, 3, 2, 1)]
    look = Look("shade", opacity=7)
    return tuple(
        Rect(panel.x - r, panel.y - r, panel.w + 2 * r, panel.h + 2 * r, look, panel.radius + r)
        for r in rings
    )


def captioned(scene: Scene, text: str) -> Scene:
    """The scene with a caption below, broken into lines where it is wider than the figure."""
    lines = _broken(text, max(scene.width - 2 * PAD, 120 * PT))
    if not lines:
        return scene
    width = max(scene.width, *(one.width + 2 * PAD for one in lines))
    inner = shifted(scene, (width - scene.width) // 2, 0, "") if width > scene.width else scene
    pitch = CAPTION * 4 // 3
    labels = tuple(
        Label(f"caption{k}", width // 2, scene.height + CAPTION + k * pitch, one)
        for k, one in enumerate(lines)
    )
    height = scene.height + pitch * len(lines) + PAD
    return replace(inner, width=width, height=height, labels=(*inner.labels, *labels))


def _broken(text: str, width: int) -> list[Line]:
    """Text in lines of at most this width; a formula is never broken."""
    if text.count("$") >= 2:
        return [line(text, CAPTION)]
    rows: list[str] = []
    for word in text.split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and advance(longer, CAPTION) <= width:
            rows[-1] = longer
        else:
            rows.append(word)
    return [line(row, CAPTION, limit=max(width, 400 * PT)) for row in rows]
