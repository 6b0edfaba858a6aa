import json

import pytest

from leukfeat.errors import ConfigurationError
from tests.audit.manifests import audited, counts, duplicates_of, manifest_of

TWO_SUBJECTS = manifest_of(4, subject=["1", "1", "2", "2"], label=list("aabb"))
SHARED = duplicates_of(4, files=[(1, 2)], near=[(0, 3)])


def test_a_sound_manifest_says_nothing() -> None:
    audit = audited(TWO_SUBJECTS, duplicates_of(4))
    assert audit.is_sound
    assert audit.notes == ()
    assert audit.lines("stop", "warn", "note") == []
    assert audit.describe() == {"sound": True, "findings": []}
    audit.require_sound()


def test_what_stops_is_listed_with_what_to_do() -> None:
    audit = audited(TWO_SUBJECTS, SHARED)
    with pytest.raises(ConfigurationError) as caught:
        audit.require_sound()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("These images cannot be compared as they are")
    assert lines[1] == "Identical files across subjects: 1 group of 2 images (1 + 2: 1)."
    assert lines[2] == "  1.png = 2.png"
    assert "Paths start from /images." in lines
    assert "drop those that are wrong" in lines[-2]
    assert "--merge-leaks" in lines[-1]
    assert "--allow-leaks" in lines[-1]
    assert not any("Near" in line for line in lines)


def test_allowed_leaks_are_said_on_top() -> None:
    audit = audited(TWO_SUBJECTS, SHARED)
    audit.require_sound(allow=True)
    assert audit.notes[0].startswith("Leaks were allowed (--allow-leaks): ")
    assert audit.notes[0].endswith("scores are inflated.")
    assert not any("inflated" in note for note in audit.notes[1:])
    assert [note.split(":")[0] for note in audit.notes[1:]] == [
        "Identical files across subjects",
        "Identical files across classes",
        "Near-duplicates across subjects",
        "Near-duplicates across classes",
    ]


@pytest.mark.parametrize("options", [{"protocol": "random"}, {"strict": False}], ids=str)
def test_where_leaks_are_the_question_nothing_stops(options) -> None:
    audit = audited(TWO_SUBJECTS, SHARED, **options)
    assert audit.is_sound
    assert counts(audit, "warn")["identical_files_across_subjects"] == 1
    assert not any("allowed" in note for note in audit.notes)


def test_two_labels_of_one_image_stop_until_they_are_on_one_side() -> None:
    images = manifest_of(2, subject=["1", "1"], label=["a", "b"])
    same = duplicates_of(2, pixels=[(0, 1)])
    assert counts(audited(images, same), "stop") == {"identical_pixels_across_classes": 1}
    assert counts(audited(images, same, merged=True), "stop") == {}
    merged = audited(images, same, merged=True)
    assert counts(merged, "warn") == {"identical_pixels_across_classes": 1}
    assert merged.notes == (
        "Identical pixels in different files across classes: 1 group of 2 images (a + b: 1). All of them "
        "stay, each with its own label and on one side: no model is right on all. Drop those whose label "
        "is wrong.",
    )


def test_images_without_a_split_count_as_train() -> None:
    images = manifest_of(4, subject=list("1122"), label=list("abab"), split=["test", None, None, None])
    audit = audited(images, duplicates_of(4))
    assert counts(audit, "stop") == {"subjects_across_splits": 1}
    assert counts(audited(images.assign(split=None), duplicates_of(4))) == {}


def test_what_stops_comes_first() -> None:
    images = manifest_of(6, subject=list("111223"), label=list("aaabbb"))
    same = duplicates_of(6, files=[(0, 1), (4, 5)], near=[(2, 3)])
    severities = [finding.severity for finding in audited(images, same).findings]
    assert severities == ["stop", "warn", "warn", "note"]


def test_json_names_the_images_that_belong_together() -> None:
    described = json.loads(json.dumps(audited(TWO_SUBJECTS, SHARED).describe()))
    assert described["sound"] is False
    first = described["findings"][0]
    assert first == {
        "kind": "identical_files_across_subjects",
        "severity": "stop",
        "count": 1,
        "sentence": "Identical files across subjects: 1 group of 2 images (1 + 2: 1).",
        "groups": [["/images/1.png", "/images/2.png"]],
    }


def test_what_was_not_seen_is_said() -> None:
    images = manifest_of(2).drop(columns="fingerprint")
    audit = audited(images, duplicates_of(2), n_unreadable=3, unplanned="No labels.")
    assert counts(audit, "note") == {"unreadable": 3}
    assert counts(audit, "warn") == {"not_compared": 2, "unplanned": 2}
    assert any("No labels." in note for note in audit.notes)
    assert any("Extract it again" in note for note in audit.notes)


def test_more_examples_are_counted() -> None:
    files = [(row, row + 1) for row in range(0, 30, 2)]
    audit = audited(manifest_of(30), duplicates_of(30, files=files))
    assert audit.lines("note")[-2:] == ["  … and 5 more", "Paths start from /images."]
