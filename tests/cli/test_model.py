import json
import shutil

import pytest

from leukfeat.scoring import load_model, model_card, read_facts


@pytest.fixture
def models(binary_run, tmp_path):
    """Return a copy of the models that a comparison kept."""
    return shutil.copytree(binary_run.folder / "models", tmp_path / "models")


def test_show_says_what_is_known(leukfeat, models):
    path = models / "SVC.joblib"
    facts = read_facts(path)
    done = leukfeat("model", "show", path, "--json")
    assert done.code == 0
    assert done.json == facts
    plain = leukfeat("model", "show", path).stdout
    assert f"SVC ({facts['id']})" in plain
    assert "classes:   blast, lymphocyte" in plain
    assert "fitted on: 24 images of 6 subjects" in plain
    assert facts["files"]["joblib"]["sha256"] in plain


def test_texts_of_strangers_are_not_obeyed_by_the_terminal(leukfeat, models):
    from leukfeat.scoring.facts import facts_path, write_facts

    path, odd = models / "SVC.joblib", "n\x1b]0;PWNED\x07\x1b[31m\u202e\nfitted"
    facts = read_facts(path)
    write_facts({**facts, "name": odd, "versions": {odd: "1"}}, facts_path(path))
    shown = leukfeat("model", "show", path).stdout
    assert "n\ufffd]0;PWNED\ufffd\ufffd[31m\ufffd fitted (" in shown
    told = [shown, leukfeat("model", "show", path, "--card").stdout]
    told += [leukfeat("model", "verify", path).stdout, leukfeat("model", "convert", path).stderr]
    assert "made with n\ufffd]0;PWNED" in told[2]
    assert not any(sign in text for text in told for sign in "\x1b\x07\u202e")


def test_the_card_is_markdown(leukfeat, models):
    path = models / "SVC.joblib"
    done = leukfeat("model", "show", path, "--card")
    assert done.stdout.rstrip() == model_card(read_facts(path)).rstrip()
    assert done.stdout.startswith("# SVC\n")
    assert leukfeat("model", "show", path, "--card", "--json").json["card"].startswith("# SVC\n")


def test_verify_tells_good_from_damaged_and_other_versions(leukfeat, models):
    good, damaged, other = (models / f"{name}.joblib" for name in ("SVC", "RidgeClassifier", "XGBClassifier"))
    done = leukfeat("model", "verify", good)
    assert done.code == 0
    assert done.stdout.startswith("good")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    from leukfeat.scoring.facts import facts_path, write_facts

    facts = read_facts(other)
    write_facts({**facts, "versions": {**facts["versions"], "xgboost": "0.9"}}, facts_path(other))
    done = leukfeat("model", "verify", good, damaged, other, models / "absent.joblib", "--json")
    assert done.code == 1
    assert [item["state"] for item in done.json["models"]] == ["good", "refused", "mismatch", "refused"]
    assert "made with xgboost 0.9" in done.json["models"][2]["reason"]


def test_verify_looks_at_all_models_where_one_is_odd(leukfeat, models):
    good = models / "SVC.joblib"
    done = leukfeat("model", "verify", good.with_suffix(".json"), models / "a.onnx", good, "--json")
    assert done.code == 1
    assert [item["state"] for item in done.json["models"]] == ["refused", "refused", "good"]
    assert "ends in .joblib or .skops" in done.json["models"][0]["reason"]


def test_convert_writes_the_other_format(leukfeat, models):
    pytest.importorskip("skops.io")
    source, target = models / "SVC.joblib", models / "SVC.skops"
    done = leukfeat("model", "convert", source, "-o", target, "--json")
    assert done.code == 0
    assert done.json["id"] == load_model(target).id == load_model(source).id
    again = leukfeat("model", "convert", source, "-o", target)
    assert again.code == 2
    assert "Name another file, or pass --overwrite" in again.stderr
    assert leukfeat("model", "convert", source, "-o", target, "--overwrite").code == 0


def test_a_format_writes_beside_the_model(leukfeat, models):
    pytest.importorskip("skops.io")
    source = models / "SVC.joblib"
    assert leukfeat("model", "convert", source, "--format", "skops").code == 0
    assert (models / "SVC.skops").is_file()
    wrong = leukfeat("model", "convert", source, "-o", models / "b.joblib", "--format", "skops")
    assert (wrong.code, "ends in .skops" in wrong.stderr) == (2, True)
    assert leukfeat("model", "convert", source).code == 2
    assert leukfeat("model", "convert", source, "--format", "onnx").code == 2


def test_what_is_refused_says_the_option_that_allows_it(leukfeat, models):
    from leukfeat.scoring.facts import facts_path, write_facts

    source = models / "SVC.joblib"
    facts = read_facts(source)
    write_facts({**facts, "versions": {**facts["versions"], "leukfeat": "0.0.1"}}, facts_path(source))
    arguments = ("model", "convert", source, "-o", models / "other.joblib")
    refused = leukfeat(*arguments, "--json")
    assert refused.code == 2
    assert "load it all the same with --allow-mismatch" in refused.json["error"]
    assert not (models / "other.joblib").exists()
    assert leukfeat(*arguments, "--allow-mismatch").code == 0
    assert json.loads((models / "other.json").read_text())["versions"]["leukfeat"] == "0.0.1"
