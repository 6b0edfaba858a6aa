"""What the JSON file beside a model must hold: a digest that fits is made by anybody."""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["wrong_entry"]

Check = Callable[[Any], bool]
_LARGEST_COUNT = 1 << 63
_LARGEST_NUMBER = 1e300  # compared with integers of any length, and no NaN is below it


def _is(kind: type) -> Check:
    return lambda value: isinstance(value, kind)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_COUNT


def _is_number(value: Any) -> bool:
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    return known and -_LARGEST_NUMBER < value < _LARGEST_NUMBER


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _named(check: Check) -> Check:
    """Return a check of a mapping: every name says something, every value passes."""
    return lambda value: isinstance(value, dict) and all(name and check(item) for name, item in value.items())


def _with(**checks: Check) -> Check:
    """Return a check of a mapping that has these entries, and may have others."""
    return lambda value: isinstance(value, dict) and _first_wrong(value, checks) is None


_TEXT, _FLAG, _MAPPING, _LIST = _is(str), _is(bool), _is(dict), _is(list)
_SCORE = _or_none(_is_number)  # JSON has no NaN
_TRAINING = _with(
    images=_is_count,
    hash=_TEXT,
    labels=_named(_is_count),
    subjects=_or_none(_with(number=_is_count)),
    split_off=_is_count,
)
_SPREAD = _with(number=_is_count, lowest=_SCORE, tenth=_SCORE, median=_SCORE, mean=_SCORE)
_ENTRIES: Mapping[str, Check] = {
    "by_subject": _or_none(_SPREAD),
    "calibrated": _FLAG,
    "classes": _list_of(_TEXT),
    "created": _TEXT,
    "domain": _or_none(_with(threshold=_SCORE, quantile=_is_number, n_held_out=_is_count)),
    "estimator": _with(**{"class": _TEXT}),
    "features": _MAPPING,
    "files": _named(_with(sha256=_TEXT, bytes=_is_count)),
    "id": _TEXT,
    "leaks": _FLAG,
    "name": _TEXT,
    "notes": _list_of(_TEXT),
    "positive": _or_none(_TEXT),
    "protocol": _TEXT,
    "quality": _or_none(_named(_is_range)),
    "scores": _list_of(_with(title=_TEXT, value=_SCORE, low=_SCORE, high=_SCORE)),
    "threshold": _or_none(_with(value=_SCORE, how=_TEXT)),
    "training": lambda value: value == {} or _TRAINING(value),
    "versions": _named(_TEXT),
    "weights": _named(_TEXT),
}
_FEATURES: Mapping[str, Check] = {
    "columns": _is_count,
    "families": _LIST,
    "hash": _TEXT,
    "scene": _TEXT,
    "size": _is_count,
    "version": _TEXT,
}


def wrong_entry(facts: Mapping[str, Any]) -> str | None:
    """Name the first entry that no version of ours has written.

    Parameters
    ----------
    facts : mapping
        What is known of a model.

    Returns
    -------
    str or None
        Its name where it is missing, or is, or holds, something of another type; None where all is well.
    """
    return _first_wrong(facts, _ENTRIES) or _first_wrong(facts["features"], _FEATURES)


def _first_wrong(facts: Mapping[str, Any], checks: Mapping[str, Check]) -> str | None:
    wrong = (name for name, check in checks.items() if name not in facts or not check(facts[name]))
    return next(wrong, None)
