"""Which tensors of a graph depend on the image, and where their channels stand."""

from typing import Any

__all__ = ["data_input", "has_channels_last", "live_tensors"]

_TO_LAST, _TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


def live_tensors(graph: Any, image: str) -> set[str]:
    """Return the names of all tensors that depend on the image.

    Parameters
    ----------
    graph : onnx.GraphProto
        A graph in topological order, as ONNX wants it.
    image : str
        The name of its input.

    Returns
    -------
    set of str
        The input among them.
    """
    live = {image}
    for node in graph.node:
        if live.intersection(node.input):
            live.update(node.output)
    return live


def data_input(node: Any, live: set[str]) -> str:
    """Name the input of a node that depends on the image.

    Parameters
    ----------
    node : onnx.NodeProto
        A node.
    live : set of str
        As `live_tensors` returns it.

    Returns
    -------
    str
        The first such input; empty where there is none.
    """
    return next((str(name) for name in node.input if name in live), "")


def has_channels_last(graph: Any, image: Any, tensor: str, shape: tuple[int, ...]) -> bool:
    """Return whether the channels of a tensor of four axes stand last.

    Convolutions of ONNX have them second. Networks of TensorFlow have them last, and their graphs turn the
    axes before and after each convolution: what made the tensor is followed back to the first such turn.

    Parameters
    ----------
    graph : onnx.GraphProto
        The graph.
    image : onnx.ValueInfoProto
        Its input.
    tensor : str
        The tensor's name.
    shape : tuple of int, of length 4
        The tensor's, 0 where it may vary.

    Returns
    -------
    bool
        True for `(batch, height, width, channels)`.
    """
    if shape[1:3] == (1, 1) or shape[2:] == (1, 1):  # one pixel: the channels are what is left
        return shape[1:3] == (1, 1)
    live, producers = (
        live_tensors(graph, image.name),
        {name: node for node in graph.node for name in node.output},
    )
    node = producers.get(tensor)
    while node is not None and node.op_type != "Conv":
        turn = next((list(item.ints) for item in node.attribute if item.name == "perm"), None)
        if turn in (_TO_LAST, _TO_FIRST):
            return turn == _TO_LAST
        node = producers.get(data_input(node, live))
    return node is None and image.type.tensor_type.shape.dim[3].dim_value == 3
