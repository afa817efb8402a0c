"""`diag check` with options: claims tried, remarks made."""

FALSE = """
category T : cartesian
object X
box f : X -> X with { linear }
functor F : T -> numpy { object X = R  box f(x) = x ** 2 }
"""


def test_claims_are_tried_only_when_asked_for(diag, tmp_path):
    path = tmp_path / "claims.diag"
    path.write_text(FALSE)
    assert diag("check", path).code == 0
    result = diag("check", "--laws", path)
    assert result.code == 1
    assert "error[E0505]: `f` is not linear under `F`" in result.err
    path.write_text(FALSE.replace("x ** 2", "2 * x"))
    assert diag("check", "--laws", path).code == 0


def test_remarks_are_warnings_and_made_only_when_asked_for(diag, tmp_path):
    path = tmp_path / "stem.diag"
    path.write_text("axis t, u\ndef f(X: R[t]) -> R[t] = softmax[t](X)\ndef g(X: R[u]) -> R[u] = f(X)\n")
    assert "W0215" not in diag("check", path).err
    result = diag("check", "--lint", path)
    assert result.code == 0
    assert "warning[W0215]: `f` matches axes as the only ones left: t = u" in result.err
