"""The page of figures."""

from typing import Any

from sweeps.plan import PEERS, TOGETHER

Result = dict[str, Any]

CONDITIONS = """Stock parameters on both sides: SVC, XGBClassifier, LinearDiscriminantAnalysis,
RidgeClassifier and RidgeClassifierCV (leave-one-out) as their classes come. All sides may use all {cores}
cores: lazypredict as shipped and cross_validate with n_jobs=None fit one model after the other and leave
cores to BLAS and to XGBoost's own threads; leukfeat has {jobs} workers of one thread each. Synthetic float32
tables of correlated columns, one of them constant, one cell in 500 missing; lazypredict, which would fill in
means, is given the medians that leukfeat and the pipelines find themselves. Every line is a process of its
own. Time runs from after the imports, those of the server that forks leukfeat's processes too, to the last
prediction; leukfeat's includes a new process for every task. Memory is the largest sum of the proportional
set sizes of all its processes."""

NAMES = {"wall_s": "wall time", "cpu_s": "processor time", "peak_mb": "peak memory"}


def render(result: Result) -> str:
    """Return the page."""
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    parts = [
        "# Speed of a sweep",
        f"Written by `python benchmarks/sweep.py`. Machine: {machine['processor']}, {machine['cores']} "
        f"cores; Python {machine['python']}, {versions}.",
        CONDITIONS.format(cores=machine["cores"], jobs=result["jobs"]),
    ]
    if result["targets"]:
        parts += ["## Targets", target_table(result)]
    for table, size in result["sizes"].items():
        measured = {pair["peer"] for pair in result["pairs"] if pair["table"] == table}
        for peer, n_folds in PEERS.items():
            if peer not in measured:
                continue
            folds = "one split" if n_folds == 1 else f"{n_folds} folds"
            parts += [
                f"## {size[0]:,} × {size[1]:,} against {peer}, {folds}",
                pair_table(result, table, peer),
            ]
    return "\n\n".join(parts) + "\n"


def target_table(result: Result) -> str:
    words = {True: "met", False: "**missed**", None: "not measured"}
    rows = [
        [
            f"{t['table']}, {t['models']}: {NAMES.get(t['figure'], t['figure'])}, × {t['peer']}",
            f"at most {t['bound']:g}",
            "–" if t["reached"] is None else f"{t['reached']:.3g}",
            words[t["met"]],
        ]
        for t in result["targets"]
    ]
    return markdown(["target", "bound", "reached", ""], rows)


def pair_table(result: Result, table: str, peer: str) -> str:
    """Return a row for all models together and for each alone: theirs, ours and the ratio."""
    pairs = [pair for pair in result["pairs"] if (pair["table"], pair["peer"]) == (table, peer)]
    header = [
        "models",
        f"{peer}: wall s",
        "leukfeat",
        "×",
        f"{peer}: CPU s",
        "leukfeat",
        "×",
        f"{peer}: MB",
        "leukfeat",
        "×",
        "predicted otherwise",
        "largest difference of a score",
    ]
    return markdown(header, [pair_row(pair, table) for pair in pairs])


def pair_row(pair: dict[str, Any], table: str) -> list[str]:
    figures = []
    for name in NAMES:
        digits = 0 if name == "peak_mb" else 2
        figures += [f"{pair[side][name]:.{digits}f}" for side in ("theirs", "ours")]
        figures.append(f"{pair['ratio'][name]:.2f}")
    label = f"**{pair['models']}**" if pair["models"] == TOGETHER[table] else pair["models"]
    otherwise = sum(pair["predicted_otherwise"].values())
    return [label, *figures, str(otherwise), f"{max(pair['largest_difference'].values()):.2g}"]


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """Return a markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
