"""Embeddings: what they are, what decides them, and where they go."""

import gc
import json
import pickle
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pandas as pd
import pytest
from sklearn.base import clone

from leukfeat.errors import ConfigurationError, WeightsError
from leukfeat.features import CellFeatures, FrozenCNN, ImageFeatures, choose_families, sessions, weights
from leukfeat.features.cache import family_key
from leukfeat.features.configuration import describe_images, rebuild_images
from leukfeat.features.preprocessing import Preprocessing
from leukfeat.features.table import FeatureTable
from leukfeat.imaging import LoadCells, load
from leukfeat.testing import example_cells, family_checks
from tests.networks import SIZE, WIDTH, channel_means, entry_of, write_network

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
SIGHTS = [{}, {"crop": "cell"}, {"background": "mean"}, {"views": 8}, {"crop": "cell", "background": "mean"}]


@pytest.fixture
def net(tmp_path):
    """Return the file of a network whose embedding is the mean of each channel, and its negative."""
    return write_network(tmp_path / "Means-1.onnx", size=64)


@pytest.fixture
def squeezenet(weights_dir, monkeypatch):
    """Return the real SqueezeNet's file, in the folder of weights."""
    monkeypatch.setenv("LEUKFEAT_WEIGHTS", str(weights_dir))
    return weights_dir / "squeezenet1_1_fp32.onnx"


def means(rgb: np.ndarray) -> np.ndarray:
    """Work out what that network makes of images, shape (n, height, width, 3)."""
    standardised = (rgb / 255 - MEAN) / STD
    by_channel = standardised.mean(axis=(1, 2))
    return np.hstack([by_channel, -by_channel])


def cosine(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(others, axis=1)
    return (rows * others).sum(axis=1) / lengths


@pytest.mark.parametrize("sight", SIGHTS, ids=str)
def test_contract(net, sight):
    for check in family_checks(FrozenCNN(net, **sight), atol=1e-5):
        check()


def test_values_worked_out_by_hand(net):
    cells = example_cells(5, 64)
    rows = FrozenCNN(net).transform(cells)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, means(cells[..., :3]), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(FrozenCNN(net, views=8).transform(cells), rows, rtol=1e-4, atol=1e-5)


def test_columns_are_named_by_backbone_and_index(net):
    names = FrozenCNN(net).get_feature_names_out()
    assert list(names) == [f"emb_means_1_{index:04d}" for index in range(WIDTH)]


def test_the_ground_is_left_out_where_it_is_painted(net):
    cells = example_cells(3, 64)
    stained = cells.copy()
    stained[cells[..., 3] == 0, :3] = (90, 200, 30)
    keep, mean = FrozenCNN(net), FrozenCNN(net, background="mean")
    np.testing.assert_array_equal(mean.transform(cells), mean.transform(stained))
    assert (keep.transform(cells) != keep.transform(stained)).any()


def test_a_cell_cut_out_is_seen_wherever_it_lies(net):
    cell = np.full((64, 64, 4), (230, 220, 225, 0), dtype=np.uint8)
    drawn = cv2.circle(cell.copy(), (20, 20), 9, (110, 70, 150, 255), -1)
    moved = cv2.circle(cell.copy(), (40, 30), 9, (110, 70, 150, 255), -1)
    both = np.stack([drawn, moved])
    np.testing.assert_allclose(*FrozenCNN(net, crop="cell").transform(both), atol=1e-6)
    assert FrozenCNN(net, crop="cell").transform(both)[0, 0] < FrozenCNN(net).transform(both)[0, 0]


@pytest.mark.parametrize("sight", [{"crop": "cell"}, {"background": "mean"}], ids=str)
def test_without_a_cell_there_is_nothing_to_see(net, sight):
    cells = example_cells(3, 64)
    cells[1, ..., 3] = 0
    rows = FrozenCNN(net, **sight).transform(cells)
    assert np.isnan(rows[1]).all()
    assert np.isfinite(rows[[0, 2]]).all()
    assert np.isfinite(FrozenCNN(net).transform(cells)).all()


def test_cells_of_another_size_are_resampled(net):
    large = example_cells(2, 128)
    small = large.reshape(2, 64, 2, 64, 2, 4).mean(axis=(2, 4))
    np.testing.assert_allclose(FrozenCNN(net).transform(large), means(small[..., :3]), atol=5e-3)


def test_layouts_and_layers(tmp_path, net):
    last = write_network(tmp_path / "last.onnx", size=64, layout="nhwc")
    cells = example_cells(2, 64)
    rows = FrozenCNN(net).transform(cells)
    np.testing.assert_allclose(FrozenCNN(last).transform(cells), rows, atol=1e-6)
    np.testing.assert_allclose(FrozenCNN(net, layer="maps").transform(cells), rows, atol=1e-6)
    assert FrozenCNN(net, layer="logits").transform(cells).shape == (2, 1000)


def test_preprocessing_may_be_another(tmp_path):
    path = write_network(tmp_path / "any.onnx")
    other = FrozenCNN(path, preprocessing={"mean": (0, 0, 0), "std": (1, 1, 1), "size": 64, "order": "bgr"})
    assert other.frame_size == 64
    cells = example_cells(2, 64)
    expected = cells[..., :3].mean(axis=(1, 2))[:, ::-1] / 255
    np.testing.assert_allclose(other.transform(cells)[:, :3], expected, atol=1e-5)
    assert FrozenCNN(path).frame_size == 224


def test_a_graph_that_takes_one_size_decides_it(net):
    assert FrozenCNN(net).frame_size == 64
    with pytest.raises(ValueError, match=r"takes images of 64 pixels. Got size=96"):
        FrozenCNN(net, preprocessing={"size": 96}).check_parameters()


def test_the_size_is_checked_of_files_in_the_table_too(net, tmp_path, monkeypatch):
    free = write_network(tmp_path / "any.onnx")
    standard = Preprocessing(size=64)
    entries = [entry_of(path, preprocessing=standard) for path in (net, free)]
    monkeypatch.setattr(weights, "WEIGHTS", tuple(entries))
    with pytest.raises(ValueError, match=r"takes images of 64 pixels. Got size=128"):
        FrozenCNN(net, preprocessing={"size": 128}).fit(example_cells(1))
    assert FrozenCNN(free, preprocessing={"size": 128}).frame_size == 128


def test_a_graph_that_fails_at_a_size_names_its_file(tmp_path):
    path = write_network(tmp_path / "flat.onnx", tail="Flat", n_classes=7)
    cells = example_cells(2, SIZE)
    with pytest.raises(
        WeightsError, match=r"cannot run .*flat\.onnx on images of 224 pixels: .*preprocessing="
    ):
        FrozenCNN(path).transform(cells)
    assert FrozenCNN(path, preprocessing={"size": SIZE}).transform(cells).shape == (2, 7)


def test_the_width_is_that_at_the_size_that_is_asked_for(tmp_path):
    path = write_network(tmp_path / "flat.onnx", tail="Flat")  # ends before the classes: with all pixels
    family = FrozenCNN(path, preprocessing={"size": SIZE})
    assert family.transform(example_cells(2, SIZE)).shape == (2, WIDTH * SIZE * SIZE)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"crop": "nucleus"}, ValueError, "'crop' parameter of FrozenCNN must be one of 'frame', 'cell'"),
        ({"background": "black"}, ValueError, "'background' parameter of FrozenCNN"),
        ({"views": 4}, ValueError, "'views' parameter of FrozenCNN must be 1 or 8. Got 4"),
        ({"views": True}, ValueError, "must be 1 or 8"),
        ({"device": "gpu"}, ValueError, "'device' parameter of FrozenCNN must be one of 'cpu', 'cuda'"),
        ({"preprocessing": {"std": 1}}, ValueError, "must be three numbers"),
        ({"layer": "pool5"}, WeightsError, "has no tensor 'pool5'"),
    ],
)
def test_parameters_are_checked(net, parameters, error, message):
    family = FrozenCNN(net, **parameters)
    for act in (family.fit, family.transform):
        with pytest.raises(error, match=message):
            act(example_cells(1))


def test_without_a_cuda_device_it_says_so(net):
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("ONNX Runtime has CUDA here")
    with pytest.raises(ConfigurationError, match=r"no CUDA device\. Install onnxruntime-gpu.*device='cpu'"):
        FrozenCNN(net, device="cuda").fit(example_cells(1))


def test_a_device_that_does_not_start_is_no_reason_to_go_on_without_it(net, monkeypatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    with pytest.raises((ConfigurationError, WeightsError)):
        FrozenCNN(net, device="cuda").fit(example_cells(1))


@pytest.mark.gpu
def test_cuda_gives_the_rows_of_the_processor(net):
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("ONNX Runtime has no CUDA here")
    cells = example_cells(3, 64)
    np.testing.assert_allclose(
        FrozenCNN(net, device="cuda").transform(cells), FrozenCNN(net).transform(cells), atol=1e-4
    )


def test_a_width_that_the_table_does_not_expect_is_an_error(tmp_path, monkeypatch):
    path = write_network(tmp_path / "cut.onnx", n_classes=17)
    monkeypatch.setattr(weights, "WEIGHTS", (entry_of(path),))
    with pytest.raises(WeightsError, match=f"embeddings of length 17; {WIDTH} are expected"):
        FrozenCNN(path).transform(example_cells(1))


def test_sessions_are_one_per_process_and_never_pickled(net, monkeypatch):
    started = []
    start = sessions._start

    def counted(*arguments):
        started.append(arguments)
        return start(*arguments)

    monkeypatch.setattr(sessions, "_start", counted)
    family = FrozenCNN(net)
    rows = family.fit_transform(example_cells(2))
    for copy in (clone(family), pickle.loads(pickle.dumps(family)), FrozenCNN(str(net), views=8)):
        copy.transform(example_cells(2))
    assert len(started) == 1
    assert len(pickle.dumps(family)) < 2000
    gc.collect()
    FrozenCNN(net).transform(example_cells(2))
    assert len(started) == 1
    assert rows.shape == (2, WIDTH)


def test_sessions_run_one_thread(net):
    session = sessions.open_session(weights.locate(net), "penultimate", "cpu")
    options = session.runtime.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)


@pytest.mark.parametrize(
    ("device", "n_bytes", "batch"),
    [("cpu", 5_000_000, 1), ("cpu", 240_000_000, 16), ("cuda", 5_000_000, 128)],
)
def test_batches_suit_device_and_network(device, n_bytes, batch):
    assert sessions._batch(device, n_bytes) == batch


@pytest.mark.parametrize("batch", [1, 2, 5, 16])
@pytest.mark.parametrize("views", [1, 8])
def test_rows_do_not_depend_on_how_many_are_given_at_once(net, monkeypatch, batch, views):
    family, cells = FrozenCNN(net, views=views, background="mean"), example_cells(5, 64)
    cells[3, ..., 3] = 0
    rows = family.transform(cells)
    session = replace(family._session(), batch=batch)
    monkeypatch.setattr(family, "_session", lambda: session)
    np.testing.assert_allclose(family.transform(cells), rows, atol=1e-5)


def test_a_used_family_keeps_its_weights(net, tmp_path, monkeypatch):
    family = FrozenCNN(net)
    rows = family.fit_transform(example_cells(2))
    kept = pickle.dumps(family)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    net.rename(elsewhere / "renamed.onnx")
    write_network(net, n_classes=17)  # another network takes its place
    with pytest.raises(WeightsError, match="are not on this machine"):
        pickle.loads(kept).transform(example_cells(2))
    monkeypatch.setenv("LEUKFEAT_WEIGHTS", str(elsewhere))
    np.testing.assert_array_equal(pickle.loads(kept).transform(example_cells(2)), rows)
    assert FrozenCNN(net).transform(example_cells(2)).shape == (2, 17)
    changed = pickle.loads(kept).set_params(backbone=str(net))
    assert changed.transform(example_cells(2)).shape == (2, WIDTH)


def test_another_backbone_is_looked_for_anew(net, tmp_path):
    other = write_network(tmp_path / "other.onnx", n_classes=17)
    family = FrozenCNN(net).fit(example_cells(1))
    assert family.set_params(backbone=other).transform(example_cells(1)).shape == (1, 17)


def test_the_weights_are_part_of_the_key(net):
    before = family_key(FrozenCNN(net), scene="cell", size=200)
    assert family_key(FrozenCNN(net), scene="cell", size=100) == before  # it has a size of its own
    assert family_key(FrozenCNN(net, views=8), scene="cell", size=200) != before
    net.write_bytes(channel_means(n_classes=1001, size=64).SerializeToString())
    assert family_key(FrozenCNN(net), scene="cell", size=200) != before


def test_the_source_is_framed_at_the_size_of_the_network(net, tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), rgb[..., ::-1])
    images = ImageFeatures(
        LoadCells(200, "cell"), CellFeatures(["nc", FrozenCNN(net, background="keep")])
    ).fit([])
    row = images.transform([tmp_path / "a.png"])[0]
    framed, _ = images.load_.frame(rgb, 64)
    np.testing.assert_allclose(row[-WIDTH:], means(framed[np.newaxis])[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("scene", ["masked", "cell", "field"])
@pytest.mark.parametrize("sight", [{}, {"crop": "cell"}, {"crop": "cell", "background": "mean"}], ids=str)
def test_the_scene_settles_what_it_sees(net, scene, sight):
    given = FrozenCNN(net, **sight)
    (settled,) = ImageFeatures(LoadCells(48, scene), CellFeatures([given])).fit([]).families_
    field = scene == "field"
    assert settled.crop == ("frame" if field else given.crop)
    assert settled.background == sight.get("background", "keep" if field else "mean")
    assert given.background == sight.get("background", "auto")


def test_what_is_settled_is_left_as_it_is(net):
    family = FrozenCNN(net, crop="cell", background="keep")
    assert family.for_scene("cell") is family
    assert family.for_scene("field").crop == "frame"


def test_frames_are_segmented_for_those_who_read_regions_alone(net, synthetic_paths, monkeypatch):
    sizes = []
    segment = load.segment

    def counted(framed, scene):
        sizes.append(len(framed))
        return segment(framed, scene)

    monkeypatch.setattr(load, "segment", counted)
    for sight, expected in (({"background": "keep"}, {48}), ({"background": "mean"}, {48, 64})):
        sizes.clear()
        families = CellFeatures(["nc", FrozenCNN(net, **sight)])
        ImageFeatures(LoadCells(48, "cell"), families).fit([]).transform(synthetic_paths[:2])
        assert set(sizes) == expected


def test_a_table_can_be_made_again_with_the_same_weights(net, tmp_path, monkeypatch):
    images = ImageFeatures(LoadCells(48, "cell"), CellFeatures(["nc", FrozenCNN(net, views=8)])).fit([])
    described = json.loads(json.dumps(describe_images(images)))
    entry = described["families"][1]
    assert entry["name"] == "emb"
    assert entry["parameters"]["sha256"] == weights.sha256_of(net)
    assert Path(entry["parameters"]["backbone"]) == net
    names = tuple(images.get_feature_names_out())
    frame = FeatureTable(pd.DataFrame(columns=["path", *names]), names, described)
    again = rebuild_images(frame)
    assert describe_images(again) == described
    net.rename(tmp_path / "gone.onnx")
    assert rebuild_images(frame) is None
    monkeypatch.setenv("LEUKFEAT_WEIGHTS", str(tmp_path))
    assert rebuild_images(frame).get_feature_names_out().shape == (len(names),)


def test_families_and_networks_are_chosen_by_name(net):
    families = choose_families(("nc",), (str(net),))
    assert families[0] == "nc"
    assert isinstance(families[1], FrozenCNN)
    assert len(CellFeatures(choose_families(("none",), (str(net),))).specs()) == WIDTH
    assert choose_families(None)[0] == "shape"
    with pytest.raises(ConfigurationError, match="Without families there must be an embedding"):
        choose_families(("none",))


def test_two_of_one_backbone_would_share_their_names(net):
    with pytest.raises(ValueError, match="would make the column 'emb_means_1_0000' twice"):
        CellFeatures([FrozenCNN(net), FrozenCNN(net, views=8)]).fit(example_cells(1))


@pytest.mark.realdata
def test_squeezenet_is_that_of_onnx_runtime_called_directly(squeezenet, data_dir):
    loader = LoadCells(224, "cell")
    paths = sorted((data_dir / "deepapl").rglob("*.jpg"))[::500][:6]
    cells = loader.transform(paths)
    rows = FrozenCNN("squeezenet1_1").transform(cells)
    images = cells[..., :3].astype(np.float64) / 255.0
    inputs = np.stack([(images[..., k] - MEAN[k]) / STD[k] for k in range(3)], axis=1).astype(np.float32)
    session = onnxruntime.InferenceSession(squeezenet, providers=["CPUExecutionProvider"])
    (expected,) = session.run(["fire9_gap512"], {"image": inputs})
    assert rows.shape == (6, 512)
    assert (cosine(rows, expected) >= 0.9999).all()
    np.testing.assert_allclose(rows, expected, atol=1e-3)
    single = np.concatenate([FrozenCNN("squeezenet1_1").transform(cells[i : i + 1]) for i in range(6)])
    np.testing.assert_allclose(single, rows, atol=1e-5)
    keep = FrozenCNN("squeezenet1_1", background="keep")
    images = ImageFeatures(loader, CellFeatures([keep])).fit([])
    np.testing.assert_allclose(images.transform(paths), rows, atol=1e-5)
