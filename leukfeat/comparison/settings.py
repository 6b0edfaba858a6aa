"""What a comparison is told."""

from dataclasses import dataclass

from leukfeat._validation import check_int

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """What a comparison is told.

    Parameters
    ----------
    labels : tuple of str, default=None
        Which classes take part; None means all.
    positive : str, default=None
        The positive class of two; None takes the last in sorted order.
    protocol : {"auto", "official", "grouped", "blocks", "random"}, default="auto"
        How images are split; see `leukfeat.evaluation.make_splits`.
    n_folds : int, default=5
        Number of folds.
    n_repeats : int, default=1
        How often the cross-validation is repeated with other folds.
    embargo : int, default=37
        Images left out on both sides of a test block under `"blocks"`.
    seed : int, default=0
        Of splits, models and bootstrap.
    nested : bool, default=False
        Whether a row says what choosing the best of these models scores.
    merge_leaks : bool, default=False
        Whether subjects that share images are joined, and identical images kept on one side.
    allow_leaks : bool, default=False
        Whether to go on where images leak, and to say so on top.
    families : tuple of str, default=None
        Which feature families; None takes the default ones, `("none",)` none.
    embeddings : tuple of str, default=()
        Networks whose activations are features, too: backbones of `leukfeat.features.FrozenCNN`.
    device : {"cpu", "cuda"}, default="cpu"
        Where they run.
    n_components : int, default=None
        How many principal components stand for their columns, found anew on every training side; None keeps
        the columns.
    scene : {"auto", "masked", "cell", "field"}, default="auto"
        What the images show; see `leukfeat.imaging.LoadCells`.
    size : int, default=200
        Side of the frame in pixels.
    ablation : bool, default=False
        Whether the best model is fitted again without each feature family; see
        `leukfeat.comparison.ablation.ablate`.
    limit : int, default=None
        How many images take part, at most: a part of them, whole subjects, is chosen before anything is
        measured; see `leukfeat.evaluation.subset.choose_subset`. None takes all.
    """

    labels: tuple[str, ...] | None = None
    positive: str | None = None
    protocol: str = "auto"
    n_folds: int = 5
    n_repeats: int = 1
    embargo: int = 37
    seed: int = 0
    nested: bool = False
    merge_leaks: bool = False
    allow_leaks: bool = False
    families: tuple[str, ...] | None = None
    embeddings: tuple[str, ...] = ()
    device: str = "cpu"
    n_components: int | None = None
    scene: str = "auto"
    size: int = 200
    limit: int | None = None
    ablation: bool = False

    def __post_init__(self) -> None:
        for name in ("labels", "families", "embeddings"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, str) or not all(isinstance(v, str) for v in value)):
                raise TypeError(f"The {name!r} of Settings must be a sequence of names. Got {value!r}.")
        if self.limit is not None:
            check_int("Settings", "limit", self.limit, 1)
        if self.n_components is not None:
            check_int("Settings", "n_components", self.n_components, 1)
