"""Documents become rows or the table that they mainly are; what cannot be read is refused in a sentence."""

import io
import zipfile

import polars as pl
import pytest

from dure.science.prepare import read
from dure.science.prepare.reading_refusals import (
    DocumentUnsafe,
    DocumentWithoutText,
    FileDamaged,
    FileEmpty,
    FileLocked,
    FileTooLarge,
    NotATable,
    PartAbsent,
)

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
HANGUL = 'xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph" xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"'


def _packed(**members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


def _docx(body):
    return _packed(**{"word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>"})


def _hwpx(body, more=None):
    section = f"<hs:sec {HANGUL}>{body}</hs:sec>"
    return _packed(**{"mimetype": "application/hwp+zip", "Contents/section0.xml": section, **(more or {})})


def test_word_gives_a_row_a_paragraph_and_a_cell(tmp_path):
    docx = pytest.importorskip("docx")
    made = docx.Document()
    made.add_heading("점검 보고서")
    made.add_paragraph("펌프 3호기에서 누유가 발생하여 메카니컬 씰을 교체함.")
    table = made.add_table(2, 2)
    table.cell(0, 0).text, table.cell(1, 1).text = "담당", "ok"
    made.save(tmp_path / "a.docx")
    found = read([tmp_path / "a.docx"])
    assert found.layouts[0].format == "docx"
    assert found.frame["text"].to_list() == [
        "점검 보고서",
        "펌프 3호기에서 누유가 발생하여 메카니컬 씰을 교체함.",
        "담당",
        "ok",
    ]
    assert found.frame.select("paragraph", "table", "row", "column").rows() == [(1, None, None, None), (2, None, None, None), (None, 1, 1, 1), (None, 1, 2, 2)]  # fmt: skip
    assert set(found.frame["file"]) == {"a.docx"}


def test_a_document_that_is_mainly_a_table_is_that_table(tmp_path):
    docx = pytest.importorskip("docx")
    made = docx.Document()
    made.add_paragraph("일지")
    rows = [("date", "temp [Cel]", "memo"), ("2024-03-05", "20.5", "ok"), ("2024-03-06", "21.5", "펌프 누유 발생"), ("2024-03-07", "22.5", "ok")]  # fmt: skip
    table = made.add_table(4, 3)
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    made.save(tmp_path / "a.docx")
    found = read([tmp_path / "a.docx"])
    assert found.frame["temp [Cel]"].to_list() == [20.5, 21.5, 22.5]
    assert "document-table" in [note.key for note in found.notes]
    assert len(read([f"{tmp_path / 'a.docx'}#text"]).frame) == 13
    assert read([f"{tmp_path / 'a.docx'}#table 1"]).frame.equals(found.frame)
    with pytest.raises(PartAbsent, match="table 1"):
        read([f"{tmp_path / 'a.docx'}#table 2"])


def test_word_fills_merged_cells_and_leaves_struck_out_text_away(put):
    cell = "<w:tc><w:tcPr>{more}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"
    rows = [
        cell.format(more='<w:vMerge w:val="restart"/>', text="P-1")
        + cell.format(more='<w:gridSpan w:val="2"/>', text="temp"),
        cell.format(more="<w:vMerge/>", text="")
        + cell.format(more="", text="20")
        + cell.format(more="", text="21"),
    ]
    body = "<w:p><w:del><w:r><w:t>gone</w:t></w:r></w:del><w:r><w:t>a long paragraph that keeps this a text</w:t></w:r></w:p>"
    table = "".join(f"<w:tr>{row}</w:tr>" for row in rows)
    found = read([put("a.docx", _docx(f"{body}<w:tbl>{table}</w:tbl>"))]).frame
    assert found["text"].to_list() == [
        "a long paragraph that keeps this a text",
        "P-1",
        "temp",
        "temp",
        "P-1",
        "20",
        "21",
    ]


def test_hangul_gives_its_paragraphs_and_cells(put):
    cell = '<hp:tc><hp:subList><hp:p><hp:run><hp:t>{text}</hp:t></hp:run></hp:p></hp:subList><hp:cellAddr colAddr="{c}" rowAddr="{r}"/><hp:cellSpan colSpan="{w}" rowSpan="1"/></hp:tc>'
    table = "".join(
        f"<hp:tr>{''.join(cells)}</hp:tr>"
        for cells in (
            [cell.format(text="온도", c=0, r=0, w=2)],
            [cell.format(text="20", c=0, r=1, w=1), cell.format(text="21", c=1, r=1, w=1)],
        )
    )
    body = f"<hp:p><hp:run><hp:t>설비 점검 결과를 아래와 같이 보고합니다</hp:t></hp:run></hp:p><hp:p><hp:run><hp:tbl>{table}</hp:tbl></hp:run></hp:p>"
    found = read([put("a.hwpx", _hwpx(body))])
    assert found.layouts[0].format == "hwpx"
    assert found.frame["text"].to_list() == [
        "설비 점검 결과를 아래와 같이 보고합니다",
        "온도",
        "온도",
        "20",
        "21",
    ]


def _pdf(*lines):
    """A page with lines in Helvetica, written by hand: PDF 32000-1, 7.5."""
    drawn = "BT /F1 12 Tf 20 700 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    written, places = "%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj{one}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return f"{written}xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{len(written)}\n%%EOF".encode()


def test_a_pdf_gives_its_text_with_pages(put):
    pytest.importorskip("pypdf")
    found = read([put("a.pdf", _pdf("Work order 17", "pump leaks"))])
    assert found.layouts[0].format == "pdf"
    assert " ".join(found.frame["text"]) == "Work order 17 pump leaks"
    assert set(found.frame["page"]) == {1}


def test_a_pdf_that_cannot_be_read_is_refused_in_a_sentence(put, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    for name, wanted in (("empty", FileEmpty), ("scan", DocumentWithoutText), ("locked", FileLocked)):
        writer = pypdf.PdfWriter()
        if name != "empty":
            writer.add_blank_page(200, 200)
        if name == "locked":
            writer.encrypt("secret", algorithm="RC4-128")
        writer.write(tmp_path / f"{name}.pdf")
        with pytest.raises(wanted):
            read([tmp_path / f"{name}.pdf"])
    with pytest.raises(FileDamaged, match="PDF"):
        read([put("cut.pdf", _pdf("x")[:120])])


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 9)) + "]><p><t>&a8;</t></p>"  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("bomb.hwpx", _packed(**{"Contents/section0.xml": BOMB}), DocumentUnsafe),
        ("file.hwpx", _packed(**{"Contents/section0.xml": '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/hostname">]><p><t>&x;</t></p>'}), DocumentUnsafe),
        ("deep.docx", _docx("<w:tbl><w:tr><w:tc>" * 5_000), DocumentUnsafe),
        ("bomb.docx", _docx("<w:p></w:p>" * 25_000_000), FileTooLarge),
        ("cut.docx", _docx("<w:p><w:t>x</w:p>"), FileDamaged),
        ("empty.docx", _docx("<w:p/>"), DocumentWithoutText),
        ("locked.hwpx", _hwpx("", {"META-INF/manifest.xml": "<m><encryption-data/></m>"}), FileLocked),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), FileLocked),
        ("bomb.xlsx", _packed(**{"xl/workbook.xml": "<w/>", "xl/worksheets/sheet1.xml": b" " * 230_000_000}), FileTooLarge),
        ("line.csv", b"a,b\n1," + b"x" * 200_000_000 + b"\n2,y\n", NotATable),
        ("old.hwp", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + b"HWP Document File", NotATable),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_what_is_no_document_to_be_opened_is_refused_in_a_sentence(put, name, content, refusal):
    with pytest.raises(refusal) as told:
        read([put(name, content)])
    assert str(told.value).count("\n") == 0
    assert name in str(told.value)


def test_a_document_of_too_many_elements_is_refused(put, monkeypatch):
    monkeypatch.setattr("dure.science.prepare.reading_markup._MOST_ELEMENTS", 10_000)
    with pytest.raises(DocumentUnsafe, match="too many elements"):
        read([put("wide.docx", _docx("<w:p/>" * 11_000))])


def _workbook(path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("일지")
    sheet.merge_range(1, 1, 1, 6, "2024년 3월 점검 일지")
    sheet.merge_range(3, 1, 4, 1, "설비")
    sheet.merge_range(3, 2, 3, 3, "온도")
    sheet.merge_range(3, 4, 3, 5, "압력")
    sheet.merge_range(3, 6, 4, 6, "비고")
    for column, name in ((2, "입구"), (3, "출구"), (4, "입구"), (5, "출구")):
        sheet.write(4, column, name)
    for block, machine in enumerate(("P-1", "P-2")):
        sheet.merge_range(5 + 3 * block, 1, 7 + 3 * block, 1, machine)
        for row in range(3):
            for column in (2, 3, 4, 5):
                sheet.write(5 + 3 * block + row, column, column + row / 4)
            sheet.write(5 + 3 * block + row, 6, f"ok{row}")
    book.close()


def test_merged_cells_are_filled_and_header_lines_joined(tmp_path):
    _workbook(tmp_path / "a.xlsx")
    found = read([tmp_path / "a.xlsx"])
    assert found.frame.columns == ["설비", "온도 입구", "온도 출구", "압력 입구", "압력 출구", "비고"]
    assert found.frame["설비"].to_list() == ["P-1"] * 3 + ["P-2"] * 3
    assert found.frame["압력 출구"].to_list() == [5.0, 5.25, 5.5] * 2
    assert {"cells-merged", "header-preamble"} <= {note.key for note in found.notes}


def test_merged_cells_of_openpyxl_are_read_alike(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    rows = [
        ("at", "bar", None),
        (None, "in", "out"),
        ("08:00", 1.5, 2.5),
        ("09:00", 1.6, 2.6),
        ("10:00", 1.7, None),
    ]
    for row in rows:
        book.active.append(row)
    for area in ("A1:A2", "B1:C1", "B5:C5"):
        book.active.merge_cells(area)
    book.save(tmp_path / "a.xlsx")
    found = read([tmp_path / "a.xlsx"]).frame
    assert found.columns == ["at", "bar in", "bar out"]
    assert found["bar out"].to_list() == [2.5, 2.6, 1.7]


def test_a_workbook_without_merged_cells_is_read_as_ever(tmp_path):
    pl.DataFrame({"a": [1, 2], "b": [3, 4]}).write_excel(tmp_path / "a.xlsx")
    assert read([tmp_path / "a.xlsx"]).frame.rows() == [(1, 3), (2, 4)]


def test_speech_needs_a_recogniser_and_says_so(tmp_path):
    from dure.science.prepare.transcribing import RecogniserAbsent, transcribe

    with pytest.raises(RecogniserAbsent, match="vosk"):
        transcribe(pl.DataFrame({"sound": [None]}), "sound", tmp_path)
