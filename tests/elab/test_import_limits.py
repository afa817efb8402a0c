"""A chain of imports is followed as far as the limit, without recursion errors; links may not leave."""

from diagram import check_file, check_text


def chain(folder, files: int):
    for k in range(1, files):
        (folder / f"m{k}.diag").write_text(f"import .m{k + 1}\n")
    (folder / f"m{files}.diag").write_text("def f(X: R) -> R = X\n")
    return folder / "m1.diag"


def test_a_long_chain_is_followed(tmp_path):
    assert check_file(chain(tmp_path, 900)) == []


def test_a_chain_beyond_the_limit_is_refused(tmp_path):
    assert [d.code for d in check_file(chain(tmp_path, 1_100))] == ["E0203"]


def test_a_link_out_of_the_project_is_refused(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.diag").write_text("def f(X: R) -> R = X\n")
    (tmp_path / "inside" / "diag.toml").write_text("")
    (tmp_path / "inside" / "link.diag").symlink_to(tmp_path / "secret.diag")
    (tmp_path / "inside" / "main.diag").write_text("import .link\n")
    assert [d.code for d in check_file(tmp_path / "inside" / "main.diag")] == ["E0203"]


def test_a_path_through_another_project_finds_the_root_of_the_file(tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there" / "inner"
    here.mkdir()
    there.mkdir(parents=True)
    (here / "diag.toml").write_text("")
    (there / "b.diag").write_text("axis n = 2\ndef f(X: R[n]) -> R[n] = X\n")
    (there / "a.diag").write_text("from .b import f\naxis n = 2\ndef g(X: R[n]) -> R[n] = f(X)\n")
    monkeypatch.chdir(here)
    assert check_file("../there/inner/a.diag") == []


def test_the_library_itself_is_no_module():
    for text in ("import std\n", "from std import nn\n"):
        assert [d.code for d in check_text(text)] == ["E0203"]


def test_a_read_outside_an_axis_whose_size_cancels_is_told():
    text = (
        "axis n\ndef f(X: R[n]) -> R[n] {\n  axis i = n - n + 3\n  Y[i] = X[i + n - n + 9]\n  return X\n}\n"
    )
    assert "E0001" not in {d.code for d in check_text(text)}
