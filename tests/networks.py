"""Small networks whose embeddings can be worked out by hand."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from leukfeat.features.weights_table import WeightsFile

SIZE = 32
WIDTH = 6
LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def channel_means(
    *,
    n_classes: int = 1000,
    fixed_batch: int = 0,
    size: int | None = None,
    layout: str = "nchw",
    tail: str = "Gemm",
) -> onnx.ModelProto:
    """Make a classifier whose embedding is the mean of each channel, and that of its negative.

    A convolution of one pixel, a mean over the image and the layer that makes the classes: `Gemm` after a
    reshape, `MatMul` and `Add`, or `Conv` before the mean. As `Flat`, every pixel has weights of its own.
    """
    weights = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)[:, :, np.newaxis, np.newaxis]
    classes = np.random.default_rng(0).normal(size=(n_classes, WIDTH)).astype(np.float32)
    constants = {"weights": weights, "shape": np.array([fixed_batch or -1, WIDTH], dtype=np.int64)}
    first, image = _image(layout)
    nodes = [*first, helper.make_node("Conv", [image, "weights"], ["maps"])]
    pooled = [
        helper.make_node("GlobalAveragePool", ["maps"], ["pooled"]),
        helper.make_node("Reshape", ["pooled", "shape"], ["embedding"]),
    ]
    if tail == "Gemm":
        constants["classes"] = classes
        nodes += [*pooled, helper.make_node("Gemm", ["embedding", "classes"], ["logits"], transB=1)]
    elif tail == "MatMul":
        constants |= {"classes": classes.T.copy(), "bias": np.zeros(n_classes, np.float32)}
        nodes += [
            *pooled,
            helper.make_node("MatMul", ["embedding", "classes"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["logits"]),
        ]
    elif tail == "Flat":
        constants["classes"] = np.ones((WIDTH * SIZE * SIZE, n_classes), np.float32)
        nodes += [
            helper.make_node("Flatten", ["maps"], ["flat"]),
            helper.make_node("MatMul", ["flat", "classes"], ["logits"]),
        ]
    else:
        constants["classes"] = classes[:, :, np.newaxis, np.newaxis]
        nodes += [
            helper.make_node("Conv", ["maps", "classes"], ["class_maps"]),
            helper.make_node("GlobalAveragePool", ["class_maps"], ["means"]),
            helper.make_node("Flatten", ["means"], ["logits"]),
        ]
    nodes.append(helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1))
    sides = [size or "height", size or "width"]
    shape = [fixed_batch or "batch", *((3, *sides) if layout == "nchw" else (*sides, 3))]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", n_classes])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def channels_last_trunk(*, then: str = "Relu", size: int = SIZE) -> onnx.ModelProto:
    """Make a network without classes as TensorFlow has them: its maps, and their mean, have channels last."""
    weights = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)[:, :, np.newaxis, np.newaxis]
    first, image = _image("nhwc")
    nodes = [
        *first,
        helper.make_node("Conv", [image, "weights"], ["maps"]),
        helper.make_node("Transpose", ["maps"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node(then, ["last"], ["out"], **({"axes": [1, 2]} if then == "ReduceMean" else {})),
    ]
    graph = helper.make_graph(
        nodes,
        "trunk",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", size, size, 3])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(weights, "weights")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def write_network(path: Path, **kind) -> Path:
    """Write such a network."""
    path.write_bytes(channel_means(**kind).SerializeToString())
    return path


def entry_of(path: Path, **what) -> WeightsFile:
    """Make the row of the table for a file."""
    data = path.read_bytes()
    return WeightsFile(path.stem, path.name, hashlib.sha256(data).hexdigest(), len(data), WIDTH, **what)


def _image(layout: str) -> tuple[list[onnx.NodeProto], str]:
    if layout == "nchw":
        return [], "image"
    return [helper.make_node("Transpose", ["image"], ["planes"], perm=[0, 3, 1, 2])], "planes"
