"""Compact copies: known by their text chunk alone, the same cells, and nothing damaged gets through."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from leukfeat.datasets.synthetic import SCENES, synthesize
from leukfeat.errors import ConfigurationError, ImageError
from leukfeat.imaging import CompactCell, LoadCells, resolve_scene
from leukfeat.imaging.compact import encode_compact, read_compact

MOST = 10**6


def a_cell(size=40, seed=0):
    rng = np.random.default_rng(seed)
    cell = rng.integers(0, 256, (size, size, 4), dtype=np.uint8)
    cell[..., 3] = rng.choice([0, 128, 255], (size, size))
    return cell


def chunks(data):
    position = 8
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        yield data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        position += length + 12


def with_text(text, cell=None):
    """Make an RGBA file whose text chunk is another."""
    buffer = io.BytesIO()
    Image.fromarray(a_cell() if cell is None else cell).save(buffer, "png")
    plain = buffer.getvalue()
    body = b"tEXtleukfeat\0" + text
    return (
        plain[:33]
        + struct.pack(">I", len(body) - 4)
        + body
        + struct.pack(">I", zlib.crc32(body))
        + plain[33:]
    )


def about(**changes):
    return json.dumps({"format": 1, "scale": 2.25, "scene": "masked", **changes}).encode()


@settings(max_examples=20)
@given(st.integers(8, 64), st.floats(0.01, 50), st.sampled_from(sorted(SCENES)), st.integers(0, 100))
def test_what_goes_in_comes_out(size, scale, scene, seed):
    cell = a_cell(size, seed)
    copy = read_compact(encode_compact(cell, scale, scene), MOST)
    np.testing.assert_array_equal(copy.cell, cell)
    assert (copy.scale, copy.scene) == (scale, scene)


def test_others_read_it_as_rgba_with_the_text():
    cell = a_cell()
    data = encode_compact(cell, 2.25, "masked")
    assert data == encode_compact(cell.copy(), 2.25, "masked")
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(np.asarray(image), cell)
        text = json.loads(image.text["leukfeat"])
    assert text["scale"] == 2.25
    assert text["scene"] == "masked"
    assert set(text) == {"format", "scale", "scene", "version"}
    assert [kind for kind, _ in chunks(data)][:2] == [b"IHDR", b"tEXt"]


def test_the_text_alone_tells_a_copy_from_an_ordinary_image(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(a_cell()).save(buffer, "png")
    assert read_compact(buffer.getvalue(), MOST) is None
    assert read_compact(b"\xff\xd8\xff", MOST) is None
    (tmp_path / "a.png").write_bytes(buffer.getvalue())
    with pytest.raises(ImageError, match="transparent"):
        LoadCells(scene="masked").transform([str(tmp_path / "a.png")])
    assert isinstance(read_compact(with_text(about()), MOST), CompactCell)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (with_text(b"{"), "cannot be read"),
        (with_text(b"[]"), "cannot be read"),
        (with_text(b"\xff\xfe"), "cannot be read"),
        (with_text(about(scale=None)), "cannot be read"),
        (with_text(about(format=2)), "format 2, this version reads 1"),
        (with_text(about(scene="smear")), "scene 'smear'"),
        (with_text(about(scene=["masked"])), "scene"),
        (with_text(about(scale=0)), "scale 0"),
        (with_text(about(scale=float("nan"))), "scale nan"),
        (with_text(about(), np.zeros((40, 40, 3), np.uint8)), "not an RGBA image"),
        (with_text(about(), np.zeros((40, 30, 4), np.uint8)), "40 x 30|30 x 40"),
        (with_text(about(), np.full((40, 40, 4), 7, np.uint8)), "holds no regions"),
        (encode_compact(a_cell(), 1.0, "cell")[:-40], "truncated|damaged"),
        (encode_compact(a_cell(), 1.0, "cell").replace(b"scale", b"scalp"), "wrong checksum"),
    ],
)
def test_damaged_copies_are_refused(data, message):
    with pytest.raises(ImageError, match=message):
        read_compact(data, MOST)


def test_limits_hold():
    with pytest.raises(ImageError, match="within the limits"):
        read_compact(encode_compact(a_cell(), 1.0, "cell"), 40 * 40 - 1)


@pytest.fixture(params=SCENES)
def original_and_copy(request, tmp_path):
    image = next(iter(synthesize(2, n_subjects=1, scene=request.param, size=150)))
    Image.fromarray(image.rgb).save(tmp_path / "original.png")
    cell, scale = LoadCells(64, request.param).cell(image.rgb)
    (tmp_path / "copy.png").write_bytes(encode_compact(cell, scale, request.param))
    return request.param, str(tmp_path / "original.png"), str(tmp_path / "copy.png")


def test_loaded_it_is_the_original_cell(original_and_copy):
    scene, original, copy = original_and_copy
    cells = LoadCells(64, scene).transform([original, copy])
    np.testing.assert_array_equal(cells[0], cells[1])
    loader = LoadCells(64).fit([copy])
    assert loader.scene_ == scene
    assert loader.cell(loader.decode(loader.read(copy), copy))[1] == 150 / 64


def test_at_another_size_it_is_framed_anew(original_and_copy):
    scene, original, copy = original_and_copy
    loader = LoadCells(32, scene)
    picture = loader.decode(loader.read(copy), copy)
    cell, scale = loader.cell(picture)
    assert cell.shape == (32, 32, 4)
    assert scale == 150 / 32
    straight = loader.transform([original])[0]
    assert np.abs(cell[..., :3].astype(int) - straight[..., :3]).mean() < 3


def test_another_scene_is_refused_with_the_path(original_and_copy):
    scene, _, copy = original_and_copy
    other = next(name for name in SCENES if name != scene)
    with pytest.raises(ImageError, match=f"copy.png: a compact copy of scene '{scene}' cannot be loaded as"):
        LoadCells(64, other).transform([copy])


def test_copies_settle_the_scene_and_do_not_mix(tmp_path, synthetic_paths):
    for scene in ("masked", "field"):
        (tmp_path / f"{scene}.png").write_bytes(encode_compact(a_cell(), 1.0, scene))
    assert resolve_scene([str(tmp_path / "field.png"), *synthetic_paths]) == "field"
    with pytest.raises(ConfigurationError, match="several scenes \\(field and masked\\)"):
        resolve_scene([str(tmp_path / "field.png"), str(tmp_path / "masked.png")])
