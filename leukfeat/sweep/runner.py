"""Every candidate in every fold: who carries out the plan of a sweep."""

import tempfile
from collections import Counter
from collections.abc import Generator, Hashable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree

import joblib
from sklearn.pipeline import Pipeline

from leukfeat._isolation import Limits, Outcome, Task, run_tasks
from leukfeat._task_process import describe_error
from leukfeat.evaluation import Fold, InnerSplits
from leukfeat.sweep.candidates import Candidate
from leukfeat.sweep.data import SweepData, share
from leukfeat.sweep.fitting import Keep, keep_model
from leukfeat.sweep.fold_result import FoldResult
from leukfeat.sweep.plan import Fit, list_fits, modules_of, plan_tasks
from leukfeat.sweep.store import TaskStore
from leukfeat.sweep.task_key import task_key
from leukfeat.sweep.tuning import Positions, Tuning
from leukfeat.sweep.underway import Count, Progress, Watch

__all__ = [
    "GO_ON",
    "INTERRUPTED",
    "Interrupted",
    "Refit",
    "Runner",
    "fit_folds",
    "refit",
]

GO_ON = "Run the same command again: finished tasks are kept."
INTERRUPTED = "interrupted"
_OF_THE_MACHINE = ("SIGKILL", "SIGTERM", "SIGBUS", "OSError", "No space left")  # in a reason


@dataclass(frozen=True)
class Refit:
    """A candidate fitted on all rows.

    Attributes
    ----------
    model : str
        The candidate's name.
    pipeline : sklearn.pipeline.Pipeline or None
        From feature table to class; None when it failed.
    reason : str
        Why it failed; empty when it did not.
    """

    model: str
    pipeline: Pipeline | None
    reason: str = ""


class Interrupted(KeyboardInterrupt):
    """A sweep that was interrupted, with what it has done.

    Parameters
    ----------
    results : list of FoldResult
        As `Runner.fit_folds` returns them; what was not done has the reason `INTERRUPTED`.
    are_kept : bool
        Whether a later run finds them.
    """

    def __init__(self, results: list[FoldResult], *, are_kept: bool) -> None:
        super().__init__(f"Interrupted. {GO_ON}" if are_kept else "Interrupted.")
        self.results = results


@dataclass
class Runner:
    """Carries out sweeps: how many tasks at once, under what limits, and where finished ones are kept.

    Parameters
    ----------
    jobs : int, default=1
        Tasks at once, each in a process of its own on one thread; where a sweep has fewer fits than that,
        models that use OpenMP share the cores that are left.
    limits : Limits, default=Limits()
        What a task may take; one that takes more is killed and keeps that as its reason.
    store : TaskStore, default=None
        Where finished tasks are looked up and kept; None does neither.

    Attributes
    ----------
    n_fitted, n_found : int
        Fits so far that were made, and that were found in the store.
    """

    jobs: int = 1
    limits: Limits = field(default_factory=Limits)
    store: TaskStore | None = None
    n_fitted: int = field(default=0, init=False)
    n_found: int = field(default=0, init=False)

    def fit_folds(
        self,
        data: SweepData,
        candidates: Sequence[Candidate],
        folds: Sequence[Fold],
        inner: Sequence[InnerSplits | None] | None = None,
        tuning: Sequence[Tuning] | None = None,
        *,
        progress: Progress | None = None,
        watch: Watch | None = None,
    ) -> list[FoldResult]:
        """Fit every candidate in every fold and predict the images that are tested there.

        Parameters
        ----------
        data : SweepData
            Features and labels.
        candidates : sequence of Candidate
            What to fit; one that fails, however it does, keeps its reason and stops no other.
        folds : sequence of Fold
            Rows to train and to test on.
        inner : sequence of InnerSplits or None, default=None
            For each fold how its training side is divided to calibrate probabilities and to choose cut-offs;
            None does neither.
        tuning : sequence of Tuning, default=None
            For each fold how models that choose a parameter divide their rows; None leaves it to them.
        progress : callable, default=None
            Called with the number of fits done and their total.
        watch : callable, default=None
            Called often with what runs.

        Returns
        -------
        list of FoldResult
            By candidate, then by fold.

        Raises
        ------
        Interrupted
            On Ctrl-C; it holds what has been done.
        """
        fits = list_fits(candidates, folds, inner, tuning)
        keys = [self._key(data, fit) for fit in fits]
        results = [self._found(key, fit) for key, fit in zip(keys, fits, strict=True)]
        count = Count(len(fits), progress, watch)
        count.add([result for result in results if result is not None])
        missing = [index for index, result in enumerate(results) if result is None]
        try:
            for index, outcome in self._run(data, fits, missing, count):
                result = _result(fits[index], outcome)
                self._keep(keys[index], result, outcome)
                results[index] = result
                count.add([result])
        except KeyboardInterrupt:
            so_far = [result or fit.failed(INTERRUPTED) for result, fit in zip(results, fits, strict=True)]
            raise Interrupted(so_far, are_kept=self.store is not None) from None
        return [result for result in results if result is not None]

    def refit(
        self,
        data: SweepData,
        candidates: Sequence[Candidate],
        cv: Positions | None = None,
        *,
        progress: Progress | None = None,
        watch: Watch | None = None,
    ) -> Generator[Refit]:
        """Fit candidates on all rows, to be kept.

        Parameters
        ----------
        data : SweepData
            Features and labels.
        candidates : sequence of Candidate
            What to fit.
        cv : list of (array of intp, array of intp), default=None
            How models that choose a parameter divide the rows; None leaves it to them.
        progress : callable, default=None
            Called with the number of models done and their total.
        watch : callable, default=None
            Called often with what runs.

        Yields
        ------
        Refit
            In the order of `candidates`.
        """
        if not candidates:
            return
        count = Count(len(candidates), progress, watch)
        with self._workplace() as folder:
            shared = share(data, folder)
            tasks = [
                Task(place, keep_model, Keep(shared, item, cv, folder / f"{place}.joblib"), label=item.name)
                for place, item in enumerate(candidates)
            ]
            ended: dict[Hashable, Outcome] = {}
            waited_for = 0
            with closing(self._run_tasks(tasks, len(tasks), modules_of(candidates), count)) as running:
                for task, outcome in running:
                    ended[task.name] = outcome
                    count.add_one(failed=bool(outcome.reason))
                    while waited_for in ended:
                        yield _kept(candidates[waited_for], ended.pop(waited_for))
                        waited_for += 1

    def _run(
        self, data: SweepData, fits: Sequence[Fit], missing: Sequence[int], count: Count
    ) -> Iterator[tuple[int, Outcome]]:
        """Fit what is missing; a fold is prepared before its models, and removed behind the last of them."""
        if not missing:
            return
        with self._workplace() as folder:
            shared = share(data, folder)
            tasks = list(plan_tasks(shared, fits, missing, folder))
            modules = modules_of([fits[index].candidate for index in missing])
            waiting = Counter(name for task in tasks for name in task.after)
            with closing(self._run_tasks(tasks, len(fits), modules, count)) as running:
                for task, outcome in running:
                    if isinstance(task.name, int):
                        self.n_fitted += 1
                        yield task.name, outcome
                    for name in task.after:
                        waiting[name] -= 1
                        if not waiting[name]:
                            rmtree(folder / str(name), ignore_errors=True)

    def _run_tasks(
        self, tasks: Sequence[Task], n_fits: int, modules: tuple[str, ...], count: Count
    ) -> Generator[tuple[Task, Outcome]]:
        """Run tasks, of a plan that has so many fits whether they are found finished or not."""
        return run_tasks(
            tasks,
            jobs=self.jobs,
            limits=self.limits,
            threads=max(1, self.jobs // n_fits),
            preload=modules,
            watch=count.report_running,
        )

    def _key(self, data: SweepData, fit: Fit) -> str:
        if self.store is None:
            return ""
        return task_key(data, fit.candidate, fit.fold, fit.inner, fit.tuning)

    def _found(self, key: str, fit: Fit) -> FoldResult | None:
        found = None if self.store is None else self.store.read(key, self.limits)
        if found is None:
            return None
        self.n_found += 1
        return replace(found, model=fit.candidate.name, repeat=fit.fold.repeat, fold=fit.fold.fold)

    def _keep(self, key: str, result: FoldResult, outcome: Outcome) -> None:
        """Keep what came out; not what the machine did to it, which need not happen again."""
        never_ran = bool(outcome.reason) and outcome.seconds == 0  # what it needed was not made
        if self.store is None or never_ran or any(word in result.reason for word in _OF_THE_MACHINE):
            return
        self.store.write(key, result, outcome.cause, self.limits)

    @contextmanager
    def _workplace(self) -> Iterator[Path]:
        if self.store is not None:
            with self.store.workplace() as folder:
                yield folder
            return
        with tempfile.TemporaryDirectory(prefix="leukfeat-", ignore_cleanup_errors=True) as name:
            yield Path(name)


def fit_folds(
    data: SweepData,
    candidates: Sequence[Candidate],
    folds: Sequence[Fold],
    inner: Sequence[InnerSplits | None] | None = None,
    tuning: Sequence[Tuning] | None = None,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[FoldResult]:
    """Fit every candidate in every fold under the default limits, nothing kept on disk.

    Parameters
    ----------
    data, candidates, folds, inner, tuning, progress
        As `Runner.fit_folds` takes them.
    jobs : int, default=1
        Tasks at once.

    Returns
    -------
    list of FoldResult
        By candidate, then by fold.
    """
    return Runner(jobs).fit_folds(data, candidates, folds, inner, tuning, progress=progress)


def refit(
    data: SweepData,
    candidates: Sequence[Candidate],
    cv: Positions | None = None,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Refit]:
    """Fit candidates on all rows under the default limits, to be kept.

    Parameters
    ----------
    data, candidates, cv, progress
        As `Runner.refit` takes them.
    jobs : int, default=1
        Tasks at once.

    Returns
    -------
    list of Refit
        In the order of `candidates`.
    """
    return list(Runner(jobs).refit(data, candidates, cv, progress=progress))


def _result(fit: Fit, outcome: Outcome) -> FoldResult:
    if outcome.reason:
        return replace(fit.failed(outcome.reason), peak_bytes=outcome.peak_bytes)
    result: FoldResult = outcome.value
    return replace(result, peak_bytes=outcome.peak_bytes)


def _kept(candidate: Candidate, outcome: Outcome) -> Refit:
    if outcome.reason:
        return Refit(candidate.name, None, outcome.reason)
    path: Path = outcome.value
    try:
        pipeline = joblib.load(path)  # written by our own process, which has read it, too
    except Exception as error:
        return Refit(candidate.name, None, f"cannot be read again: {describe_error(error)}")
    path.unlink()
    return Refit(candidate.name, pipeline)
