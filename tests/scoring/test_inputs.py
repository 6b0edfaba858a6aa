"""What a call names: images, folders, manifests, lists of paths, of whatever names."""

import io
import os
import time

import pandas as pd
import pytest

from leukfeat.errors import ConfigurationError
from leukfeat.scoring.inputs import as_text, gather_inputs


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_images_stay_as_they_were_named_and_in_their_order(tmp_path):
    assert gather_inputs(["b.png", "a.png", "b.png", "nowhere/x"]) == ["b.png", "a.png", "b.png", "nowhere/x"]


def test_a_folder_gives_its_images_in_natural_order(tmp_path):
    names = ["10.png", "2.PNG", "deep/er/1.tif", "notes.txt", ".hidden.png", ".git/3.png"]
    touch(*(tmp_path / name for name in names))
    found = gather_inputs([str(tmp_path)])
    assert found == [str(tmp_path / name) for name in ("2.PNG", "10.png", "deep/er/1.tif")]


def test_a_folder_without_images_is_an_error(tmp_path):
    with pytest.raises(ConfigurationError, match="holds no image"):
        gather_inputs([str(tmp_path)])


def test_links_in_a_loop_do_not_matter(tmp_path):
    touch(tmp_path / "a" / "1.png")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "a" / "self.png").symlink_to(tmp_path / "a" / "self.png")
    assert gather_inputs([str(tmp_path)]) == [str(tmp_path / "a" / name) for name in ("1.png", "self.png")]


def test_a_folder_that_cannot_be_listed_stands_for_what_is_in_it(tmp_path, monkeypatch):
    touch(tmp_path / "open" / "1.png", tmp_path / "closed" / "2.png")
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert gather_inputs([str(tmp_path)]) == [str(tmp_path / "closed"), str(tmp_path / "open" / "1.png")]


def test_a_manifest_needs_no_labels(tmp_path):
    pd.DataFrame({"path": ["x/2.png", "1.png"]}).to_csv(tmp_path / "m.csv", index=False)
    found = gather_inputs([str(tmp_path / "m.csv"), "0.png"])
    assert found == [str(tmp_path / "x" / "2.png"), str(tmp_path / "1.png"), "0.png"]
    assert gather_inputs([str(tmp_path / "m.csv")], root="/r") == ["/r/x/2.png", "/r/1.png"]
    with pytest.raises(ConfigurationError, match=r"absent\.csv"):
        gather_inputs([str(tmp_path / "absent.csv")])


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", b"\0"])
def test_a_list_on_standard_input(separator):
    names = [b"a.png", b" b c.png", b"caf\xe9.png", "日本.png".encode()]
    found = gather_inputs(["-"], stdin=io.BytesIO(separator.join(names) + separator))
    assert [os.fsencode(name) for name in found] == names


def test_with_nul_a_name_may_hold_a_line_end():
    assert gather_inputs(["-"], stdin=io.BytesIO(b"a\nb.png\0c.png\0")) == ["a\nb.png", "c.png"]


def test_a_hundred_thousand_paths_on_standard_input():
    listed = b"".join(b"images/%06d.png\n" % number for number in range(100_000))
    started = time.perf_counter()
    found = gather_inputs(["-"], stdin=io.BytesIO(listed))
    assert len(found) == 100_000
    assert found[-1] == "images/099999.png"
    assert time.perf_counter() - started < 5


def test_nothing_is_an_error():
    with pytest.raises(ConfigurationError, match="Nothing to score"):
        gather_inputs(["-"], stdin=io.BytesIO(b"\n"))


def test_names_that_are_no_utf_8_are_written_so_that_any_file_can_hold_them():
    assert as_text("日本 a.png") == "日本 a.png"
    assert as_text(os.fsdecode(b"caf\xe9.png")) == "caf\\xe9.png"
    as_text(os.fsdecode(bytes(range(1, 256)))).encode()
