"""Solution packs: what is known of a field before the first sample, one folder a field, mostly data.

A pack names the signals of its field with unit, range and safe limits, the features worth making of them, the
tasks, references and rules. Its signal ids are the key that inventory, matching, regulation and training share.
Packs of other wheels are found through the entry points `dure.packs`, each naming the package that holds its
`pack.yaml`.
"""

from dure.science.packs.pack import (
    Course,
    Derived,
    GoldenData,
    Kpi,
    Limit,
    Pack,
    PackSignal,
    Reference,
    Regulation,
    Task,
    Twin,
)
from dure.science.packs.reader import PackProblem, read
from dure.science.packs.shelf import PackUnknown, load, meaning, packs
from dure.science.packs.template import Feature, Meaning, Template, TemplateUnknown, load_template, templates

__all__ = [
    "Course",
    "Derived",
    "Feature",
    "GoldenData",
    "Kpi",
    "Limit",
    "Meaning",
    "Pack",
    "PackProblem",
    "PackSignal",
    "PackUnknown",
    "Reference",
    "Regulation",
    "Task",
    "Template",
    "TemplateUnknown",
    "Twin",
    "load",
    "load_template",
    "meaning",
    "packs",
    "read",
    "templates",
]
