"""Where weights are found, and what is said where they are not."""

import hashlib
import os
from dataclasses import replace

import pytest

from leukfeat.errors import WeightsError
from leukfeat.features import weights
from leukfeat.features.preprocessing import IMAGENET
from leukfeat.features.weights import list_files, locate, sha256_of, verify_files
from leukfeat.features.weights_table import WEIGHTS
from tests.networks import entry_of

SEVEN = ("alexnet", "vgg16", "vgg19", "resnet50", "googlenet", "inception_v3", "densenet121")
FOUR = ("squeezenet1_1", "mobilenet_v2", "efficientnet_lite4", "resnet18")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder of weights with the file of a table of one row, `tiny`."""
    place = tmp_path / "weights"
    place.mkdir()
    (place / "tiny.onnx").write_bytes(b"tiny weights")
    entry = entry_of(place / "tiny.onnx", url="https://nowhere.example/tiny.onnx")
    monkeypatch.setattr(weights, "WEIGHTS", (entry,))
    monkeypatch.setenv("LEUKFEAT_WEIGHTS", str(place))
    return place


def test_the_table_holds_the_networks_of_the_field():
    assert set(SEVEN + FOUR) <= {entry.name for entry in WEIGHTS}
    for entry in WEIGHTS:
        assert len(bytes.fromhex(entry.sha256)) == 32, entry.name
        assert entry.url.endswith(f"/{entry.file}") or not entry.url
        assert entry.n_bytes > 1e6
        assert entry.licence
    assert len({entry.sha256 for entry in WEIGHTS}) == len(WEIGHTS)
    fetched = {name: next(entry for entry in WEIGHTS if entry.name == name) for name in SEVEN + FOUR}
    assert all(entry.url.startswith("https://") for entry in fetched.values())
    assert fetched["inception_v3"].preprocessing.size == 299
    assert fetched["inception_v3"].preprocessing.mean == (0.5, 0.5, 0.5)


def test_files_of_one_name_are_the_same_network():
    for entry in WEIGHTS:
        alike = [other for other in WEIGHTS if other.name == entry.name]
        assert {other.width for other in alike} == {entry.width}
        assert {other.preprocessing for other in alike} == {entry.preprocessing}


@pytest.mark.realdata
def test_the_table_knows_the_real_files(weights_dir, monkeypatch):
    monkeypatch.setenv("LEUKFEAT_WEIGHTS", str(weights_dir))
    for name in ("squeezenet1_1", "mobilenet_v2", "resnet50_v2_stage3"):
        assert locate(name).path.parent == weights_dir
    assert {item["state"] for item in verify_files()} == {"known"}


def test_a_file_is_found_by_name_path_and_digest(folder):
    path = folder / "tiny.onnx"
    digest = hashlib.sha256(b"tiny weights").hexdigest()
    for backbone in ("tiny", "tiny.onnx", path, str(path), digest):
        found = locate(backbone)
        assert (found.path, found.name, found.sha256) == (path, "tiny", digest)
        assert found.width == 6


def test_a_file_is_known_under_any_name(folder):
    (folder / "tiny.onnx").rename(folder / "Other Name.onnx")
    for backbone in ("tiny", "Other Name"):
        found = locate(backbone)
        assert (found.path.name, found.name) == ("Other Name.onnx", "tiny")


def test_the_cache_is_searched_after_the_folder(folder, tmp_path):
    cached = tmp_path / "cache" / "weights"
    cached.mkdir(parents=True)
    (cached / "tiny.onnx").write_bytes(b"tiny weights")
    assert locate("tiny").path == folder / "tiny.onnx"
    (folder / "tiny.onnx").unlink()
    assert locate("tiny").path == cached / "tiny.onnx"


def test_a_file_that_nobody_knows_is_named_by_its_stem(folder):
    (folder / "My-Net v2.onnx").write_bytes(b"mine")
    found = locate("My-Net v2")
    assert (found.name, found.width, found.preprocessing) == ("my_net_v2", None, IMAGENET)


def test_absent_weights_name_the_file_its_size_and_two_ways(folder, monkeypatch):
    (folder / "tiny.onnx").unlink()
    with pytest.raises(WeightsError) as caught:
        locate("tiny")
    for part in (
        "'tiny'",
        "tiny.onnx (0.0 MB)",
        "leukfeat weights fetch tiny",
        str(folder),
        "LEUKFEAT_WEIGHTS",
    ):
        assert part in str(caught.value)
    folder.rmdir()
    with pytest.raises(WeightsError, match="LEUKFEAT_WEIGHTS, which does not exist"):
        locate("tiny")
    monkeypatch.delenv("LEUKFEAT_WEIGHTS")
    with pytest.raises(WeightsError, match="a folder and set LEUKFEAT_WEIGHTS to it"):
        locate("tiny")


def test_damaged_weights_are_not_taken(folder):
    (folder / "tiny.onnx").write_bytes(b"tiny weighty")
    with pytest.raises(WeightsError, match=r"tiny\.onnx has the name of such a file but not its SHA-256"):
        locate("tiny")
    (folder / "tiny.onnx").write_bytes(b"tiny")
    with pytest.raises(WeightsError, match=r"tiny\.onnx has the name of such a file but not its SHA-256"):
        locate("tiny")


def test_a_damaged_file_is_named_whichever_of_its_name_it_is(folder, monkeypatch):
    other = folder / "tiny_fp32.onnx"
    other.write_bytes(b"tiny weights in float32")
    second = replace(entry_of(other), name="tiny")
    monkeypatch.setattr(weights, "WEIGHTS", (*weights.WEIGHTS, second))
    (folder / "tiny.onnx").unlink()
    assert locate("tiny").path == other
    other.write_bytes(b"half")
    with pytest.raises(
        WeightsError, match=r"tiny_fp32\.onnx has the name of such a file but not its SHA-256"
    ):
        locate("tiny")


def test_broken_links_and_folders_are_no_weights(folder, tmp_path):
    (folder / "a.onnx").symlink_to(tmp_path / "gone.onnx")
    (folder / "b.onnx").mkdir()
    ((_, path),) = list_files()
    assert path == folder / "tiny.onnx"
    assert [item["path"] for item in verify_files()] == [str(path)]
    with pytest.raises(WeightsError, match="are not on this machine"):
        locate("0" * 64)
    path.rename(folder / "c.onnx")
    assert locate("tiny").path == folder / "c.onnx"


def test_unknown_names_list_the_known_ones(folder):
    with pytest.raises(
        WeightsError, match=r"Unknown backbone 'restnet'. Choose from: 'tiny'; or name an ONNX"
    ):
        locate("restnet")
    with pytest.raises(WeightsError, match=r"with the SHA-256 0{64} are not on this machine"):
        locate("0" * 64)


def test_a_wanted_digest_is_found_elsewhere_and_nothing_else_is_taken(folder):
    mine = folder / "mine.onnx"
    mine.write_bytes(b"mine")
    digest = locate(mine).sha256
    moved = folder / "moved.onnx"
    mine.rename(moved)
    mine.write_bytes(b"another network")
    assert locate(mine, digest).path == moved
    moved.unlink()
    with pytest.raises(WeightsError, match=rf"weights of '{mine}' with the SHA-256 {digest} are not"):
        locate(mine, digest)


def test_a_changed_file_is_read_again(folder):
    path = folder / "tiny.onnx"
    found = locate("tiny")
    assert found.untouched
    path.write_bytes(b"TINY WEIGHTS")
    os.utime(path, ns=(0, 0))
    assert not found.untouched
    assert sha256_of(path) == hashlib.sha256(b"TINY WEIGHTS").hexdigest()
    path.unlink()
    assert not found.untouched


def test_verification_tells_known_damaged_and_unknown(folder):
    (folder / "mine.onnx").write_bytes(b"mine")
    assert {item["path"]: item["state"] for item in verify_files()} == {
        str(folder / "mine.onnx"): "unknown",
        str(folder / "tiny.onnx"): "known",
    }
    (folder / "tiny.onnx").write_bytes(b"damaged")
    assert [item["state"] for item in verify_files()] == ["unknown", "damaged"]
