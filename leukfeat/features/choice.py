"""Families and networks by name, as options give them."""

from collections.abc import Sequence

from leukfeat.errors import ConfigurationError
from leukfeat.features.cnn import FrozenCNN
from leukfeat.features.family import CellFamily
from leukfeat.features.registry import DEFAULT_FAMILIES

__all__ = ["choose_families"]

_NO_FAMILIES = ("none",)


def choose_families(
    families: Sequence[str] | None, embeddings: Sequence[str] = (), *, device: str = "cpu"
) -> tuple[str | CellFamily, ...]:
    """Say what `CellFeatures` is to measure.

    Parameters
    ----------
    families : sequence of str or None
        Names from `leukfeat.features.FAMILIES`; None takes `leukfeat.features.DEFAULT_FAMILIES`, `("none",)`
        none at all.
    embeddings : sequence of str, default=()
        Backbones of `FrozenCNN`: names or ONNX files.
    device : {"cpu", "cuda"}, default="cpu"
        Where they run.

    Returns
    -------
    tuple of str or CellFamily
        The families, then the networks.

    Raises
    ------
    leukfeat.errors.ConfigurationError
        If neither is wanted.
    """
    named = DEFAULT_FAMILIES if families is None else tuple(families)
    if named == _NO_FAMILIES:
        if not embeddings:
            raise ConfigurationError("Without families there must be an embedding. Name one.")
        named = ()
    return (*named, *(FrozenCNN(backbone, device=device) for backbone in embeddings))
