"""How a table was made, as JSON holds it, and back."""

import json

import numpy as np
import pandas as pd
import pytest

from leukfeat import __version__
from leukfeat.features import FAMILIES, CellFeatures, FeatureTable, ImageFeatures
from leukfeat.features.configuration import columns_by_family, describe_images, rebuild_images
from leukfeat.features.glcm import GLCMFeatures
from leukfeat.features.nc import NCFeatures
from leukfeat.features.table import configuration_hash
from leukfeat.imaging import LoadCells


class OtherNCFeatures(NCFeatures):
    """A family under the name of a registered one."""

    def measure(self, views):
        return -super().measure(views)


def fitted(*families, size: int = 48, scene: str = "cell") -> ImageFeatures:
    return ImageFeatures(LoadCells(size, scene), CellFeatures(list(families) or None)).fit([])


def table_of(images: ImageFeatures, **changes) -> FeatureTable:
    """Make an empty table by way of JSON, as a file holds it."""
    metadata = json.loads(json.dumps({**describe_images(images), **changes}))
    names = tuple(images.get_feature_names_out())
    return FeatureTable(pd.DataFrame(columns=["path", *names]), names, metadata)


def test_the_description_holds_all_that_decides_the_values():
    described = describe_images(fitted("nc", GLCMFeatures(distances=(1, 4), n_levels=16)))
    assert {key: described[key] for key in ("version", "scene", "size")} == {
        "version": __version__,
        "scene": "cell",
        "size": 48,
    }
    assert [family["name"] for family in described["families"]] == ["nc", "glcm"]
    assert described["families"][1]["parameters"] == {"distances": [1, 4], "n_levels": 16}
    rest = {key: value for key, value in described.items() if key != "hash"}
    assert described["hash"] == configuration_hash(rest)


def test_auto_is_described_as_what_it_settled_on(synthetic_paths):
    images = ImageFeatures(LoadCells(48), CellFeatures(["nc"])).fit(synthetic_paths)
    assert describe_images(images) == describe_images(fitted("nc"))


def test_every_change_changes_the_hash():
    variants = (
        fitted("nc"),
        fitted("nc", size=64),
        fitted("nc", scene="field"),
        fitted("nc", "shape"),
        fitted("shape", "nc"),
        fitted("glcm"),
        fitted(GLCMFeatures(n_levels=16)),
        fitted(OtherNCFeatures()),
    )
    assert len({describe_images(images)["hash"] for images in variants}) == len(variants)


@pytest.mark.parametrize(
    "families",
    [(), ("nc", GLCMFeatures(distances=(2,), n_levels=8)), (GLCMFeatures(distances=(np.int64(2),)),)],
    ids=["default", "chosen", "numpy numbers"],
)
def test_rebuilt_images_measure_the_same(synthetic_paths, families):
    images = fitted(*families)
    rebuilt = rebuild_images(table_of(images))
    assert rebuilt is not None
    np.testing.assert_array_equal(
        rebuilt.transform(synthetic_paths[:2]), images.transform(synthetic_paths[:2])
    )
    assert describe_images(rebuilt) == describe_images(images)


def test_what_this_version_would_make_otherwise_is_not_rebuilt(monkeypatch):
    images = fitted("nc", "glcm")
    assert rebuild_images(table_of(images)) is not None
    assert rebuild_images(table_of(images, version="0.0.0")) is None
    assert rebuild_images(table_of(images, families=[])) is None
    renamed = table_of(images)
    assert rebuild_images(FeatureTable(renamed.frame, renamed.feature_names[::-1], renamed.metadata)) is None
    table = table_of(images)
    monkeypatch.delitem(FAMILIES, "glcm")
    assert rebuild_images(table) is None


def test_parameters_of_another_version_are_no_error():
    families = [{"name": "nc", "parameters": {"given_up": 1}}]
    assert rebuild_images(table_of(fitted("nc"), version="0.0.0", families=families)) is None


def test_a_family_that_is_not_registered_is_not_mistaken_for_one():
    assert rebuild_images(table_of(fitted(OtherNCFeatures()))) is None
    assert describe_images(fitted(OtherNCFeatures()))["families"][0]["name"].endswith("OtherNCFeatures")


def test_columns_are_those_of_the_families_that_made_them(synthetic_table):
    table = FeatureTable.read(synthetic_table)
    found = columns_by_family(table)
    assert list(found) == ["color", "shape"]
    for family, names in found.items():
        assert names == tuple(FAMILIES[family]().get_feature_names_out())
    unknown = FeatureTable(table.frame, table.feature_names, {"families": []})
    assert columns_by_family(unknown) == {"other columns": table.feature_names}
