"""Workers that may die or hang: what was at fault is lost, nothing else, and all of it in order."""

import os
import signal
import time

import pytest

from leukfeat._guarded_workers import map_batches
from leukfeat.errors import LeukfeatError


def lost(item, reason):
    return item, reason


def act(items):
    """Return each item and the process, or do what an item says."""
    for item in items:
        if item == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if item == "crash":
            os.abort()
        if item == "exit":
            os._exit(7)
        if item == "hang":
            time.sleep(60)
        if item == "raise":
            error = LookupError("not there")
            error.add_note("about an item")
            raise error
    return [(item, os.getpid()) for item in items]


def batches(items, size=3):
    return [items[start : start + size] for start in range(0, len(items), size)]


def run(items, size=3, **options):
    options = {"jobs": 2, "lost": lost, "limit": 30.0, **options}
    return [result for batch in map_batches(act, batches(items, size), **options) for result in batch]


def test_results_come_in_order_from_other_processes():
    items = list(range(50))
    found = run(items)
    assert [item for item, _ in found] == items
    assert os.getpid() not in {process for _, process in found}
    assert len({process for _, process in found}) <= 2


def test_in_process_there_is_one_process():
    found = run(list(range(7)), in_process=True)
    assert found == [(item, os.getpid()) for item in range(7)]


@pytest.mark.parametrize(
    ("item", "reason"),
    [("kill", "signal 9, SIGKILL"), ("crash", "signal 6, SIGABRT"), ("exit", "exit code 7")],
)
def test_what_ends_its_process_is_lost_alone(item, reason):
    items = [*range(10), item, *range(10, 20)]
    found = run(items)
    assert [name for name, _ in found] == items
    failed = {name: why for name, why in found if isinstance(why, str)}
    assert set(failed) == {item}
    assert reason in failed[item]


def test_what_hangs_is_lost_within_the_limit():
    items = [*range(4), "hang", *range(4, 8)]
    started = time.monotonic()
    found = run(items, limit=4.0)
    assert [name for name, _ in found] == items
    assert [why for _, why in found if isinstance(why, str)] == ["no result within 2 s"]
    assert time.monotonic() - started < 30


def test_many_at_once():
    items = ["kill", 1, "crash", 2, "exit", "kill", 3]
    found = run(items, size=7)
    assert [name for name, _ in found] == items
    assert [name for name, why in found if not isinstance(why, str)] == [1, 2, 3]


def test_an_error_keeps_its_type_and_note_and_says_where_it_was_raised():
    with pytest.raises(LookupError, match="not there") as caught:
        run([1, 2, "raise", 3])
    assert caught.value.__notes__ == ["about an item"]
    assert "in act" in str(caught.value.__cause__)


def test_no_process_goes_on_when_nobody_listens_any_more():
    results = map_batches(act, batches(list(range(100))), jobs=2, lost=lost, limit=30.0)
    (_, process), *_ = next(results)
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_slow_reader_costs_nobody_its_results():
    results = map_batches(act, batches(list(range(30))), jobs=2, lost=lost, limit=1.0)
    first = next(results)
    time.sleep(1.5)
    rest = [result for batch in results for result in batch]
    assert [item for item, _ in (*first, *rest)] == list(range(30))


def test_batches_are_taken_as_they_are_needed():
    taken = []

    def supply():
        for number in range(1000):
            taken.append(number)
            yield [number]

    results = map_batches(act, supply(), jobs=2, lost=lost, limit=30.0)
    for _ in range(5):
        next(results)
    assert len(taken) <= 5 + 2 * 4
    results.close()


def test_workers_that_cannot_start_are_an_error(monkeypatch):
    class Impossible:
        def __reduce__(self):
            return os._exit, (3,)

    with pytest.raises(LeukfeatError, match=r"worker process died"):
        list(map_batches(Impossible(), [[1]], jobs=1, lost=lost, limit=30.0))
