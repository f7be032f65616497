"""LightGBM's own way for single rows, which its Python package does not show: prepared once, then one call a row.

The only place that speaks to the C library. Its buffers are made and owned here, their sizes are asked of the model
itself, and a row of another length is refused before it gets near them. The bits are those of `Booster.predict`, which
walks the same trees in the same order; the laws of the families prove it.
"""

import ctypes
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# c_api.h of LightGBM 4: C_API_PREDICT_NORMAL, C_API_DTYPE_FLOAT64, every iteration.
_NORMAL, _FLOAT64, _FIRST, _ALL = 0, 1, 0, -1
_SETTINGS = b"num_threads=1 verbosity=-1"


class TreesByRow:
    """A booster prepared for rows of `columns` float64 values; not to be shared between threads.

    Parameters
    ----------
    booster
        A `lightgbm.Booster`; it lives as long as this does.

    Raises
    ------
    ValueError
        If the library refuses, or a row has another length.
    """

    def __init__(self, booster: Any) -> None:
        from lightgbm import basic

        # the library that the package has loaded has no public name
        self._library, self._booster = basic._LIB, booster  # type: ignore[attr-defined]  # noqa: SLF001
        self._columns = int(booster.num_feature())
        self._outputs = int(booster.num_model_per_iteration())
        self._row = np.zeros(self._columns)
        self._found = np.zeros(self._outputs)
        self._written = ctypes.c_int64(0)
        self._prepared = ctypes.c_void_p()
        self._require(
            self._library.LGBM_BoosterPredictForMatSingleRowFastInit(
                booster._handle,  # noqa: SLF001 - as above
                ctypes.c_int(_NORMAL),
                ctypes.c_int(_FIRST),
                ctypes.c_int(_ALL),
                ctypes.c_int(_FLOAT64),
                ctypes.c_int32(self._columns),
                ctypes.c_char_p(_SETTINGS),
                ctypes.byref(self._prepared),
            )
        )
        weakref.finalize(self, self._library.LGBM_FastConfigFree, self._prepared)
        self._call = self._library.LGBM_BoosterPredictForMatSingleRowFast
        self._arguments = (
            self._prepared,
            ctypes.c_void_p(self._row.ctypes.data),
            ctypes.byref(self._written),
            ctypes.c_void_p(self._found.ctypes.data),
        )

    def __call__(self, x: Floats) -> Floats:
        """What the trees say of one row [F]: a number a class, or one. [C]."""
        if x.shape != (self._columns,):
            raise ValueError(f"a row of shape {x.shape}, the trees read {self._columns} values")
        self._row[:] = x
        self._require(self._call(*self._arguments))
        if self._written.value != self._outputs:
            raise ValueError(f"LightGBM wrote {self._written.value} values for {self._outputs}")
        return self._found.copy()

    def _require(self, code: int) -> None:
        if code:
            said = self._library.LGBM_GetLastError
            said.restype = ctypes.c_char_p
            raise ValueError(f"LightGBM refuses: {said().decode(errors='replace')}")
