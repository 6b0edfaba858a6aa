import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from leukfeat.errors import ModelError
from leukfeat.scoring.trees import check_trees

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)


def forged(tree, node, **changes):
    """Return a fitted tree with other numbers in one of its nodes."""
    state = tree.tree_.__getstate__()
    for name, value in changes.items():
        state["nodes"][name][node] = value
    tree.tree_.__setstate__(state)
    return tree


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(random_state=0),
        DecisionTreeClassifier(max_leaf_nodes=5, random_state=0),
        RandomForestClassifier(3, random_state=0),
        BaggingClassifier(n_estimators=3, max_features=2, random_state=0),
        HistGradientBoostingClassifier(max_iter=3),
    ],
    ids=lambda model: type(model).__name__,
)
def test_trees_that_were_grown_pass(model):
    check_trees({"model": [model.fit(X, Y)]})


@pytest.mark.parametrize(
    "changes",
    [{"left_child": 10_000}, {"right_child": 0}, {"feature": 4}, {"feature": -3}, {"left_child": -1}],
    ids=str,
)
def test_branches_and_features_outside_of_a_tree_are_refused(changes):
    with pytest.raises(ModelError, match="damaged or forged"):
        check_trees(forged(DecisionTreeClassifier(random_state=0).fit(X, Y), 0, **changes))


def test_trees_inside_of_others_are_looked_at():
    forest = RandomForestClassifier(3, random_state=0).fit(X, Y)
    forged(forest.estimators_[2], 0, left_child=10_000)
    with pytest.raises(ModelError, match="damaged or forged"):
        check_trees((forest,))


def test_members_may_not_look_at_more_features_than_they_get():
    forest = RandomForestClassifier(2, random_state=0).fit(X, Y)
    forest.estimators_[1] = DecisionTreeClassifier().fit(np.column_stack([X, Y]), Y)
    with pytest.raises(ModelError, match="damaged or forged"):
        check_trees(forest)


@pytest.mark.parametrize("changes", [{"left": 60_000}, {"right": 0}, {"feature_idx": 4}], ids=str)
def test_boosted_trees_are_looked_at(changes):
    model = HistGradientBoostingClassifier(max_iter=2).fit(X, Y)
    nodes = model._predictors[1][0].nodes
    for name, value in changes.items():
        nodes[name][0] = value
    with pytest.raises(ModelError, match="damaged or forged"):
        check_trees(model)
