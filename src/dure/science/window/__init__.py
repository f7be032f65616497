"""Window: what a signal did lately, reckoned by one kernel that all rooms share.

Statistics of the window that ends at each row, bit-equal in batch, in chunks and row by row. Formulas, preparation
steps and detectors look back through this room and nothing else.
"""

from dure.science.window.moments import STATISTICS, window_matrix, window_statistics

__all__ = ["STATISTICS", "window_matrix", "window_statistics"]
