"""Synthetic images of blood cells, one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukfeat._validation import check_choice, check_int, check_real
from leukfeat.datasets.synthetic.scenes import SCENES, compose
from leukfeat.datasets.synthetic.staining import draw_subject, expose, jitter

__all__ = ["CLASSES", "SUBJECT_CLASSES", "Settings", "SyntheticImage", "synthesize"]

CLASSES = ("lymphocyte", "blast")
SUBJECT_CLASSES = ("both", "one")

_SUBJECT_STREAM, _IMAGE_STREAM = 0, 1


@dataclass(frozen=True)
class SyntheticImage:
    """One synthetic image and what is known about it.

    Parameters
    ----------
    name : str
        File name without suffix: class and sequence number.
    label : str
        "blast" or "lymphocyte".
    subject : str
        The subject (patient) it comes from.
    sequence : int
        Place in the order of acquisition within its class, from 1; a subject's images follow each other.
    rgb : numpy.ndarray of uint8, shape (size, size, 3)
        The image: R, G, B.
    region : numpy.ndarray of uint8, shape (size, size)
        The truth: 0 background, 128 cytoplasm, 255 nucleus, for white cells only. A pixel belongs to what
        covers half of it or more.
    """

    name: str
    label: str
    subject: str
    sequence: int
    rgb: NDArray[np.uint8]
    region: NDArray[np.uint8]


@dataclass(frozen=True)
class Settings:
    """The checked arguments of `synthesize`, which documents them; the defaults are the same."""

    n: int
    n_subjects: int = 12
    class_effect: float = 1.0
    subject_effect: float = 0.5
    subject_classes: str = "both"
    scene: str = "cell"
    size: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        owner = "synthesize"
        check_choice(owner, "subject_classes", self.subject_classes, SUBJECT_CLASSES)
        check_choice(owner, "scene", self.scene, SCENES)
        check_int(owner, "n", self.n, low=1)
        check_int(owner, "n_subjects", self.n_subjects, low=2 if self.subject_classes == "one" else 1)
        check_real(owner, "class_effect", self.class_effect, low=0)
        check_real(owner, "subject_effect", self.subject_effect, low=0)
        check_int(owner, "seed", self.seed, low=0)
        if self.size is not None:
            check_int(owner, "size", self.size, low=64, high=1024)
        if self.n < self.n_subjects:
            raise ValueError(
                f"synthesize expects at least one image per subject. Got n={self.n} and "
                f"n_subjects={self.n_subjects}. Raise 'n' or lower 'n_subjects'."
            )

    @property
    def side(self) -> int:
        """Side of the frame, in pixels."""
        return SCENES[self.scene].size if self.size is None else self.size

    @property
    def unit(self) -> float:
        """Pixels per unit of length of `TRAITS`."""
        return SCENES[self.scene].magnification * self.side / 240

    def subject(self, index: int) -> int:
        """Return the number of the subject of an image; subjects take turns."""
        return index % self.n_subjects

    def label(self, index: int) -> int:
        """Return the place in `CLASSES` of an image's class; a subject with both classes alternates."""
        turn = index // self.n_subjects if self.subject_classes == "both" else 0
        return (self.subject(index) + turn) % 2

    def sequence(self, index: int) -> int:
        """Count the images of the same class of earlier subjects, and of this subject up to this image."""
        label, own = self.label(index), self.subject(index)
        earlier = sum(self._count(subject, label, self.n) for subject in range(own))
        return earlier + self._count(own, label, index + 1)

    def _count(self, subject: int, label: int, end: int) -> int:
        """Count the images of a subject and class with an index below `end`."""
        turns = len(range(subject, end, self.n_subjects))
        if self.subject_classes == "one":
            return turns if subject % 2 == label else 0
        return len(range((subject + label) % 2, turns, 2))


def synthesize(
    n: int,
    *,
    n_subjects: int = 12,
    class_effect: float = 1.0,
    subject_effect: float = 0.5,
    subject_classes: str = "both",
    scene: str = "cell",
    size: int | None = None,
    seed: int = 0,
) -> Iterator[SyntheticImage]:
    """Make images of Romanowsky-stained blood cells of two classes.

    Blasts are larger than lymphocytes, with less cytoplasm, finer chromatin, more nucleoli and a more
    indented nucleus. Stain, light, focus and the surroundings do not depend on the class.

    Parameters
    ----------
    n : int
        Number of images, at least `n_subjects`.
    n_subjects : int, default=12
        Number of subjects, at least 1; at least 2 if each has one class.
    class_effect : float, default=1.0
        Strength of the difference between the classes. At 0 both have the same distribution; 1 is hard but
        can be learned.
    subject_effect : float, default=0.5
        Strength of the difference between subjects in stain, light, focus and, mildly, in the size and
        texture of their cells. At 0 there is none; 1 is strong.
    subject_classes : {"both", "one"}, default="both"
        Whether a subject contributes cells of both classes or, as in leukaemia sets, of one.
    scene : {"masked", "cell", "field"}, default="cell"
        One cell on black; one cell in the centre among red cells; or a smear with many cells of one class.
    size : int, optional
        Side of the square image, in pixels, in [64, 1024]; by default 240, in fields 300.
    seed : int, default=0
        Seed, at least 0.

    Returns
    -------
    iterator of SyntheticImage
        The images. Subjects take turns. Where they have both classes, the classes differ in number by at
        most one.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If an argument is out of its range, or there are fewer images than subjects.

    Notes
    -----
    Image `i` depends on `seed`, `i` and the other settings but not on `n` or on images made before; only
    its `sequence` and `name`, which count subject by subject, depend on `n`. The class enters through the
    means of the cells' properties alone, so that at class effect 0 an image would be the same, pixel by
    pixel, had it the other label. The same call gives the same bytes with the same versions of NumPy and
    OpenCV on the same kind of processor; others may differ by a grey level here and there.

    References
    ----------
    .. [1] Ruifrok and Johnston, 2001, "Quantification of histochemical staining by color deconvolution",
       Analytical and Quantitative Cytology and Histology 23(4), 291-299, PMID 11531144.

    Examples
    --------
    >>> from leukfeat.datasets.synthetic import synthesize
    >>> image = next(synthesize(12, scene="cell", seed=7))
    >>> image.label, image.subject, image.rgb.shape, image.region.shape
    ('lymphocyte', 'S01', (240, 240, 3), (240, 240))
    """
    settings = Settings(n, n_subjects, class_effect, subject_effect, subject_classes, scene, size, seed)
    return (make_image(settings, index) for index in range(settings.n))


def make_image(settings: Settings, index: int) -> SyntheticImage:
    """Make one image.

    Parameters
    ----------
    settings : Settings
        The set it belongs to.
    index : int
        Its number in the set, from 0.

    Returns
    -------
    SyntheticImage
        The image.
    """
    label = settings.label(index)
    subject, sequence = settings.subject(index), settings.sequence(index)
    rgb, region = render(settings, index, label)
    name = f"{CLASSES[label]}-{sequence:0{len(str(settings.n))}d}"
    patient = f"S{subject + 1:0{max(2, len(str(settings.n_subjects)))}d}"
    return SyntheticImage(name, CLASSES[label], patient, sequence, rgb, region)


def render(settings: Settings, index: int, label: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw an image, given its class.

    Parameters
    ----------
    settings : Settings
        The set it belongs to.
    index : int
        Its number in the set, from 0.
    label : int
        Place of its class in `CLASSES`.

    Returns
    -------
    rgb : numpy.ndarray of uint8, shape (size, size, 3)
        The image.
    region : numpy.ndarray of uint8, shape (size, size)
        The true regions.
    """
    scene = SCENES[settings.scene]
    rng = _generator(settings.seed, _IMAGE_STREAM, index)
    own = _generator(settings.seed, _SUBJECT_STREAM, settings.subject(index))
    subject = jitter(rng, draw_subject(own, settings.subject_effect))
    shift = settings.class_effect * (label - 0.5)
    stains, region = compose(rng, scene, settings.side, shift, subject.offsets)
    rgb = expose(rng, stains, subject, scene.white, settings.unit)
    if scene.masked:
        rgb = np.maximum(rgb, 1) * (region > 0)[:, :, None]
    return rgb, region


def _generator(seed: int, *key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy=seed, spawn_key=key)))
