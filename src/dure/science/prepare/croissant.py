"""Croissant metadata of a prepared table: what is in it, from which files it came and by which steps.

Source: MLCommons, "Croissant Format Specification 1.0" (2024), https://docs.mlcommons.org/croissant/docs/croissant-spec.html
(record sets, fields, file objects) and, for what was used, schema.org `isBasedOn`.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty", "samplingRate": "cr:samplingRate",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field",
    "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet", "format": "cr:format",
    "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key",
    "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "rai": "http://mlcommons.org/croissant/RAI/", "sc": "https://schema.org/", "separator": "cr:separator",
    "source": "cr:source", "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip
_MEDIA = {
    ".parquet": "application/x-parquet",
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BLOCK = 2**20


def metadata(
    frame: "pl.DataFrame",
    out: Path,
    *,
    sources: Sequence[str] = (),
    about: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The metadata of a table that was written to `out`.

    Parameters
    ----------
    frame
        The table as it was written.
    out
        The file; the metadata name it without its folder, for they lie beside it.
    sources
        Files that it came from.
    about
        What to say of a column, in words.
    units
        UCUM codes by column.

    Returns
    -------
    JSON-LD; a column is a field whose type says number, text, time or yes/no. A workbook has no record set: readers of
    Croissant take records from csv and Parquet.
    """
    about, units = about or {}, units or {}
    file = "table"
    made: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": out.stem,
        "description": _description(frame, sources),
        "version": "1.0.0",
        "distribution": [_file_object(file, out)],
    }
    if sources:
        made["isBasedOn"] = [{"@type": "sc:CreativeWork", "name": source} for source in sources]
    if out.suffix.lower() != ".xlsx":
        columns = zip(frame.get_columns(), _identities(frame.columns), strict=True)
        fields = [
            _field(one, name, file, about.get(one.name, ""), units.get(one.name, "")) for one, name in columns
        ]
        made["recordSet"] = [{"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "field": fields}]
    return made


def written(made: Mapping[str, Any]) -> str:
    """The metadata as a file holds them."""
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _description(frame: "pl.DataFrame", sources: Sequence[str]) -> str:
    files = f"{len(sources):,} files" if len(sources) != 1 else sources[0]
    return f"{len(frame):,} rows and {frame.width:,} columns, prepared by dure from {files}."


def _file_object(name: str, out: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with out.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": out.name,
        "contentSize": f"{out.stat().st_size} B",
        "encodingFormat": _MEDIA[out.suffix.lower()],
        "sha256": digest.hexdigest(),
    }


def _identities(names: Sequence[str]) -> list[str]:
    """Names of fields by which readers call them: no blanks and signs, each only once.

    >>> _identities(["Temp [C]", "Temp (C)", "종류"])
    ['Temp_C', 'Temp_C_2', '종류']
    """
    found: dict[str, None] = {}
    for name in names:
        plain = re.sub(r"[^\w.]+", "_", name).strip("_") or "column"
        count = 1
        new = plain
        while new in found:
            count += 1
            new = f"{plain}_{count}"
        found[new] = None
    return list(found)


def _field(column: "pl.Series", name: str, file: str, about: str, unit: str) -> dict[str, Any]:
    said = "; ".join(part for part in (about, f"unit {unit} (UCUM)" if unit else "") if part)
    return {
        "@type": "cr:Field",
        "@id": f"rows/{name}",
        "name": column.name,
        "description": said or column.name,
        "dataType": _type_of(column),
        "source": {"fileObject": {"@id": file}, "extract": {"column": column.name}},
    }


def _type_of(column: "pl.Series") -> str:
    import polars as pl

    if column.dtype == pl.Boolean:
        return "sc:Boolean"
    if column.dtype.is_integer() and not column.has_nulls():
        return "sc:Integer"
    if column.dtype.is_numeric():
        return "sc:Float"
    if column.dtype == pl.Datetime:
        return "sc:DateTime"
    return "sc:Date" if column.dtype == pl.Date else "sc:Text"
