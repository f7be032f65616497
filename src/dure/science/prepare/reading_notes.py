"""What was found and mended while a table was read: notes for the person whose file it is.

Nothing here is an error: a note says what the reader decided, so that a wrong decision can be seen and put right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from dure.vocabulary import Text

TABLE = "table"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing found or mended at reading: where (a column, or `table`), what, and what to do if it is wrong."""

    key: str
    where: str
    message: Text
    remedy: Text
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def report(self) -> dict[str, str]:
        """The note as a finding of `--json`, in the language in force."""
        return {
            "key": self.key,
            "where": self.where,
            "message": str(self.message),
            "remedy": str(self.remedy),
        }


_FINE = Text("Nothing, if that is right.", "맞다면 그대로 두시면 됩니다.")
_CHECK = Text("Check that it is right; else correct the file.", "맞는지 확인하고, 아니면 파일을 고쳐 주세요.")

# What each note says and what to do, by its key; the reference page lists them all.
NOTES: Mapping[str, tuple[Text, Text]] = {
    "document-rows": (
        Text(
            "It is a document: one row a paragraph or table cell.",
            "문서라서 문단과 표의 칸마다 한 행으로 읽었습니다.",
        ),
        Text(
            "Add “#table 1” to the name for its first table alone.",
            "첫째 표만 읽으려면 이름 뒤에 “#table 1”을 붙여 주세요.",
        ),
    ),
    "document-table": (
        Text("It is mainly a table, which was read.", "대부분이 표라서 그 표를 읽었습니다."),
        Text(
            "Add “#text” to the name for all paragraphs.",
            "모든 문단을 읽으려면 이름 뒤에 “#text”를 붙여 주세요.",
        ),
    ),
    "cells-merged": (
        Text(
            "{count} merged areas of cells were filled with what they show.",
            "병합된 셀 {count}곳을 보이는 값으로 채웠습니다.",
        ),
        _FINE,
    ),
    "header-absent": (
        Text("There is no header; the columns are numbered.", "머리글이 없어 열에 번호를 붙였습니다."),
        Text("Write names into the first line to have them.", "이름이 필요하면 첫 줄에 적어 주세요."),
    ),
    "header-preamble": (
        Text(
            "{lines} lines before the header were kept as notes: {shown}.",
            "머리글 앞의 {lines}줄은 메모로 두었습니다: {shown}.",
        ),
        _CHECK,
    ),
    "header-trimmed": (
        Text(
            "The header was written “{written}”; blanks or invisible signs were taken off.",
            "머리글 “{written}”에서 공백이나 보이지 않는 문자를 뺐습니다.",
        ),
        Text(
            "Name the column “{where}” from now on; correct the header at its source.",
            "앞으로 열 이름은 “{where}”입니다. 원본의 머리글을 고쳐 주세요.",
        ),
    ),
    "header-twice": (
        Text(
            "Several columns are called “{written}”; one is now “{where}”.",
            "“{written}” 열이 여러 개라 하나를 “{where}”(으)로 했습니다.",
        ),
        Text("Give each column its own name at the source.", "원본에서 열마다 다른 이름을 주세요."),
    ),
    "header-joined": (
        Text(
            "The header has two lines; they were joined, as in “{where}”.",
            "머리글이 두 줄이라 “{where}”처럼 이어 붙였습니다.",
        ),
        _FINE,
    ),
    "header-aligned": (
        Text(
            "It is called “{written}” in {file}; both were taken for one column.",
            "{file}에서는 “{written}”인데 같은 열로 보았습니다.",
        ),
        Text("Correct the header at its source.", "원본의 머리글을 고쳐 주세요."),
    ),
    "header-repeated": (
        Text(
            "The header is repeated {lines} times among the rows; those lines were left out.",
            "행 사이에 머리글이 {lines}번 되풀이되어 그 줄은 뺐습니다.",
        ),
        _FINE,
    ),
    "unit-row": (
        Text("The line below the header holds units: {shown}.", "머리글 아래 줄에 단위가 있습니다: {shown}."),
        _FINE,
    ),
    "description-row": (
        Text(
            "A line of descriptions stands at the header: {shown}.", "머리글에 설명 줄이 있습니다: {shown}."
        ),
        _CHECK,
    ),
    "footer": (
        Text(
            "{lines} lines below the table were left out: {shown}.",
            "표 아래의 {lines}줄은 뺐습니다: {shown}.",
        ),
        _CHECK,
    ),
    "encoding-damaged": (
        Text(
            "{count} characters are no {encoding}; they are shown as �.",
            "{encoding}이(가) 아닌 글자 {count}개는 �로 바꾸었습니다.",
        ),
        Text("Export the file again in one encoding.", "한 가지 인코딩으로 다시 내보내 주세요."),
    ),
    "control-left-out": (
        Text(
            "{count} control characters in the text were left out.", "글 속의 제어 문자 {count}개를 뺐습니다."
        ),
        _FINE,
    ),
    "lines-unquoted": (
        Text(
            "Every line was in quotes as a whole; they were taken off.",
            "줄마다 통째로 따옴표에 싸여 있어 벗겼습니다.",
        ),
        _FINE,
    ),
    "decimal-comma-read": (
        Text(
            "Numbers are written with a decimal comma (“{example}”) and were read as numbers.",
            "소수점으로 쉼표를 쓴 값(“{example}”)을 숫자로 읽었습니다.",
        ),
        _FINE,
    ),
    "decimal-comma-undecided": (
        Text(
            "“{example}” may be a decimal or thousands; it was read as {value}.",
            "“{example}”은(는) 소수일 수도 천 단위일 수도 있는데 {value}(으)로 읽었습니다.",
        ),
        _CHECK,
    ),
    "thousands-read": (
        Text(
            "Thousands are parted (“{example}”); they were read as numbers.",
            "천 단위 구분이 있는 값(“{example}”)을 숫자로 읽었습니다.",
        ),
        _FINE,
    ),
    "date-order-undecided": (
        Text(
            "“{example}” may begin with the day or the month; it was read {order} first{why}.",
            "“{example}”은(는) 일이 먼저인지 월이 먼저인지 알 수 없어 {order}이 먼저라고 읽었습니다{why}.",
        ),
        Text("If that is wrong, write dates as 2024-03-05.", "아니라면 날짜를 2024-03-05처럼 적어 주세요."),
    ),
    "year-short": (
        Text(
            "Years have two digits (“{example}”); they were read as {first} to {last}.",
            "연도가 두 자리(“{example}”)라서 {first}~{last}년으로 읽었습니다.",
        ),
        _CHECK,
    ),
    "zones-mixed": (
        Text(
            "Times carry several offsets from UTC ({shown}); all were turned into UTC.",
            "시각의 UTC 차이가 여러 가지({shown})라 모두 UTC로 바꾸었습니다.",
        ),
        _FINE,
    ),
    "turned": (
        Text(
            "{file} has a row a variable; it was turned to a column a variable, as the others have.",
            "{file}은(는) 변수가 행에 있어 다른 파일처럼 변수가 열이 되게 돌렸습니다.",
        ),
        _CHECK,
    ),
    "looks-transposed": (
        Text(
            "It looks transposed: {rows} rows of {columns} numbers, each row of one scale.",
            "행과 열이 뒤바뀐 것 같습니다: {columns}개 숫자로 된 {rows}행이며 행마다 크기가 비슷합니다.",
        ),
        Text(
            "Export it with a column a variable; read with files of the usual shape it is turned by itself.",
            "변수가 열이 되게 내보내 주세요. 보통 모양의 파일과 함께 읽으면 저절로 돌립니다.",
        ),
    ),
    "sheets-stacked": (
        Text(
            "Sheets with the same columns were put below each other: {shown}.",
            "열이 같은 시트를 이어 붙였습니다: {shown}.",
        ),
        Text("Give file.xlsx#Sheet for one of them.", "하나만 쓰려면 file.xlsx#시트 이름을 주세요."),
    ),
    "columns-left-out": (
        Text(
            "{count} columns are not in every file and were left out: {shown}.",
            "모든 파일에 있지 않은 열 {count}개를 뺐습니다: {shown}.",
        ),
        Text("Give --columns all to keep them, with gaps.", "빈 값을 두고 남기려면 --columns all을 주세요."),
    ),
    "columns-filled-up": (
        Text(
            "{count} columns are not in every file and are missing there: {shown}.",
            "열 {count}개는 일부 파일에 없어 그곳은 빈 값입니다: {shown}.",
        ),
        Text(
            "Give --columns common to keep only shared ones.",
            "모두에 있는 열만 쓰려면 --columns common을 주세요.",
        ),
    ),
    "vendor-read": (
        Text("It was read as {what}; it says: {shown}.", "{what}(으)로 읽었습니다. 파일에 적힌 것: {shown}."),
        _FINE,
    ),
    "lists-as-text": (
        Text(
            "Lists within records were kept as the JSON they are: {shown}.",
            "레코드 안의 목록은 JSON 글자 그대로 두었습니다: {shown}.",
        ),
        Text("Export one value a column to use them.", "쓰려면 열마다 값 하나씩 내보내 주세요."),
    ),
    "names-from-note": (
        Text(
            "There is no header; {file} lists the names of the {count} columns.",
            "머리글이 없어 {file}에 적힌 열 이름 {count}개를 썼습니다.",
        ),
        _CHECK,
    ),
    "records-flattened": (
        Text(
            "Records within records became columns with dots: {shown}.",
            "묶음 안의 값을 점이 든 열로 풀었습니다: {shown}.",
        ),
        _FINE,
    ),
}


def note(key: str, where: str = TABLE, **facts: Any) -> Note:
    """The note `key` with its sentences filled; a fact may itself be a text in both languages.

    >>> note("header-trimmed", "bar", written=" bar ").message.en
    'The header was written “ bar ”; blanks or invisible signs were taken off.'
    """
    says, remedy = NOTES[key]
    return Note(key, where, filled(says, where, facts), filled(remedy, where, facts), facts)


def filled(text: Text, where: str, facts: Mapping[str, Any]) -> Text:
    """A sentence in both languages with its places filled; a fact may itself be a text in both."""
    en = {name: fact.en if isinstance(fact, Text) else fact for name, fact in facts.items()}
    ko = {name: fact.ko if isinstance(fact, Text) else fact for name, fact in facts.items()}
    return Text(text.en.format(where=where, **en), text.ko.format(where=where, **ko))


def merged(each: Sequence[tuple[str, Sequence[Note]]]) -> tuple[Note, ...]:
    """Notes of several files as one list: what is said of many files is said once, with the files.

    Parameters
    ----------
    each
        File and its notes, in the order of the files.
    """
    files: dict[tuple[str, str], list[str]] = {}
    first: dict[tuple[str, str], Note] = {}
    for file, notes in each:
        for one in notes:
            first.setdefault((one.key, one.where), one)
            files.setdefault((one.key, one.where), []).append(PurePath(file).name)
    if len(each) == 1:
        return tuple(first.values())
    return tuple(_of_files(one, list(dict.fromkeys(files[place])), len(each)) for place, one in first.items())


def _of_files(one: Note, files: list[str], all_files: int) -> Note:
    if "file" in one.facts or not one.message.en.endswith("."):
        return one
    many = len(files) > 1
    en = f"in {len(files)} of {all_files} files, first {files[0]}" if many else f"in {files[0]}"
    ko = f"파일 {all_files}개 중 {len(files)}개, 처음은 {files[0]}" if many else files[0]
    said = Text(f"{one.message.en[:-1]} ({en}).", f"{one.message.ko.rstrip('.')} ({ko}).")
    return replace(one, message=said, facts={**one.facts, "files": files})


def shown(parts: Iterable[str], most: int = 4, width: int = 48) -> str:
    """The first few of many, each cut to a readable length.

    >>> shown(["a", "b", "c"], most=2)
    'a; b …'
    """
    listed = [part if len(part) <= width else f"{part[: width - 1]}…" for part in parts]
    return "; ".join(listed[:most]) + (" …" if len(listed) > most else "")
