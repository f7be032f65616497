"""A burst of one channel: kept as a WAV file of floats, measured, referred to."""

from asyncio import Future
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dure.plant.connect import Sink
from dure.plant.connect.media import Keeper
from dure.plant.connect.waveform import float_wav, wave_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MEDIA = "audio/wav"


def measured(
    values: "NDArray[np.float64]", rate: float, bands: Sequence[tuple[float, float]]
) -> dict[str, float]:
    """What is measured of a burst."""
    return wave_features(values, rate, bands)


async def keep_burst(  # noqa: PLR0913 - what is said of one burst
    keeper: Keeper,
    sink: Sink,
    channel: str,
    values: "NDArray[np.float64]",
    *,
    rate: float,
    moment: int,
    bands: Sequence[tuple[float, float]],
    **more: Any,
) -> "tuple[str, Future[None]]":
    """Keep a burst whose first value was taken at `moment` [ns since 1970 UTC]; the reference, and when it is on disk."""
    import asyncio

    content = await asyncio.to_thread(float_wav, values, rate)
    features = await asyncio.to_thread(measured, values, rate, bands)
    told = {"rate": int(rate) if float(rate).is_integer() else rate, "samples": len(values), **more}
    reference, written = await keeper.keep(sink, f"{channel}/wave", content, MEDIA, moment, features, **told)
    return reference.text, written
