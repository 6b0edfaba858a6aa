"""The quality gate: what lies inside, what outside, and what is not judged."""

import numpy as np
import pandas as pd
import pytest

from leukfeat.scoring import quality_flags, quality_limits
from leukfeat.scoring.quality import GATED


def frame(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "path": [f"{number}.png" for number in range(n)],
            "quality_focus": rng.lognormal(6, 0.3, n),
            "quality_exposure": rng.normal(110, 12, n),
            "image_width": 360,
            "image_height": 360,
        }
    )


def test_limits_are_a_quarter_beyond_the_quantiles():
    table = frame()
    limits = quality_limits(table)
    assert list(limits) == ["focus", "exposure", "width", "height"]
    low, high = np.quantile(table["quality_focus"], [0.001, 0.999])
    assert limits["focus"] == (pytest.approx(low / 1.25), pytest.approx(high * 1.25))
    assert limits["width"] == (288, 450)


def test_images_of_the_same_kind_are_hardly_ever_flagged():
    limits, others = quality_limits(frame()), frame(5000, seed=1)
    flagged = [
        quality_flags({"focus": row.quality_focus, "exposure": row.quality_exposure}, limits)
        for row in others.itertuples()
    ]
    assert sum(map(bool, flagged)) <= 5


def test_what_cannot_be_measured_is_not_judged_and_teaches_nothing():
    table = frame()
    table.loc[:100, "quality_focus"] = np.nan
    limits = quality_limits(table)
    assert np.isfinite(limits["focus"]).all()
    assert quality_flags({"focus": np.nan, "exposure": 110.0}, limits) == ()
    table["quality_focus"] = np.nan
    assert "focus" not in quality_limits(table)


def test_tables_of_earlier_versions_have_no_limits():
    assert quality_limits(pd.DataFrame({"path": ["a.png"]})) == {}
    assert quality_flags({"focus": 0.0}, {}) == ()


def test_flags_name_the_measure_and_the_side():
    limits = {"focus": (10.0, 20.0), "cells": (1.0, 3.0), "width": (90.0, 110.0)}
    assert quality_flags({"focus": 9.0, "cells": 0.0, "width": 100.0}, limits) == ("focus low", "cells low")
    assert quality_flags({"focus": 21.0, "cells": 4.0, "width": 111.0}, limits) == (
        "focus high",
        "cells high",
        "width high",
    )
    assert quality_flags({"focus": 10.0, "cells": 3.0, "width": 90.0}, limits) == ()


def test_a_table_that_extract_makes_has_all_measures(small_table):
    limits = quality_limits(small_table.frame)
    assert set(limits) == set(GATED)
    assert limits["cells"][0] < 1 < limits["cells"][1]
