"""A scene as in a mirror, left and right exchanged; text stays readable."""

from __future__ import annotations

from dataclasses import replace

from compilers.figure.scene import Circle, Glyph, Junction, Label, Path, Rect, Scene, Shape, Step, Strand

_ANCHORS = {"start": "end", "end": "start", "middle": "middle"}


def mirrored(scene: Scene) -> Scene:
    """The mirror image of a scene."""
    glass = _Glass(scene.width)
    return replace(
        scene,
        glyphs=tuple(map(glass.glyph, scene.glyphs)),
        strands=tuple(map(glass.strand, scene.strands)),
        junctions=tuple(map(glass.junction, scene.junctions)),
        labels=tuple(map(glass.label, scene.labels)),
        backdrop=tuple(map(glass.shape, scene.backdrop)),
        marks=tuple(map(glass.shape, scene.marks)),
    )


class _Glass:
    """Mirrors the parts of a scene of some width."""

    def __init__(self, width: int) -> None:
        self.width = width

    def step(self, step: Step) -> Step:
        return tuple([v if k & 1 else self.width - v for k, v in enumerate(step)])

    def path(self, path: Path) -> Path:
        x, y = path.start
        return replace(path, start=(self.width - x, y), steps=tuple(map(self.step, path.steps)))

    def shape(self, shape: Shape) -> Shape:
        if isinstance(shape, Path):
            return self.path(shape)
        if isinstance(shape, Circle):
            return replace(shape, x=self.width - shape.x)
        assert isinstance(shape, Rect)
        return replace(shape, x=self.width - shape.x - shape.w)

    def bounds(self, b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        return self.width - b[2], b[1], self.width - b[0], b[3]

    def label(self, label: Label) -> Label:
        return replace(label, x=self.width - label.x, anchor=_ANCHORS[label.anchor])

    def glyph(self, glyph: Glyph) -> Glyph:
        shapes, labels = tuple(map(self.shape, glyph.shapes)), tuple(map(self.label, glyph.labels))
        return replace(glyph, bounds=self.bounds(glyph.bounds), shapes=shapes, labels=labels)

    def strand(self, strand: Strand) -> Strand:
        return replace(strand, path=self.path(strand.path))

    def junction(self, junction: Junction) -> Junction:
        shapes = tuple(map(self.shape, junction.shapes))
        return replace(junction, shapes=shapes, bounds=self.bounds(junction.bounds))
