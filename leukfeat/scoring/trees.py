"""Whether the trees of a model lead where they may: scikit-learn follows them without a look."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukfeat.errors import ModelError

__all__ = ["check_trees"]


def check_trees(model: Any) -> None:
    """Refuse trees whose branches lead outside of them, or that look at features which there are not.

    Parameters
    ----------
    model : object
        What was loaded; all that it holds is looked at.

    Raises
    ------
    leukfeat.errors.ModelError
        If a tree is no tree.

    Notes
    -----
    scikit-learn does not check the numbers in a tree: those of a forged file could make it read any memory,
    or run forever. A node's children come after it in every tree that scikit-learn grows.
    """
    for held in _all_held(model):
        found = vars(held) if hasattr(held, "__dict__") else {}
        if "tree_" in found:
            _check_tree(found["tree_"], found.get("n_features_in_"))
        if "_predictors" in found:
            for predictor in np.ravel(found["_predictors"]):
                _check_predictor(predictor, found.get("n_features_in_"))
        if "estimators_" in found and hasattr(held, "n_features_in_"):
            _check_members(held)


def _all_held(model: Any) -> Iterator[Any]:
    """Yield what can be reached from an object, each once."""
    waiting, seen = [model], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, (str, bytes, bytearray, int, float, type)):
            continue
        seen.add(id(item))
        yield item
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, (list, tuple, set)):
            waiting += item
        elif isinstance(item, np.ndarray):
            waiting += item.ravel().tolist() if item.dtype == object else []
        else:
            waiting += getattr(item, "__dict__", {}).values()


def _check_tree(tree: Any, n_features: int | None) -> None:
    left, right = tree.children_left, tree.children_right
    inner = np.flatnonzero(left != -1)
    _require(len(left) > 0 and bool((right[left == -1] == -1).all()))
    _check_nodes(inner, (left[inner], right[inner]), tree.feature[inner], len(left), n_features)
    _require(tree.n_features == n_features)


def _check_predictor(predictor: Any, n_features: int | None) -> None:
    nodes = predictor.nodes
    _require(nodes.ndim == 1 and len(nodes) > 0 and not nodes["is_categorical"].any())
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    children = tuple(nodes[name][inner].astype(np.int64) for name in ("left", "right"))
    _check_nodes(inner, children, nodes["feature_idx"][inner], len(nodes), n_features)


def _check_nodes(
    places: NDArray[np.intp],
    children: tuple[NDArray[Any], ...],
    features: NDArray[Any],
    n_nodes: int,
    n_features: int | None,
) -> None:
    for child in children:
        _require(bool(((child > places) & (child < n_nodes)).all()))
    _require(n_features is not None and bool(((features >= 0) & (features < n_features)).all()))


def _check_members(ensemble: Any) -> None:
    """Refuse members that look at more features than they are given."""
    members = [item for item in np.ravel(ensemble.estimators_) if "tree_" in getattr(item, "__dict__", {})]
    chosen = getattr(ensemble, "estimators_features_", None)
    widths = [ensemble.n_features_in_] * len(members) if chosen is None else [len(item) for item in chosen]
    _require(len(widths) == len(members) or not members)
    for member, width in zip(members, widths, strict=False):
        _require(member.n_features_in_ == width)


def _require(is_so: bool) -> None:
    if not is_so:
        raise ModelError(
            "The model holds a tree whose branches lead outside of it: its file is damaged or forged. "
            "Get the model anew from where it was made."
        )
