"""Every column computed a second time, by other libraries or by a plain statement of its definition."""

from tests.oracles.background import ORACLES as BACKGROUND
from tests.oracles.chromatin import ORACLES as CHROMATIN
from tests.oracles.color import ORACLES as COLOR
from tests.oracles.contour import ORACLES as CONTOUR
from tests.oracles.firstorder import ORACLES as FIRSTORDER
from tests.oracles.fractal import ORACLES as FRACTAL
from tests.oracles.glcm import ORACLES as GLCM
from tests.oracles.lbp import ORACLES as LBP
from tests.oracles.nc import ORACLES as NC
from tests.oracles.oracle import FamilyOracles, Oracle
from tests.oracles.pixels import ORACLES as PIXELS
from tests.oracles.population import ORACLES as POPULATION
from tests.oracles.shape import ORACLES as SHAPE
from tests.oracles.wavelet import ORACLES as WAVELET

__all__ = ["ORACLES", "FamilyOracles", "Oracle"]

ORACLES = {
    oracles.family.family: oracles
    for oracles in (
        SHAPE,
        NC,
        CONTOUR,
        FIRSTORDER,
        GLCM,
        LBP,
        WAVELET,
        CHROMATIN,
        FRACTAL,
        COLOR,
        POPULATION,
        BACKGROUND,
        PIXELS,
    )
}
