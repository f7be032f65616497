"""How a profile looks on a terminal: calm, the worst first, one line a kind of finding."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dure.vocabulary import Text

if TYPE_CHECKING:
    from rich.table import Table

    from dure.science.quality import Finding, Profile, Value
    from dure.vocabulary import Progress

_HEADS = {
    "column": Text("Column", "열"),
    "type": Text("Type", "종류"),
    "unit": Text("Unit", "단위"),
    "rate": Text("Rate", "주기"),
    "missing": Text("Missing", "누락"),
    "finding": Text("Finding", "발견"),
    "remedy": Text("What to do", "할 일"),
    "severity": Text("", ""),
    "characteristic": Text("Quality", "품질"),
    "measure": Text("Measure", "측도"),
    "value": Text("Value", "값"),
}
_KINDS = {
    "number": Text("number", "숫자"),
    "text": Text("text", "글자"),
    "time": Text("time", "시각"),
    "yes-no": Text("yes/no", "예/아니오"),
}
_COLUMNS = 60


def headline(found: "Profile", layouts: Sequence[Mapping[str, Any]]) -> str:
    """One line: files, rows, columns, how the text is written."""
    written = sorted({f"{one['format']} {one['encoding']} {_separator(one)}".strip() for one in layouts})
    facts = (f"{len(found.sources):,}", f"{found.rows:,}", f"{len(found.columns):,}", "; ".join(written))
    line = Text("Sources {}, rows {}, columns {} ({})", "파일 {}개, {}행, {}열 ({})")
    return str(line).format(*facts) + "\n"


def _separator(layout: Mapping[str, Any]) -> str:
    names = {"\t": "tab", " ": "blanks", "": ""}
    sign = names.get(layout["separator"], layout["separator"])
    return sign if layout["header"] else f"{sign}, no header"


def columns_table(found: "Profile") -> "Table":
    """Name, kind, unit, rate and missing share of each column."""
    table = _table("column", "type", "unit", "rate", "missing")
    for column in found.columns[:_COLUMNS]:
        rate = "" if column.rate is None else _rate(column.rate)
        missing = f"{column.missing:.1%}" if column.missing else ""
        table.add_row(_plain(column.name), str(_KINDS[column.type]), _plain(column.unit), rate, missing)
    if len(found.columns) > _COLUMNS:
        table.add_row(f"… {len(found.columns) - _COLUMNS} more", "", "", "", "")
    return table


def _rate(hertz: float) -> str:
    if hertz >= 0.1:
        return f"{hertz:.3g} Hz"
    from dure.science.quality import duration

    return str(Text("every {}", "{}마다")).format(duration(1 / hertz))


def findings_table(findings: Sequence["Finding"]) -> Any:
    """Findings as they are told, the worst first, with what to do."""
    if not findings:
        return str(Text("\nNothing stands out.", "\n눈에 띄는 문제가 없습니다."))
    table = _table("severity", "finding", "remedy", lines=True)
    for finding in findings:
        style = ("bold red", "yellow", "dim")[finding.severity]
        words = (str(finding.severity.label), str(finding.message), str(finding.remedy))
        table.add_row(*(_plain(word, style if at == 0 else "") for at, word in enumerate(words)))
    return table


def quality_table(values: Sequence["Value"]) -> "Table":
    """The measured quality that falls short of 1, or has another unit; a characteristic without such is told as 1."""
    table = _table("characteristic", "measure", "value")
    for characteristic in dict.fromkeys(value.characteristic for value in values):
        own = [value for value in values if value.characteristic is characteristic]
        short = [value for value in own if value.value < 1 or value.unit != "1"]
        for value in short:
            where = "" if value.where == "table" else f" ({value.where})"
            told = f"{value.value:.4g}" if value.unit == "1" else f"{value.value:.4g} {value.unit}"
            table.add_row(str(characteristic.label), _plain(f"{value.measure}{where}"), told)
        if not short:
            table.add_row(str(characteristic.label), str(Text("all measures", "모든 측도")), "1")
    return table


def prepared(facts: Mapping[str, Any]) -> Any:
    """What `dure prepare` has made, in a few lines; of a folder also what was joined and what was left out."""
    made = Text("{out}: {rows:,} rows, {columns} columns", "{out}: {rows:,}행, {columns}열")
    by = Text("Recipe: {recipe}", "레시피: {recipe}")
    seen = Text("{count} findings; see: dure profile", "발견 {count}건, 자세히: dure profile")
    lines = [made.format(**facts), by.format(**facts)]
    lines += [*facts.get("joined", ()), *facts.get("left_out", ()), *facts.get("texts", ())]
    if "abbreviations" in facts:
        look = Text("Look them over: {abbreviations}; then name it as `table` of text.abbreviations.", "{abbreviations}를 살펴보고 text.abbreviations 단계의 table에 지정하세요.")  # fmt: skip
        lines.append(look.format(**facts))
    if "masked" in facts:
        lines.append(Text("{masked_pictures} masked pictures: {masked}", "얼굴을 가린 그림 {masked_pictures}장: {masked}").format(**facts))  # fmt: skip
    if "croissant" in facts:
        lines.append(
            str(
                Text(
                    "Lineage and quality: {report}; Croissant: {croissant}",
                    "계보와 품질: {report}, Croissant: {croissant}",
                )
            ).format(**facts)
        )
    if facts["findings"]:
        lines.append(seen.format(count=len(facts["findings"])))
    return _plain("\n".join(lines))


def _table(*heads: str, lines: bool = False) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_lines=lines, header_style="bold", pad_edge=False)
    for head in heads:
        table.add_column(
            str(_HEADS[head]),
            justify="right" if head in ("rate", "missing", "value") else "left",
            overflow="fold",
        )
    return table


def _plain(words: str, style: str = "") -> Any:
    """Text that Rich does not read as markup: `temp [C]` is a header, not a style."""
    from rich.text import Text as Plain

    return Plain(words, style)


@contextmanager
def bar() -> "Iterator[Progress]":
    """A bar on the terminal's error stream; nothing where there is no terminal."""
    if not sys.stderr.isatty():
        yield _unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<22}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as shown:
        task: Any = shown.add_task("", total=1.0)
        yield lambda fraction, stage: shown.update(task, completed=fraction, description=stage)


def _unseen(fraction: float, stage: str) -> None:
    """Progress that nobody watches."""
    del fraction, stage
