"""A data set verified: files, counts and leaks together."""

import shutil

import pandas as pd
import pytest

from leukfeat.audit.verification import count_rows, verify_data
from leukfeat.datasets import make_registry, read_registry
from leukfeat.datasets.registry import Registry
from tests.standins import plant

NAMES = [
    *("fold_0/all/UID_20_1_1_all.bmp", "fold_2/all/UID_21_1_1_all.bmp", "fold_1/hem/UID_H1_1_1_hem.bmp"),
    "fold_1/hem/UID_H1_2_1_hem.bmp",
]


def test_counts_and_leaks_of_a_set_with_identical_files(tmp_path):
    tree = plant(tmp_path / "set", NAMES)
    (tree / NAMES[1]).write_text(NAMES[0])
    (tree / NAMES[3]).write_text(NAMES[2])
    verified = verify_data(tree, Registry("c-nmc", make_registry(tree).files))
    assert verified.check.is_good()
    assert verified.counts["label"] == {"ALL": 2, "HEM": 2}
    assert verified.counts["subjects"] == {"all": 2, "ALL": 1, "HEM": 1}
    assert verified.counts["fold"] == {"1": 2, "2": 2}
    leaks = {leak.kind: leak.count for leak in verified.leaks}
    assert leaks == {
        "identical_files_across_subjects": 1,
        "identical_files_across_folds": 1,
        "identical_files_within": 1,
    }


def test_a_set_that_is_not_known_is_only_verified(tmp_path):
    tree = plant(tmp_path / "set", ["a/1.png"])
    verified = verify_data(tree, make_registry(tree))
    assert verified.check.is_good()
    assert verified.counts == {}
    assert verified.leaks == ()


def test_a_folder_without_a_single_image_of_the_set(tmp_path):
    tree = plant(tmp_path / "set", ["a/1.png"])
    verified = verify_data(tree, read_registry("c-nmc"))
    assert not verified.check.is_good(subset=True)
    assert verified.counts == {}


def test_rows_are_counted_by_what_they_have():
    manifest = pd.DataFrame({"path": list("abc"), "label": ["x", "y", None], "subject": ["1", "2", "2"]})
    assert count_rows(manifest) == {
        "images": 3,
        "label": {"x": 1, "y": 1},
        "subject": {"1": 1, "2": 2},
        "subjects": {"all": 2, "x": 1, "y": 1},
    }


@pytest.mark.realdata
def test_the_real_sample_and_one_flipped_byte(data_dir, tmp_path):
    if not (data_dir / "cnmc_sample").is_dir():
        pytest.skip(f"no sample of C-NMC in {data_dir}")
    registry = read_registry("c-nmc")
    verified = verify_data(data_dir / "cnmc_sample", registry)
    assert len(verified.check.of("good")) == 60
    assert len(verified.check.missing) == 15_115 - 60
    assert verified.check.is_good(subset=True)
    assert not verified.check.is_good()
    copy = tmp_path / "copy"
    shutil.copytree(data_dir / "cnmc_sample" / "C-NMC_Leukemia", copy)
    victim = next(copy.rglob("UID_1_1_1_all.bmp"))
    data = bytearray(victim.read_bytes())
    data[300_000] ^= 1
    victim.chmod(0o644)
    victim.write_bytes(data)
    check = verify_data(copy, registry).check
    assert check.bad["path"].tolist() == [str(victim)]
    assert check.bad["state"].tolist() == ["altered"]
    assert not check.is_good(subset=True)
