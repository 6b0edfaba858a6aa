from leukfeat.sweep import CORE, LEFT_OUT, WIDE


def test_models_lists_the_core_by_default(leukfeat):
    done = leukfeat("models", "--json")
    assert done.code == 0
    assert [model["name"] for model in done.json["models"]] == [candidate.name for candidate in CORE]
    assert "left_out" not in done.json
    svc, *_, ridge_cv = done.json["models"]
    assert svc == {
        "name": "SVC",
        "estimator": "sklearn.svm:SVC",
        "parameters": {"C": 3.0, "cache_size": 500},
        "wide": {"C": 1.0},
        "balance": "class weights",
    }
    assert ridge_cv["wide"] == {"alphas": {"per_column": [0.003, 0.03, 0.3, 3.0, 30.0]}}


def test_wide_lists_all_and_what_is_left_out(leukfeat):
    done = leukfeat("models", "--wide", "--json")
    assert [model["name"] for model in done.json["models"]] == [candidate.name for candidate in WIDE]
    assert done.json["left_out"] == LEFT_OUT


def test_people_read_one_row_for_each(leukfeat):
    lines = leukfeat("models", "--wide").stdout.splitlines()
    rows = {line.split()[0]: line for line in lines if line.strip()}
    assert {candidate.name for candidate in WIDE} | set(LEFT_OUT) <= set(rows)
    assert "C=3, cache_size=500" in rows["SVC"]
    assert "alpha=3 per column" in rows["RidgeClassifier"]
    assert "alphas=(0.003, 0.03, 0.3, 3, 30) per column" in rows["RidgeClassifierCV"]
    assert "sample weights" in rows["XGBClassifier"]
    assert LEFT_OUT["CategoricalNB"] in rows["CategoricalNB"]
    assert "\x1b" not in "".join(lines)
    assert "MODULE:OBJECT" in lines[-1]
