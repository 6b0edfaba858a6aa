"""The card of a model: what it is for, what it was made from, how well it does and where it ends."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leukfeat._text import code_span, plain_markdown

__all__ = ["model_card"]

_USE = (
    "For research: classifying microscope images of single blood cells, or of smears, that were taken, "
    "stained and cut out as the training images were. It gives a class and a probability for an image, not "
    "for a patient."
)
_NO_DEVICE = (
    "**This is not a medical device.** It was not tested for diagnosis, and must not decide on the treatment "
    "of anybody."
)
_LIMITS = (
    "Scores are of cross-validation on the data above. Other laboratories, stains, microscopes and patients "
    "give other scores; measure them with `leukfeat evaluate` before you rely on any.",
    "An image unlike the training images gets a class all the same. Look at `in_domain`, the distance to the "
    "training images and the flags of quality.",
    "Probabilities are calibrated for the shares of classes in the training data.",
)


def model_card(facts: Mapping[str, Any]) -> str:
    """Write the card of a model as Markdown.

    Parameters
    ----------
    facts : mapping
        What the JSON file beside the model says; see `leukfeat.scoring.read_facts`.

    Returns
    -------
    str
        Intended use, classes, data, scores, scores by subject, limits, notes and how it was made. Texts of
        the model stand as they are: nothing in them is obeyed.
    """
    sections = {
        "Intended use": [_USE, _NO_DEVICE],
        "What it answers": list(_answers(facts)),
        "Data": list(_data(facts)),
        "Scores": list(_scores(facts)),
        "Scores by subject": list(_by_subject(facts)),
        "Limits": [_list(_LIMITS)],
        "Notes of the comparison": [_list([plain_markdown(note) for note in facts["notes"]]) or "None."],
        "How it was made": list(_origin(facts)),
    }
    parts = [
        f"# {plain_markdown(facts['name'])}",
        f"Model {code_span(facts['id'])}, made on {plain_markdown(facts['created'])}.",
    ]
    for title, paragraphs in sections.items():
        parts += [f"## {title}", *paragraphs]
    return "\n\n".join(parts) + "\n"


def _answers(facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"Classes: {', '.join(map(plain_markdown, facts['classes']))}."
    if facts["positive"] is not None:
        yield f"Positive class: {plain_markdown(facts['positive'])}."
    if facts["calibrated"]:
        yield "Probabilities are calibrated on held-out images. The class is the model's own answer."
    if facts["threshold"] is not None:
        chosen = facts["threshold"]
        how = plain_markdown(chosen["how"])
        yield f"Decision threshold: a probability of {_number(chosen['value'])}. {how}"
    if facts["domain"] is not None:
        domain = facts["domain"]
        limit, share = _number(domain["threshold"], 1), f"{100 * domain['quantile']:.0f} %"
        yield (
            f"An image is out of domain beyond a Mahalanobis distance of {limit}, within which {share} of "
            f"{domain['n_held_out']} held-out training images lie."
        )
    if facts["quality"]:
        yield _table(
            ("quality", "least", "most"),
            [
                (plain_markdown(name), f"{low:.4g}", f"{high:.4g}")
                for name, (low, high) in facts["quality"].items()
            ],
        )


def _data(facts: Mapping[str, Any]) -> Iterator[str]:
    training = facts["training"]
    if not training:
        yield "Nothing was written down of the data."
        return
    yield f"Fitted on {training['images']} images (hash of files and labels {code_span(training['hash'])})."
    yield _table(
        ("class", "images"), [(plain_markdown(name), str(n)) for name, n in training["labels"].items()]
    )
    subjects = training["subjects"]
    yield "Subjects are not known." if subjects is None else f"Subjects: {subjects['number']}."
    if training["split_off"]:
        yield f"A test split of {training['split_off']} images was left out."


def _scores(facts: Mapping[str, Any]) -> Iterator[str]:
    if not facts["scores"]:
        yield "No scores were written down."
        return
    if facts["leaks"]:
        yield "**Images of one subject are on both sides: these scores are too high.**"
    protocol = code_span(facts["protocol"])
    yield f"Cross-validated, images split by the protocol {protocol}; intervals at 95 %."
    rows = [(plain_markdown(row["title"]), _number(row["value"]), _interval(row)) for row in facts["scores"]]
    yield _table(("score", "value", "interval"), rows)


def _by_subject(facts: Mapping[str, Any]) -> Iterator[str]:
    spread = facts["by_subject"]
    if spread is None:
        yield "Not known: the data do not say which images are of one subject."
        return
    yield f"Share of images with the right class, in each of {spread['number']} subjects:"
    named = {
        "worst subject": "lowest",
        "a tenth of subjects below": "tenth",
        "median": "median",
        "mean": "mean",
    }
    yield _table(("subjects", "accuracy"), [(title, _number(spread[key])) for title, key in named.items()])


def _origin(facts: Mapping[str, Any]) -> Iterator[str]:
    features = facts["features"]
    estimator, scene, digest = map(
        code_span, (facts["estimator"]["class"], features["scene"], features["hash"])
    )
    yield (
        f"Estimator: {estimator}. Features: {features['columns']} columns, scene {scene}, frame of "
        f"{features['size']} pixels, hash {digest}."
    )
    for name, sha256 in facts["weights"].items():
        yield f"Weights: {plain_markdown(name)}, SHA-256 {code_span(sha256)}."
    yield _table(
        ("with", "version"), [tuple(map(plain_markdown, pair)) for pair in facts["versions"].items()]
    )
    yield _table(
        ("file", "SHA-256"),
        [
            (plain_markdown(f"{facts['name']}.{name}"), code_span(told["sha256"]))
            for name, told in facts["files"].items()
        ],
    )


def _list(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _interval(row: Mapping[str, Any]) -> str:
    low, high = row["low"], row["high"]
    return "–" if low is None or high is None else f"{_number(low)} to {_number(high)}"


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _table(header: tuple[str, ...], rows: Sequence[Sequence[str]]) -> str:
    ruled: list[Sequence[str]] = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)
