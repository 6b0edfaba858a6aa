"""The subjects of a test fold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Subjects", "group_subjects"]


@dataclass(frozen=True, eq=False)
class Subjects:
    """Images grouped by subject.

    Parameters
    ----------
    of_image : array of intp, shape (n,)
        Index of each image's subject, 0 … n_subjects - 1.
    n_images : array of intp, shape (n_subjects,)
        Number of each subject's images.
    first : array of intp, shape (n_subjects,)
        Index of one image of each.
    places : array of intp, shape (n_subjects,)
        Index of each subject's unit among those of the fold.
    """

    of_image: NDArray[np.intp]
    n_images: NDArray[np.intp]
    first: NDArray[np.intp]
    places: NDArray[np.intp]

    def mean(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Average a value, or several, over the images of each subject.

        Parameters
        ----------
        values : array of float64, shape (n,) or (n, k)
            By image.

        Returns
        -------
        array of float64, shape (n_subjects,) or (n_subjects, k)
            The means.
        """
        # Sums start from the first value, so that subjects of equal values get equal means, however many.
        columns = (values - values[0]).reshape(len(values), -1).T
        sums = np.array([np.bincount(self.of_image, weights=column) for column in columns])
        return np.asarray(values[0] + (sums / self.n_images).T.reshape(-1, *values.shape[1:]))


def group_subjects(subjects: NDArray[np.intp], places: NDArray[np.intp]) -> Subjects:
    """Group images by subject.

    Parameters
    ----------
    subjects : array of intp, shape (n,)
        Number of each image's subject.
    places : array of intp, shape (n,)
        Index of each image's unit, the same for all images of a subject.

    Returns
    -------
    Subjects
        In ascending order of their numbers.
    """
    _, first, of_image, n_images = np.unique(
        subjects, return_index=True, return_inverse=True, return_counts=True
    )
    return Subjects(of_image, n_images, first, places[first])
