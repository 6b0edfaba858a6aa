"""Graph surgery: from a classifier to the network that ends where the classes begin."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leukfeat.errors import WeightsError
from leukfeat.features.cnn_extra import import_extra
from leukfeat.features.layout import data_input, has_channels_last, live_tensors

__all__ = ["PENULTIMATE", "Cut", "cut_file", "cut_graph"]

PENULTIMATE = "penultimate"
_EMBEDDING = "leukfeat_embedding"
_CLASSES = (1000, 1001)  # ImageNet's, without and with one for the background
_CLASS_LAYERS = {"Gemm": -1, "MatMul": -1, "Conv": 1}  # and the axis of their output that counts the classes
# What may stand between the layer that makes the classes and the output.
_AFTER_CLASSES = {
    "Add",
    "AveragePool",
    "Cast",
    "Clip",
    "Dropout",
    "Flatten",
    "GlobalAveragePool",
    "Identity",
    "LogSoftmax",
    "Mul",
    "ReduceMean",
    "Relu",
    "Reshape",
    "Sigmoid",
    "Softmax",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
}
_SMALL = 64  # numbers: shapes and axes have fewer, and shape inference needs to know them
_FIRST_DROPPED_IR = 4  # from here on, initialisers need not be inputs, too


@dataclass(frozen=True)
class Cut:
    """A graph from images to embeddings.

    Attributes
    ----------
    model : bytes
        ONNX, one input and one output, of any batch size.
    width : int or None
        Length of an embedding; None where it shows only when the graph runs.
    layout : {"nchw", "nhwc"}
        Of the input.
    size : int or None
        Side of the images that it takes; None for any.
    """

    model: bytes
    width: int | None
    layout: str
    size: int | None


def cut_file(path: Path, layer: str = PENULTIMATE) -> Cut:
    """Cut the graph of a file.

    Parameters
    ----------
    path : pathlib.Path
        An ONNX file with its weights inside.
    layer : str, default="penultimate"
        As in `cut_graph`.

    Returns
    -------
    Cut
        The graph.

    Raises
    ------
    leukfeat.errors.WeightsError
        If the file is no ONNX graph, keeps its weights in other files, or the graph is none that makes
        embeddings of images.
    """
    onnx = _onnx()
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # protobuf's own exceptions have no common base that is public
        raise WeightsError(f"{path} is no ONNX graph: {error}.") from error
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise WeightsError(f"{path} keeps its weights in other files. Save it as one file.")
    try:
        return cut_graph(model, layer)
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from error


def cut_graph(model: Any, layer: str = PENULTIMATE) -> Cut:
    """Cut a graph at a layer.

    Parameters
    ----------
    model : onnx.ModelProto
        Is changed.
    layer : str, default="penultimate"
        The name of a tensor, or `"penultimate"`: an output that is not class logits (that no Gemm, MatMul or
        Conv makes with a thousand channels), or else what goes into the layer that makes the classes. Four
        axes are averaged over the image.

    Returns
    -------
    Cut
        The graph.

    Raises
    ------
    leukfeat.errors.WeightsError
        If the graph has no such tensor, or it is none that makes embeddings of images.
    """
    image = _image_input(model.graph)
    shapes = _shapes(model)
    tensor = _penultimate(model.graph, image.name, shapes) if layer == PENULTIMATE else layer
    if tensor not in live_tensors(model.graph, image.name):
        raise WeightsError(_no_such_layer(model.graph, image.name, layer))
    _drop_fixed_batch(model.graph, image)
    width = _end_at(model, image, tensor, shapes.get(tensor, ()))
    _prune(model, image)
    _, *sides = _dimensions(image.type)
    layout = "nhwc" if sides[-1] == 3 else "nchw"
    return Cut(model.SerializeToString(), width, layout, _side(sides[:-1] if layout == "nhwc" else sides[1:]))


def _onnx() -> Any:
    import_extra("onnx.shape_inference")
    return import_extra("onnx")


def _image_input(graph: Any) -> Any:
    """Return the one input that is no weight, and check that it takes images."""
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    if len(inputs) != 1:
        raise WeightsError(f"The graph must have one input. It has {len(inputs)}.")
    sides = _dimensions(inputs[0].type)
    if len(sides) != 4 or 3 not in (sides[1], sides[3]):
        raise WeightsError(f"The graph must take images of three channels. Its input has shape {sides}.")
    return inputs[0]


def _side(sides: Sequence[int]) -> int | None:
    """Return the side of the square images that a graph takes, None for any."""
    fixed = {side for side in sides if side}
    if len(fixed) > 1:
        raise WeightsError(f"The graph must take square images. It takes {sides[0]} x {sides[1]} pixels.")
    return fixed.pop() if fixed else None


def _dimensions(kind: Any) -> tuple[int, ...]:
    """Return the shape that a type states, 0 where it may vary."""
    return tuple(int(dimension.dim_value) for dimension in kind.tensor_type.shape.dim)


def _shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """Infer the shape of each tensor; large weights do not travel to the inference."""
    onnx = _onnx()
    skeleton = onnx.ModelProto()
    skeleton.ir_version = max(model.ir_version, _FIRST_DROPPED_IR)
    skeleton.opset_import.extend(model.opset_import)
    skeleton.functions.extend(model.functions)
    skeleton.graph.name = "skeleton"
    skeleton.graph.node.extend(model.graph.node)
    skeleton.graph.output.extend(model.graph.output)
    given = {value.name for value in model.graph.input}
    skeleton.graph.input.extend(model.graph.input)
    for tensor in model.graph.initializer:
        if _n_numbers(tensor.dims) <= _SMALL:
            skeleton.graph.initializer.append(tensor)
        elif tensor.name not in given:
            weight = onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            skeleton.graph.input.append(weight)
    inferred = onnx.shape_inference.infer_shapes(skeleton).graph
    values = (*inferred.value_info, *inferred.input, *inferred.output)
    return {
        value.name: _dimensions(value.type) for value in values if value.type.tensor_type.HasField("shape")
    }


def _n_numbers(dimensions: Iterable[int]) -> int:
    n = 1
    for dimension in dimensions:
        n *= dimension
    return n


def _penultimate(graph: Any, image: str, shapes: dict[str, tuple[int, ...]]) -> str:
    """Name the tensor that is the embedding."""
    live = live_tensors(graph, image)
    producers = {name: node for node in graph.node for name in node.output}
    class_layers = [_class_layer(value.name, producers, live, shapes) for value in graph.output]
    for value, node in zip(graph.output, class_layers, strict=True):
        if node is None:
            return str(value.name)
    return data_input(class_layers[0], live)


def _class_layer(
    name: str, producers: dict[str, Any], live: set[str], shapes: dict[str, tuple[int, ...]]
) -> Any:
    """Return the node that makes the classes an output consists of, or None if it does not."""
    node = producers.get(name)
    while node is not None and node.op_type in _AFTER_CLASSES:
        node = producers.get(data_input(node, live))
    if node is None or node.op_type not in _CLASS_LAYERS:
        return None
    shape = shapes.get(node.output[0], ())
    return node if shape and shape[_CLASS_LAYERS[node.op_type]] in _CLASSES else None


def _no_such_layer(graph: Any, image: str, layer: str) -> str:
    names = [name for node in graph.node for name in node.output if name in live_tensors(graph, image)]
    return f"The graph has no tensor {layer!r} that depends on the image. The last ones are: {names[-8:]}."


def _drop_fixed_batch(graph: Any, image: Any) -> None:
    """Let the batch have any size, in the input and wherever a shape repeats it."""
    first = image.type.tensor_type.shape.dim[0]
    fixed = int(first.dim_value)
    first.dim_param = "N"
    if not fixed:
        return
    live = live_tensors(graph, image.name)
    constants = {tensor.name: tensor for tensor in graph.initializer}
    constants |= {node.output[0]: _constant(node) for node in graph.node if node.op_type == "Constant"}
    for node in list(graph.node):
        if node.op_type == "Reshape" and node.input[0] in live and constants.get(node.input[1]) is not None:
            _reshape_any_batch(graph, node, constants[node.input[1]], fixed)


def _constant(node: Any) -> Any:
    return next((attribute.t for attribute in node.attribute if attribute.name == "value"), None)


def _reshape_any_batch(graph: Any, node: Any, shape: Any, fixed: int) -> None:
    """Replace a batch size that a shape begins with by zero, which means: as in the input."""
    numpy_helper = _onnx().numpy_helper
    wanted = numpy_helper.to_array(shape).copy()
    if len(wanted) == 0 or wanted[0] != fixed:
        return
    wanted[0] = 0
    name = f"{node.output[0]}_shape_of_any_batch"
    graph.initializer.append(numpy_helper.from_array(wanted, name))
    node.input[1] = name


def _end_at(model: Any, image: Any, tensor: str, shape: tuple[int, ...]) -> int | None:
    """Make a tensor the only output, averaged over the image if it has four axes; return its width."""
    node, graph = _onnx().helper.make_node, model.graph
    if len(shape) not in (2, 4):
        raise WeightsError(
            f"The tensor {tensor!r} must have two or four axes. Its shape is {shape or 'unknown'}."
        )
    last = len(shape) == 4 and has_channels_last(graph, image, tensor, shape)
    if last:
        turned = f"{_EMBEDDING}_turned"
        graph.node.append(node("Transpose", [tensor], [turned], perm=[0, 3, 1, 2]))
        tensor = turned
    if len(shape) == 4:
        pooled = f"{_EMBEDDING}_pooled"
        graph.node.append(node("GlobalAveragePool", [tensor], [pooled]))
        graph.node.append(node("Flatten", [pooled], [_EMBEDDING]))
    else:
        graph.node.append(node("Identity", [tensor], [_EMBEDDING]))
    del graph.output[:]
    graph.output.append(_onnx().helper.make_empty_tensor_value_info(_EMBEDDING))
    return shape[3 if last else 1] or None


def _prune(model: Any, image: Any) -> None:
    """Drop what the output does not need, and what is known of batches of one size."""
    graph = model.graph
    needed, nodes = {_EMBEDDING}, []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(_inputs(node))
            nodes.append(node)
    weights = [tensor for tensor in graph.initializer if tensor.name in needed]
    kept = type(graph)(name=graph.name, node=reversed(nodes), initializer=weights, input=[image])
    kept.output.extend(graph.output)
    model.graph.CopyFrom(kept)
    model.ir_version = max(model.ir_version, _FIRST_DROPPED_IR)


def _inputs(node: Any) -> Iterator[str]:
    """Yield what a node takes, the graphs inside it included."""
    yield from node.input
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for inner in graph.node:
                yield from _inputs(inner)
