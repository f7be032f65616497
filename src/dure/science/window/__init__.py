"""Window: what a signal did lately, reckoned by one kernel that all rooms share.

Statistics and features of the window that ends at each row, bit-equal in batch, in chunks and row by row. Formulas,
preparation steps and detectors look back through this room and nothing else.
"""

from dure.science.window.by_row import WindowByRow
from dure.science.window.features import FEATURES, USUAL_FEATURES, features, rolling_features
from dure.science.window.moments import STATISTICS, window_matrix, window_statistics
from dure.science.window.spans import span_starts, span_statistics, span_sums, window_sums

__all__ = [
    "FEATURES",
    "STATISTICS",
    "USUAL_FEATURES",
    "WindowByRow",
    "features",
    "rolling_features",
    "span_starts",
    "span_statistics",
    "span_sums",
    "window_matrix",
    "window_statistics",
    "window_sums",
]
