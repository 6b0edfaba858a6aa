"""The command that makes a run again."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from leukfeat.sweep import WIDE

__all__ = ["reproduce_command"]

_OPTIONS: dict[str, tuple[str, Any]] = {  # by setting; what is left at its default is not said
    "labels": ("--labels", None),
    "positive": ("--positive", None),
    "protocol": ("--protocol", "auto"),
    "n_folds": ("--folds", 5),
    "n_repeats": ("--repeats", 1),
    "embargo": ("--embargo", 37),
    "seed": ("--seed", 0),
    "nested": ("--nested", False),
    "merge_leaks": ("--merge-leaks", False),
    "allow_leaks": ("--allow-leaks", False),
    "ablation": ("--ablation", False),
    "families": ("--families", None),
    "embeddings": ("--embedding", []),
    "n_components": ("--reduce", None),
    "device": ("--device", "cpu"),
    "scene": ("--scene", "auto"),
    "size": ("--size", 200),
    "limit": ("--limit", None),
}
_CORE = {"SVC", "XGBClassifier", "LinearDiscriminantAnalysis", "RidgeClassifier", "RidgeClassifierCV"}


def reproduce_command(record: Mapping[str, Any], models: Sequence[str], output: str) -> str:
    """Return the command line that makes a run again.

    Parameters
    ----------
    record : mapping
        `run.json`.
    models : sequence of str
        Names of the candidates.
    output : str
        Where it should write.

    Returns
    -------
    str
        To be typed into a shell. A frame has no file: `MANIFEST` stands in its place.
    """
    source = str(record.get("source", "MANIFEST"))
    words = ["leukfeat", "compare", "MANIFEST" if source == "a frame" else source]
    if record.get("root"):
        words += ["--root", str(record["root"])]
    if set(models) != _CORE:
        words += ["--models", ",".join(_found_by(name, record) for name in models)]
    settings = record.get("settings", {})
    for name, (option, usual) in _OPTIONS.items():
        value = settings.get(name, usual)
        if value != usual:
            words += [option] if value is True else [option, _text(name, value)]
    return " ".join(shlex.quote(word) for word in [*words, "-o", output])


def _found_by(model: str, record: Mapping[str, Any]) -> str:
    """Return what finds a model again: its name, or of one of somebody's own where its class is."""
    source = record.get("estimators", {}).get(model)
    known = {candidate.name: candidate.estimator for candidate in WIDE}
    return model if source in (None, known.get(model)) else str(source)


def _text(name: str, value: Any) -> str:
    if name == "n_components":
        return f"pca:{value}"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
