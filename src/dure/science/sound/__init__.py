"""Sound and vibration as plain functions on one channel: loudness by pitch, spectra, bearings, envelope, kurtogram."""

from dure.science.sound.bearing import PARTS, Bearing, fault_orders
from dure.science.sound.envelope import envelope, envelope_spectrum
from dure.science.sound.kurtogram import Band, bands, best_band
from dure.science.sound.mel import edges, log_mel
from dure.science.sound.spectra import (
    Spectrum,
    at_lines,
    band_levels,
    centre_and_spread,
    peaks,
    prominence,
    spectrum_of,
)

__all__ = [
    "PARTS",
    "Band",
    "Bearing",
    "Spectrum",
    "at_lines",
    "band_levels",
    "bands",
    "best_band",
    "centre_and_spread",
    "edges",
    "envelope",
    "envelope_spectrum",
    "fault_orders",
    "log_mel",
    "peaks",
    "prominence",
    "spectrum_of",
]
