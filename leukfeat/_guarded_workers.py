"""Batches in worker processes that may die or hang: what was at fault is lost, and nothing else."""

import contextlib
import pickle
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import Any, Generic, TypeVar

from leukfeat._isolation import bare_main
from leukfeat._task_member import describe_death, end_group
from leukfeat._task_process import describe_error, end_with_parent, lead_own_group
from leukfeat._workers import NOT_STARTED, one_thread, start_worker, worker_context
from leukfeat.errors import LeukfeatError

__all__ = ["map_batches"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_AHEAD = 4  # batches under way per worker: enough to keep it busy, few enough to keep memory flat
_IN_HAND = 3  # pieces that a worker holds, the one it works on included
_MOST_FAILED_STARTS = 3
_SECONDS_BETWEEN_LOOKS = 0.25
_SECONDS_TO_DIE = 5.0


def map_batches(
    function: Callable[[Sequence[_Item]], Sequence[_Result]],
    batches: Iterable[Sequence[_Item]],
    *,
    jobs: int,
    lost: Callable[[_Item, str], _Result],
    limit: float,
    preload: tuple[str, ...] = (),
    in_process: bool = False,
) -> Iterator[Sequence[_Result]]:
    """Yield `function(batch)` for each batch, in order, each worker on one thread.

    Parameters
    ----------
    function : callable
        Returns a result for each item of a batch. Pickled once for each worker.
    batches : iterable of sequence
        Consumed as workers become free, so that memory does not grow with their number.
    jobs : int
        Number of processes.
    lost : callable
        Makes the result of an item that ended its process or hung; given the item and the reason.
    limit : float
        Seconds that an item which hangs may cost: half of them with its batch, half alone.
    preload : tuple of str, default=()
        Modules that the fork server imports once for all workers.
    in_process : bool, default=False
        Whether all is done in this process, where nothing is guarded.

    Yields
    ------
    sequence
        The results of a batch.

    Raises
    ------
    leukfeat.errors.LeukfeatError
        If workers cannot start.

    Notes
    -----
    When a worker dies or takes too long, the items of its batch are tried again one by one, each alone in a
    batch. Whatever ends a worker then is lost. However this generator ends, no process of it goes on.
    """
    if in_process:
        with one_thread():
            for batch in batches:
                yield function(batch)
        return
    crew: _Crew[_Item, _Result] = _Crew(
        pickle.dumps(function), jobs, lost, limit / 2, worker_context(preload)
    )
    try:
        yield from crew.run(iter(batches))
    finally:
        crew.stop()


@dataclass(eq=False)
class _Batch(Generic[_Result]):
    """Results that are still to come, or there."""

    values: list[_Result | None]
    n_missing: int

    def fill(self, start: int, values: Sequence[_Result]) -> None:
        self.values[start : start + len(values)] = values
        self.n_missing -= len(values)


@dataclass(eq=False)
class _Piece(Generic[_Item, _Result]):
    """A batch, or one item of it."""

    batch: _Batch[_Result]
    start: int
    items: Sequence[_Item]

    def single(self) -> list["_Piece[_Item, _Result]"]:
        return [_Piece(self.batch, self.start + place, [item]) for place, item in enumerate(self.items)]


@dataclass(eq=False)
class _Worker(Generic[_Item, _Result]):
    """A worker process as seen from outside, and what it holds."""

    process: Any
    pipe: Any
    pieces: deque[_Piece[_Item, _Result]] = field(default_factory=deque)
    ready: bool = False
    since: float = field(default_factory=time.monotonic)

    def give(self, piece: _Piece[_Item, _Result]) -> None:
        if not self.pieces:
            self.since = time.monotonic()
        self.pieces.append(piece)
        with contextlib.suppress(OSError):  # it has died; its end of the pipe will tell
            self.pipe.send(piece.items)

    def death(self) -> str:
        """Say how it died, of which the closed pipe has told."""
        self.process.join(_SECONDS_TO_DIE)
        return describe_death(self.process.exitcode)

    def end(self) -> None:
        """Kill it, if it lives."""
        end_group(self.process)
        self.pipe.close()


class _Crew(Generic[_Item, _Result]):
    """The workers, and the pieces that wait."""

    def __init__(
        self, payload: bytes, jobs: int, lost: Callable[[_Item, str], _Result], limit: float, context: Any
    ) -> None:
        self._payload, self._jobs, self._lost = payload, jobs, lost
        self._limit, self._context = limit, context
        self._workers: list[_Worker[_Item, _Result]] = []
        self._waiting: deque[_Piece[_Item, _Result]] = deque()
        self._n_failed_starts = 0

    def run(self, batches: Iterator[Sequence[_Item]]) -> Iterator[list[_Result]]:
        """Yield the results of each batch, in order."""
        under_way: deque[_Batch[_Result]] = deque()
        while True:
            while len(under_way) < self._jobs * _AHEAD and (items := next(batches, None)) is not None:
                under_way.append(_Batch([None] * len(items), len(items)))
                self._waiting.append(_Piece(under_way[-1], 0, items))
            if not under_way:
                return
            while under_way[0].n_missing:
                self._hand_out()
                self._look()
            self._hand_out()  # before the consumer takes its time
            yield under_way.popleft().values  # type: ignore[misc]

    def stop(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.end()
        self._workers = []

    def _hand_out(self) -> None:
        """Give the pieces that wait to those who hold least."""
        while self._waiting:
            worker = min(self._workers, key=lambda item: len(item.pieces), default=None)
            if worker is None or (worker.pieces and len(self._workers) < self._jobs):
                self._workers.append(worker := self._start())
            if len(worker.pieces) >= _IN_HAND:
                return
            worker.give(self._waiting.popleft())

    def _start(self) -> _Worker[_Item, _Result]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._payload))
        with contextlib.nullcontext() if b"__main__" in self._payload else bare_main():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _look(self) -> None:
        """Wait for what workers have to say; replace those that died or take too long."""
        busy = [worker for worker in self._workers if worker.pieces]
        said = connection.wait([worker.pipe for worker in busy], _SECONDS_BETWEEN_LOOKS)
        for worker in busy:
            if worker.pipe in said:
                self._receive(worker)
            elif worker.ready and time.monotonic() - worker.since > self._limit:
                self._bury(worker, f"no result within {self._limit:g} s")

    def _receive(self, worker: _Worker[_Item, _Result]) -> None:
        try:
            kind, value, trace = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        worker.since = time.monotonic()
        if kind == "ready":
            worker.ready, self._n_failed_starts = True, 0
        elif kind == "raised":
            raise value from _RemoteError(trace)
        else:
            piece = worker.pieces.popleft()
            piece.batch.fill(piece.start, value)

    def _bury(self, worker: _Worker[_Item, _Result], why: str = "") -> None:
        """Take back what a worker held; the piece that it worked on is tried item by item, or lost."""
        self._workers.remove(worker)
        reason = why or f"the process that measured it {worker.death()}"
        worker.end()
        if not worker.ready:
            self._n_failed_starts += 1
            if self._n_failed_starts == _MOST_FAILED_STARTS:
                raise LeukfeatError(NOT_STARTED)
            self._waiting.extendleft(reversed(worker.pieces))
            return
        first = worker.pieces.popleft()
        self._waiting.extendleft(reversed(worker.pieces))
        if len(first.items) > 1:
            self._waiting.extendleft(reversed(first.single()))
        else:
            first.batch.fill(first.start, [self._lost(first.items[0], reason)])


class _RemoteError(Exception):
    """What a worker was doing when it raised: shown as the cause of the error."""


def _serve(pipe: Any, payload: bytes) -> None:
    """Be a worker: answer what comes through the pipe until it closes."""
    lead_own_group()
    end_with_parent()
    start_worker()
    function = pickle.loads(payload)  # noqa: S301 - written by the process that started this one
    pipe.send(("ready", None, ""))
    while True:
        try:
            items = pipe.recv()
        except EOFError:
            return
        pipe.send(_answer(function, items))


def _answer(function: Callable[[Any], Any], items: Any) -> tuple[str, Any, str]:
    try:
        return "done", function(items), ""
    except Exception as error:
        trace = traceback.format_exc()
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        except Exception:
            return "raised", LeukfeatError(describe_error(error)), trace
        return "raised", error, trace
