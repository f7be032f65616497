"""Prepare: from files as machines write them to a table that a model can learn from.

A **step** is one file below a data type (`table/`, `series/`): a frozen dataclass whose fields make the form,
with what it learns at `fit` and what it does to rows. A **recipe** is an ordered list of steps; fitted, it
freezes what it learnt and gives bit-equal results in batch, row by row and in chunks. Steps are found by
scanning the two folders and the entry points `dure.steps` of other wheels; one generic check holds every step
to the promise in `dure.science.prepare.step`.

The names below are loaded when first used: listing the commands must not wait for a data frame library.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.science.prepare.alike_texts import Hit, SimilarTexts, alike_groups, near_duplicates
    from dure.science.prepare.conforming import InputColumn
    from dure.science.prepare.embedding_words import vectors_of
    from dure.science.prepare.families import form, step_named, steps
    from dure.science.prepare.fitted import FittedRecipe, Live
    from dure.science.prepare.joining import join
    from dure.science.prepare.joining_how import Join
    from dure.science.prepare.media import (
        ContentAbsent,
        Shelf,
        called,
        content_of,
        each_content,
        is_reference,
        lend,
        reference_of,
    )
    from dure.science.prepare.preparing import apply
    from dure.science.prepare.proposal import propose
    from dure.science.prepare.reading import Layout, Note, SignalReader, Table, read, read_each, stack
    from dure.science.prepare.reading_signals import signals_from
    from dure.science.prepare.reading_sounds import framed, read_sounds
    from dure.science.prepare.reading_vendors.lvm import read_lvm
    from dure.science.prepare.recipe import Recipe
    from dure.science.prepare.showing import bar
    from dure.science.prepare.spreading import each, on
    from dure.science.prepare.step import FieldForm, Fitted, NotNumbers, Step, field, require_columns
    from dure.science.prepare.writing import check_out, write

_HOMES = {
    "families": ("form", "step_named", "steps"),
    "joining": ("join",),
    "joining_how": ("Join",),
    "media": (
        "ContentAbsent",
        "Shelf",
        "called",
        "content_of",
        "each_content",
        "is_reference",
        "lend",
        "reference_of",
    ),
    "alike_texts": ("Hit", "SimilarTexts", "alike_groups", "near_duplicates"),
    "embedding_words": ("vectors_of",),
    "preparing": ("apply",),
    "proposal": ("propose",),
    "reading": ("Layout", "Note", "SignalReader", "Table", "read", "read_each", "stack"),
    "reading_signals": ("signals_from",),
    "reading_sounds": ("framed", "read_sounds"),
    "reading_vendors.lvm": ("read_lvm",),
    "conforming": ("InputColumn",),
    "fitted": ("FittedRecipe", "Live"),
    "recipe": ("Recipe",),
    "showing": ("bar",),
    "spreading": ("each", "on"),
    "step": ("FieldForm", "Fitted", "NotNumbers", "Step", "field", "require_columns"),
    "writing": ("check_out", "write"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "ContentAbsent",
    "FieldForm",
    "Fitted",
    "FittedRecipe",
    "Hit",
    "InputColumn",
    "Join",
    "Layout",
    "Live",
    "NotNumbers",
    "Note",
    "Recipe",
    "Shelf",
    "SignalReader",
    "SimilarTexts",
    "Step",
    "Table",
    "alike_groups",
    "apply",
    "bar",
    "called",
    "check_out",
    "content_of",
    "each",
    "each_content",
    "field",
    "form",
    "framed",
    "is_reference",
    "join",
    "lend",
    "near_duplicates",
    "on",
    "propose",
    "read",
    "read_each",
    "read_lvm",
    "read_sounds",
    "reference_of",
    "require_columns",
    "signals_from",
    "stack",
    "step_named",
    "steps",
    "vectors_of",
    "write",
]


def __getattr__(name: str) -> Any:
    """The public name, from the module it lives in."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = found
    return found
