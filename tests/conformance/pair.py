"""Two nodes of ours that talk with each other: the fixture's identity and offers, but our own decisions."""

from settings import *  # noqa: F403 - the fixture's settings, with its script taken away

DURE_DSP_DECIDES = ""
