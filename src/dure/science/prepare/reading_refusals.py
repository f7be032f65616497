"""Why a file cannot be read, each in one sentence with the way out.

```
FileProblem
├── FileAbsent            no such path
├── NothingToRead         a folder or pattern without a table in it
├── FileEmpty             no bytes, or only blank lines
├── HeaderOnly            a header and no row below it
├── NotATable             bytes that are neither text nor a format of ours
├── PipeSilent            a pipe that nobody writes into
├── FileDamaged           a packed, Parquet or Excel file that ends too soon or is broken
├── FileTooLarge          more than one table may hold in memory
├── FileLocked            a file under a password
├── DocumentUnsafe        a document whose XML is not to be parsed
├── DocumentWithoutText   a document of pictures only
├── FileSwells            a packed file that unpacks to hundreds of times its size
├── RowsUneven            a line with more or fewer fields than the header
├── PartUndecided         several sheets or packed files, and none named
├── PartAbsent            a sheet or packed file that is not there
├── ZonesUndecided        times with and without an offset from UTC in one column
├── ColumnNested          lists or records in a column
├── ZonesApart            times with an offset in one file and without in another
├── ColumnsUnknown        `--columns` is none of its three words
├── ColumnsDiffer         files of one table with different columns
└── SignalsUnavailable    `signal:` names where no node gives them
```
"""

from dure.vocabulary import FileProblem, Text


class FileAbsent(FileProblem):
    """No such path."""

    key = "file-absent"
    says = Text("There is no file or folder {where}.", "{where} 파일이나 폴더가 없습니다.")
    remedy = Text("Check the path and the spelling.", "경로와 철자를 확인해 주세요.")


class NothingToRead(FileProblem):
    """A folder or pattern without a table in it."""

    key = "nothing-to-read"
    says = Text("{where} holds no table that can be read.", "{where}에 읽을 수 있는 표가 없습니다.")
    remedy = Text(
        "Tables are .csv, .xlsx and .parquet files and text in columns.",
        "표는 .csv, .xlsx, .parquet 파일이나 열이 나뉜 텍스트입니다.",
    )


class FileEmpty(FileProblem):
    """No bytes, or only blank lines."""

    key = "file-empty"
    says = Text("{where} is empty.", "{where} 파일이 비어 있습니다.")
    remedy = Text("Export it again from its source.", "원본에서 다시 내보내 주세요.")


class HeaderOnly(FileProblem):
    """A header and no row below it."""

    key = "file-header-only"
    says = Text("{where} has a header but no rows.", "{where}에 머리글만 있고 행이 없습니다.")
    remedy = Text("Export it again with its rows.", "행을 포함해 다시 내보내 주세요.")


class NotATable(FileProblem):
    """Bytes that are neither text nor a format of ours."""

    key = "file-not-a-table"
    says = Text("{where} is not a table: it holds {what}.", "{where}은(는) 표가 아닙니다: {what}입니다.")
    remedy = Text(
        "Give a .csv, .xlsx or .parquet file; if its name says so, export it again.",
        ".csv, .xlsx, .parquet 파일을 주세요. 이름이 맞다면 다시 내보내 주세요.",
    )


class PipeSilent(FileProblem):
    """A pipe that nobody writes into."""

    key = "file-pipe-silent"
    says = Text(
        "{where} is a pipe, and nothing came through it for {seconds} seconds.",
        "{where}은(는) 파이프인데 {seconds}초 동안 아무것도 오지 않았습니다.",
    )
    remedy = Text(
        "Start what writes into it first, or give a file.",
        "파이프에 쓰는 쪽을 먼저 시작하거나 파일을 주세요.",
    )


class FileDamaged(FileProblem):
    """A file that ends too soon or is broken inside."""

    key = "file-damaged"
    says = Text("{where} is a damaged {kind} file.", "{where}은(는) 손상된 {kind} 파일입니다.")
    remedy = Text("Copy or export it again.", "다시 복사하거나 내보내 주세요.")


class FileTooLarge(FileProblem):
    """More than one table may hold in memory."""

    key = "file-too-large"
    says = Text("{where} unpacks to more than {limit} GB.", "{where}의 압축을 풀면 {limit} GB가 넘습니다.")
    remedy = Text("Split it, or store it as Parquet.", "나누거나 Parquet으로 저장해 주세요.")


class FileLocked(FileProblem):
    """A file under a password."""

    key = "file-locked"
    says = Text("{where} is locked with a password.", "{where}은(는) 암호로 잠겨 있습니다.")
    remedy = Text("Save it without a password, then give it again.", "암호를 풀어 저장한 뒤 다시 주세요.")


class DocumentUnsafe(FileProblem):
    """A document whose XML is not to be parsed."""

    key = "document-unsafe"
    says = Text("{where} is not opened: {why}.", "{where}을(를) 열지 않았습니다: {why}.")
    remedy = Text(
        "Ask whoever sent it; a document saved by Word or Hangul has nothing of the kind.",
        "보낸 사람에게 확인해 주세요. Word나 한글에서 저장한 문서에는 없는 내용입니다.",
    )


class DocumentWithoutText(FileProblem):
    """A document of pictures only."""

    key = "document-without-text"
    says = Text(
        "{where} holds no text, only pictures of pages or nothing.",
        "{where}에 글이 없습니다. 쪽을 찍은 그림뿐이거나 비어 있습니다.",
    )
    remedy = Text(
        "Export it from its source with text, or have a scan recognised (OCR) first.",
        "원본에서 글이 들어가게 내보내거나, 스캔본은 먼저 문자 인식(OCR)을 해 주세요.",
    )


class FileSwells(FileProblem):
    """A packed file that goes on and on: a bomb, not a table."""

    key = "file-swells"
    says = Text(
        "{where} unpacks to more than {times} times its size, as no table does.",
        "{where}의 압축을 풀면 {times}배가 넘어 표로 볼 수 없습니다.",
    )
    remedy = Text("If it is a table, unpack it and give it plain.", "표가 맞다면 압축을 풀어서 주세요.")


class RowsUneven(FileProblem):
    """A line with more or fewer fields than the header."""

    key = "file-rows-uneven"
    says = Text(
        "Line {line} of {where} has {found} fields where the table has {wanted}.",
        "{where}의 {line}번째 줄은 값이 {found}개인데 표의 열은 {wanted}개입니다.",
    )
    remedy = Text(
        "Correct that line; a separator inside a text needs quotes around the text.",
        "그 줄을 고쳐 주세요. 글자 안에 구분 기호가 있으면 따옴표로 묶어야 합니다.",
    )


class PartUndecided(FileProblem):
    """Several sheets or packed files, and none named."""

    key = "file-part-undecided"
    says = Text("{where} holds several tables: {parts}.", "{where}에 표가 여러 개 있습니다: {parts}.")
    remedy = Text("Name one: {where}#{first}", "하나를 골라 주세요: {where}#{first}")


class PartAbsent(FileProblem):
    """A sheet or packed file that is not there."""

    key = "file-part-absent"
    says = Text("{where} holds no “{part}”.", "{where}에 “{part}”이(가) 없습니다.")
    remedy = Text("It holds: {parts}.", "들어 있는 것: {parts}.")


class ZonesUndecided(FileProblem):
    """Times with and without an offset from UTC in one column."""

    key = "file-zones-undecided"
    says = Text(
        "Column “{column}” of {where} mixes times with an offset from UTC (“{aware}”) and without (“{naive}”).",
        "{where}의 “{column}” 열에 UTC 차이가 있는 시각(“{aware}”)과 없는 시각(“{naive}”)이 섞여 있습니다.",
    )
    remedy = Text(
        "Export all of them with an offset, as 2024-03-05 14:05:00+09:00, or all without.",
        "모두 2024-03-05 14:05:00+09:00처럼 차이를 붙이거나, 모두 빼고 내보내 주세요.",
    )


class ZonesApart(FileProblem):
    """Times with an offset from UTC in one file and without in another."""

    key = "files-zones-apart"
    says = Text(
        "Column “{column}” of {where} holds times with an offset from UTC, and that of {other} without.",
        "{where}의 “{column}” 열은 UTC 차이가 있는 시각인데 {other}의 열에는 없습니다.",
    )
    remedy = Text(
        "Export both with an offset, as 2024-03-05 14:05:00+09:00, or both without.",
        "둘 다 2024-03-05 14:05:00+09:00처럼 차이를 붙이거나 둘 다 빼고 내보내 주세요.",
    )


class ColumnsUnknown(FileProblem):
    """`--columns` is none of its three words."""

    key = "files-columns-unknown"
    says = Text("--columns cannot be “{where}”.", "--columns에 “{where}”을(를) 쓸 수 없습니다.")
    remedy = Text("Give same, common or all.", "same, common, all 중 하나를 주세요.")


class ColumnNested(FileProblem):
    """A column of lists or records."""

    key = "file-column-nested"
    says = Text(
        "Column “{column}” of {where} holds lists or records, not single values.",
        "{where}의 “{column}” 열에는 단일 값이 아니라 목록이나 묶음이 들어 있습니다.",
    )
    remedy = Text("Export one value a column.", "열마다 값 하나씩 내보내 주세요.")


class ColumnsDiffer(FileProblem):
    """Files of one table with different columns."""

    key = "files-columns-differ"
    says = Text("{where} {difference}{hint}.", "{where}의 열이 다릅니다. {difference}{hint}.")
    remedy = Text(
        "Give files of one kind, or join them by `dure prepare --columns common` (the columns all files have) or `--columns all`.",
        "같은 종류의 파일끼리 주거나, `dure prepare --columns common`(공통 열) 또는 `--columns all`(모든 열)로 먼저 합치세요.",
    )


class SignalsUnavailable(FileProblem):
    """`signal:` names where no node gives them."""

    key = "signals-unavailable"
    says = Text(
        "{where} is a signal, and no node is here to give it.",
        "{where}은(는) 신호인데 값을 줄 노드가 없습니다.",
    )
    remedy = Text(
        "Export it with `dure query` on the node, then give the file.",
        "노드에서 `dure query`로 내보낸 파일을 주세요.",
    )
