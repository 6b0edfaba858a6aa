"""Which types a model in a skops file may hold: fixed, whatever the file asks for."""

__all__ = ["TRUSTED"]

_FEATURES = (
    "background.BackgroundFeatures",
    "cells.CellFeatures",
    "chromatin.ChromatinFeatures",
    "cnn.FrozenCNN",
    "color.ColorFeatures",
    "contour.ContourFeatures",
    "firstorder.FirstOrderFeatures",
    "fractal.FractalFeatures",
    "glcm.GLCMFeatures",
    "images.ImageFeatures",
    "lbp.LBPFeatures",
    "nc.NCFeatures",
    "pixels.PixelFeatures",
    "population.PopulationFeatures",
    "preprocessing.Preprocessing",
    "shape.ShapeFeatures",
    "wavelet.WaveletFeatures",
    "weights.Weights",
)

# Beside scikit-learn's estimators and NumPy's types, which skops trusts by itself. Each of these holds data
# and does nothing but compute when it is made; what is in trees is checked after loading.
TRUSTED: tuple[str, ...] = (
    *(f"leukfeat.features.{name}" for name in _FEATURES),
    "leukfeat.imaging.decode.Limits",
    "leukfeat.imaging.load.LoadCells",
    "leukfeat.scoring.domain.Domain",
    "leukfeat.sweep.calibration.Calibration",
    "leukfeat.sweep.classifier.CellClassifier",
    "leukfeat.sweep.reduction.ReduceColumns",
    "leukfeat.sweep.steps.as_float64",
    "numpy.dtype",
    "numpy.take",
    "pathlib.PosixPath",
    "pathlib.WindowsPath",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
)
