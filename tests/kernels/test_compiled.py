"""Compiled kernels: what is kept on disk is used only as long as no kernel has changed."""

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import leukfeat.kernels
from leukfeat.kernels.compiled import _digest_of_kernels

FOLDER = Path(leukfeat.kernels.__file__).parent
MODULES = [module.name for module in pkgutil.iter_modules([str(FOLDER)])]


@pytest.mark.parametrize("name", MODULES)
def test_every_kernel_is_compiled_in_the_one_way(name):
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert bool(re.search(r"\bnjit\b", source)) == (name == "compiled")
    module = importlib.import_module(f"leukfeat.kernels.{name}")
    for item in vars(module).values():
        if isinstance(item, Dispatcher):
            assert item._cache._cache_file._source_stamp == _digest_of_kernels()
            assert item.targetoptions["nogil"]
            assert not item.targetoptions.get("fastmath")


CALLER = """
from kernels.compiled import kernel
from kernels.called import called

@kernel
def caller(x):
    return called(x)
"""
CALLED = """
from kernels.compiled import kernel

@kernel
def called(x):
    return x + {}
"""


def test_a_kernel_is_compiled_anew_when_one_that_it_calls_has_changed(tmp_path):
    folder = tmp_path / "kernels"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "compiled.py").write_text((FOLDER / "compiled.py").read_text(encoding="utf-8"))
    (folder / "caller.py").write_text(CALLER)
    program = """
from kernels.caller import caller
from kernels.compiled import is_kept
print(is_kept(caller), caller(5), is_kept(caller))
"""
    for added, kept in ((1, False), (20, False), (20, True)):
        (folder / "called.py").write_text(CALLED.format(added))
        command = [sys.executable, "-c", program]
        run = subprocess.run(  # noqa: S603 - this Python, on our own text
            command, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert run.stdout.split() == [str(kept), str(5 + added), "True"]
    assert list(folder.glob("__pycache__/caller.caller*.nbc")), "nothing was kept on disk"


def test_without_a_folder_to_write_kernels_run_and_one_warning_says_so(tmp_path):
    """A read-only installation without a home: numba itself would refuse to import."""
    (tmp_path / "kernels").mkdir()
    for name, text in {
        "__init__": "",
        "compiled": (FOLDER / "compiled.py").read_text(encoding="utf-8"),
        "called": CALLED.format(7),
        "caller": CALLER,
    }.items():
        (tmp_path / "kernels" / f"{name}.py").write_text(text)
    program = """
import numba.core.caching as caching
caching.CacheImpl._locator_classes = []
from kernels.caller import caller
from kernels.compiled import is_kept
print(is_kept(caller), caller(5))
"""
    run = subprocess.run(  # noqa: S603 - this Python, on our own text
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True", "12"]
    assert run.stderr.count("NUMBA_CACHE_DIR") == 1
