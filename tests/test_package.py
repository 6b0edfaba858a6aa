import dataclasses
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import leukfeat

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(leukfeat.__path__, "leukfeat.")
    if not module.name.endswith("__main__")
)
HEAVY = (
    "sklearn",
    "xgboost",
    "lazypredict",
    "matplotlib",
    "pandas",
    "numpy",
    "cv2",
    "numba",
    "scipy",
    "skimage",
)
# In prose: `name : type, default=value`, or `name : type, optional` with words.
DOCUMENTED = re.compile(r"^\*{0,2}(\w+) : ([^\n]+)$", re.MULTILINE)
SECTION = re.compile(r"Parameters\n-+\n(.*?)(?=\n\w[\w ]*\n-{3,}\n|\Z)", re.DOTALL)


def in_subprocess(code):
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def public_objects(name):
    """Return the public classes, functions and methods that a module defines, by qualified name."""
    module = importlib.import_module(name)
    found = {key: getattr(module, key) for key in getattr(module, "__all__", ())}
    own = {
        key: value
        for key, value in found.items()
        if (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ == name
    }
    methods = {
        f"{key}.{child}": method
        for key, value in own.items()
        if inspect.isclass(value)
        for child, method in vars(value).items()
        if inspect.isfunction(method) and not child.startswith("_")
    }
    return own | methods


@pytest.mark.parametrize("name", leukfeat.__all__)
def test_public_names_can_be_imported(name):
    assert getattr(leukfeat, name) is not None
    assert name in dir(leukfeat)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'leukfeat' has no attribute 'nonsense'"):
        _ = leukfeat.nonsense


def test_import_costs_nothing():
    code = f"import sys, leukfeat; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert in_subprocess(code) == "[]"


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("leukfeat.cli", ("sklearn", "xgboost", "lazypredict", "matplotlib", "cv2", "numba")),
        ("leukfeat.comparison", ("xgboost", "lazypredict", "matplotlib", "onnxruntime", "keras", "dask")),
    ],
)
def test_heavy_libraries_wait_until_they_are_needed(module, absent):
    code = f"import sys, {module}; print([name for name in {absent!r} if name in sys.modules])"
    assert in_subprocess(code) == "[]"


@pytest.mark.parametrize("name", MODULES)
def test_all_is_explicit_sorted_out_and_resolves(name):
    module = importlib.import_module(name)
    if module.__file__.endswith("__init__.py") and not hasattr(module, "__all__"):
        public = [key for key in vars(module) if not key.startswith("_")]
        children = {child.rpartition(".")[2] for child in MODULES if child.rpartition(".")[0] == name}
        assert set(public) <= children, f"{name} needs __all__"
        return
    assert len(set(module.__all__)) == len(module.__all__)
    for key in module.__all__:
        assert hasattr(module, key), f"{name}.__all__ names {key!r}"


def documented_types(documented):
    """Return what stands behind the colon of each documented parameter."""
    section = SECTION.search(inspect.getdoc(documented) or "")
    return dict(DOCUMENTED.findall(section.group(1))) if section else {}


def stated_defaults(documented):
    """Return the default that prose gives to each parameter that has one, as it stands there."""
    parts = {name: kind.partition("default=") for name, kind in documented_types(documented).items()}
    return {name: stated.strip() for name, (_, found, stated) in parts.items() if found}


def actual_defaults(documented):
    """Return the parameters of a signature with a default; a factory's is what it makes."""
    if (
        inspect.isclass(documented)
        and issubclass(documented, Exception)
        and "__init__" not in vars(documented)
    ):
        return {}
    parameters = inspect.signature(documented).parameters.values()
    defaults = {item.name: item.default for item in parameters if item.default is not item.empty}
    if dataclasses.is_dataclass(documented):
        for field in dataclasses.fields(documented):
            if field.default_factory is not dataclasses.MISSING:
                defaults[field.name] = field.default_factory()
    return defaults


@pytest.mark.parametrize("module", MODULES)
def test_defaults_in_prose_equal_the_signature(module):
    names = vars(importlib.import_module(module))
    for name, documented in public_objects(module).items():
        actual = actual_defaults(documented)
        for parameter, stated in stated_defaults(documented).items():
            assert parameter in actual, f"{name} has no default for {parameter}; prose says {stated}"
            assert eval(stated, dict(names)) == actual[parameter], f"{name}: {parameter}"  # noqa: S307


@pytest.mark.parametrize("module", MODULES)
def test_parameters_with_a_default_say_so(module):
    for name, documented in public_objects(module).items():
        kinds = documented_types(documented)
        for parameter in kinds.keys() & actual_defaults(documented).keys():
            kind = kinds[parameter]
            assert "default=" in kind or kind.endswith("optional"), f"{name}: {parameter}"


@pytest.mark.parametrize("module", MODULES)
def test_every_public_object_is_documented(module):
    assert importlib.import_module(module).__doc__
    for name, documented in public_objects(module).items():
        assert inspect.getdoc(documented), name


def test_the_walk_finds_what_there_is():
    found = public_objects("leukfeat.comparison.run") | public_objects("leukfeat.comparison.settings")
    assert {"compare", "Settings"} <= set(found)
    assert "CellClassifier.predict" in public_objects("leukfeat.sweep.classifier")
    stated = stated_defaults(found["Settings"])
    assert (stated["n_folds"], stated["scene"], stated["labels"]) == ("5", '"auto"', "None")
    assert actual_defaults(found["compare"])["jobs"] is None
