"""Where graphs are cut, and what comes out of them."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from leukfeat.errors import WeightsError
from leukfeat.features.graph import cut_file, cut_graph
from tests.networks import LIGHT, WIDTH, channel_means, channels_last_trunk, write_network

LIGHT_WIDTHS = {
    "light_bvlc_alexnet": 4096,
    "light_densenet121": 1024,
    "light_inception_v1": 1024,
    "light_resnet50": 2048,
    "light_squeezenet": 512,
    "light_vgg19": 4096,
}
REAL_WIDTHS = {
    "squeezenet1_1_fp32": 512,
    "mobilenet_v2_trunk_fp32": 1280,
    "resnet50_v2_to_stage3_fp16store": 1024,
}


def run(model: bytes, images: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: images})[0]


def random_images(n: int, size: int = 32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 3, size, size)).astype(np.float32)


@pytest.mark.parametrize("name", LIGHT_WIDTHS)
def test_weightless_graphs_have_the_right_width_for_batches_of_any_size(name):
    cut = cut_file(LIGHT / f"{name}.onnx")
    assert (cut.width, cut.layout, cut.size) == (LIGHT_WIDTHS[name], "nchw", 224)
    images = random_images(2, 224)
    both, first = run(cut.model, images), run(cut.model, images[:1])
    assert both.shape == (2, LIGHT_WIDTHS[name])
    np.testing.assert_allclose(both[:1], first, rtol=1e-5, atol=1e-5)


@pytest.mark.realdata
@pytest.mark.parametrize("name", REAL_WIDTHS)
def test_real_weights_have_the_right_width_for_batches_of_any_size(name, weights_dir):
    cut = cut_file(weights_dir / f"{name}.onnx")
    assert cut.width == REAL_WIDTHS[name]
    images = random_images(2, 224)
    both = run(cut.model, images)
    np.testing.assert_allclose(both[1:], run(cut.model, images[1:]), atol=1e-5)
    assert both.std() > 0.01


@pytest.mark.parametrize("tail", ["Gemm", "MatMul", "Conv"])
def test_the_layer_that_makes_the_classes_is_cut_off(tail):
    cut = cut_graph(channel_means(tail=tail))
    assert cut.width == WIDTH
    images = random_images(3)
    means = images.mean(axis=(2, 3))
    np.testing.assert_allclose(run(cut.model, images), np.hstack([means, -means]), atol=1e-6)
    assert b"classes" not in cut.model


def test_an_output_that_is_no_class_logits_is_the_embedding():
    assert cut_graph(channel_means(n_classes=17)).width == 17
    assert cut_graph(channel_means(n_classes=1001)).width == WIDTH
    both = channel_means()
    both.graph.output.append(
        helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["batch", WIDTH, 1, 1])
    )
    cut = cut_graph(both)
    assert cut.width == WIDTH
    assert run(cut.model, random_images(2)).shape == (2, WIDTH)


def test_any_tensor_can_be_named_and_four_axes_are_averaged():
    images = random_images(2)
    maps, logits = (cut_graph(channel_means(), layer) for layer in ("maps", "logits"))
    np.testing.assert_allclose(run(maps.model, images)[:, :3], images.mean(axis=(2, 3)), atol=1e-6)
    assert run(logits.model, images).shape == (2, 1000)


@pytest.mark.parametrize("name", ["nonsense", "shape", "classes"])
def test_a_tensor_that_is_not_there_or_sees_no_image(name):
    with pytest.raises(WeightsError, match=rf"no tensor '{name}' that depends on the image.*'embedding'"):
        cut_graph(channel_means(), name)


@pytest.mark.parametrize("batch", [1, 4])
def test_a_fixed_batch_becomes_any(batch):
    fixed = channel_means(fixed_batch=batch)
    with pytest.raises(onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument):
        run(fixed.SerializeToString(), random_images(3))
    images = random_images(3)
    np.testing.assert_array_equal(
        run(cut_graph(fixed).model, images), run(cut_graph(channel_means()).model, images)
    )


def test_layout_and_size_are_those_of_the_input():
    last = cut_graph(channel_means(layout="nhwc", size=64))
    assert (last.layout, last.size) == ("nhwc", 64)
    images = random_images(2, 64)
    np.testing.assert_allclose(
        run(last.model, images.transpose(0, 2, 3, 1).copy()),
        run(cut_graph(channel_means()).model, images),
        atol=1e-6,
    )
    assert cut_graph(channel_means()).size is None


@pytest.mark.parametrize("then", ["Identity", "Neg", "ReduceMean"])
def test_maps_with_their_channels_last_are_averaged_over_rows_and_columns(then):
    cut = cut_graph(channels_last_trunk(then=then))
    assert (cut.width, cut.layout) == (WIDTH, "nhwc")
    images = random_images(3)
    means = images.mean(axis=(2, 3)) * (-1 if then == "Neg" else 1)
    rows = run(cut.model, images.transpose(0, 2, 3, 1).copy())
    np.testing.assert_allclose(rows, np.hstack([means, -means]), atol=1e-6)
    planes, maps = (cut_graph(channels_last_trunk(), layer) for layer in ("planes", "maps"))
    assert (planes.width, maps.width) == (3, WIDTH)


def test_images_that_are_not_square_are_refused():
    tall = channel_means(size=64)
    tall.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 128
    with pytest.raises(WeightsError, match=r"must take square images\. It takes 128 x 64 pixels"):
        cut_graph(tall)
    wide = channel_means()
    wide.graph.input[0].type.tensor_type.shape.dim[3].dim_value = 64
    assert cut_graph(wide).size == 64


def test_files_that_are_no_graphs(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"\x00nonsense")
    with pytest.raises(WeightsError, match=r"net\.onnx is no ONNX graph"):
        cut_file(path)
    with pytest.raises(WeightsError, match=r"net\.onnx: The graph has no tensor 'x'"):
        cut_file(write_network(path), "x")


def test_weights_in_other_files_are_refused(tmp_path):
    onnx.save_model(
        channel_means(),
        tmp_path / "net.onnx",
        save_as_external_data=True,
        location="net.data",
        size_threshold=0,
    )
    with pytest.raises(WeightsError, match="keeps its weights in other files"):
        cut_file(tmp_path / "net.onnx")


def test_graphs_that_take_no_images():
    flat = channel_means()
    del flat.graph.input[0].type.tensor_type.shape.dim[3]
    with pytest.raises(WeightsError, match="must take images of three channels"):
        cut_graph(flat)
    two = channel_means()
    two.graph.input.append(helper.make_tensor_value_info("age", TensorProto.FLOAT, ["batch"]))
    with pytest.raises(WeightsError, match=r"must have one input\. It has 2"):
        cut_graph(two)


def test_a_tensor_of_three_axes_is_no_embedding():
    model = channel_means()
    model.graph.node.append(helper.make_node("Unsqueeze", ["embedding", "axis"], ["cube"]))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([0], np.int64), "axis"))
    with pytest.raises(WeightsError, match="must have two or four axes"):
        cut_graph(model, "cube")
