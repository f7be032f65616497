"""Paragraphs and tables out of the XML of documents, as a stream, to a bound.

Word and Hangul name the same things alike below different namespaces: `p` a paragraph, `t` its text, `tbl`, `tr`, `tc`
a table with rows and cells. A merged cell's text stands in every cell that it covers; a table within a cell becomes
part of the cell's text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from dure.vocabulary import Text

_DEEPEST = 400
_MOST_ELEMENTS = 2_000_000
_MOST_CELLS = 2_000_000
_MOST_CHARACTERS = 100_000_000
_WIDEST = 16_384


class Unsafe(Exception):
    """XML that is not to be parsed."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph's text, and its page where the document tells."""

    text: str
    page: int | None = None

    @property
    def characters(self) -> int:
        """Letters that are no blanks at its ends."""
        return len(self.text.strip())


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's cells by rows, each row of the same width."""

    rows: tuple[tuple[str, ...], ...]

    @property
    def width(self) -> int:
        """Columns."""
        return max(map(len, self.rows), default=0)

    @property
    def characters(self) -> int:
        """Letters of all cells."""
        return sum(len(cell.strip()) for row in self.rows for cell in row)


Part = Paragraph | Grid


@dataclass
class _Cell:
    texts: list[str] = field(default_factory=list)
    across: int = 1
    down: int = 1
    continues: bool = False
    place: tuple[int, int] | None = None


@dataclass
class _Table:
    rows: list[list[_Cell]] = field(default_factory=list)


class Markup:
    """Feed the XML of each section; `parts` are its paragraphs and tables in order."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._tables: list[_Table] = []
        self._texts: list[list[str]] = []
        self._depth = self._elements = self._cells = self._characters = self._passed_over = 0
        self._reading = False

    def feed(self, chunks: Iterable[bytes]) -> None:
        """Parse one section.

        Raises
        ------
        Unsafe
            If there is a document type or an entity, or more of anything than a document has.
        ValueError
            If it is no XML.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._read
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.EntityDeclHandler = _refuse_doctype
        try:
            for chunk in chunks:
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as broken:
            raise ValueError(str(broken)) from broken

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > _DEEPEST:
            raise Unsafe(Text("it nests too deep", "너무 깊이 겹쳐 있습니다"))
        if self._elements > _MOST_ELEMENTS:
            raise Unsafe(Text("it has too many elements", "요소가 너무 많습니다"))
        name = tag.rpartition(" ")[2]
        if self._passed_over or name in ("Fallback", "del", "moveFrom"):
            # what a newer program shows otherwise, and what was struck out
            self._passed_over += 1
            return
        self._open(name, {key.rpartition(" ")[2]: value for key, value in attributes.items()})

    def _open(self, name: str, told: Mapping[str, str]) -> None:
        if name == "p":
            self._texts.append([])
        elif name == "t":
            self._reading = True
        elif name in ("tab", "br", "lineBreak", "cr") and self._texts:
            self._texts[-1].append(" ")
        elif name == "tbl":
            self._tables.append(_Table())
        elif name == "tr" and self._tables:
            self._tables[-1].rows.append([])
        elif name == "tc" and self._tables and self._tables[-1].rows:
            self._count_cell()
            self._tables[-1].rows[-1].append(_Cell())
        else:
            self._mark(name, told)

    def _mark(self, name: str, told: Mapping[str, str]) -> None:
        """What is said of the cell at hand."""
        cell = self._cell()
        if cell is None:
            return
        if name == "gridSpan":
            cell.across = _whole(told.get("val"))
        elif name == "vMerge":
            cell.continues = told.get("val", "continue") != "restart"
        elif name == "cellSpan":
            cell.across, cell.down = _whole(told.get("colSpan")), _whole(told.get("rowSpan"))
        elif name == "cellAddr":
            cell.place = (_whole(told.get("rowAddr"), 0), _whole(told.get("colAddr"), 0))

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._passed_over:
            self._passed_over -= 1
            return
        name = tag.rpartition(" ")[2]
        if name == "t":
            self._reading = False
        elif name == "p" and self._texts:
            self._close_paragraph("".join(self._texts.pop()))
        elif name == "tbl" and self._tables:
            self._close_table(self._tables.pop())

    def _close_paragraph(self, text: str) -> None:
        cell = self._cell()
        if not text.strip():
            return
        if cell is not None:
            cell.texts.append(text.strip())
        elif not self._tables:
            self.parts.append(Paragraph(text.strip()))

    def _close_table(self, table: _Table) -> None:
        grid = _grid(table)
        cell = self._cell()
        if cell is not None:
            cell.texts += [text for row in grid.rows for text in row if text]
        elif grid.rows:
            self.parts.append(grid)

    def _read(self, text: str) -> None:
        if self._reading and self._texts and not self._passed_over:
            self._characters += len(text)
            if self._characters > _MOST_CHARACTERS:
                raise Unsafe(Text("it holds too much text", "글이 너무 많습니다"))
            self._texts[-1].append(text)

    def _cell(self) -> _Cell | None:
        rows = self._tables[-1].rows if self._tables else []
        return rows[-1][-1] if rows and rows[-1] else None

    def _count_cell(self) -> None:
        self._cells += 1
        if self._cells > _MOST_CELLS:
            raise Unsafe(Text("it has too many table cells", "표의 칸이 너무 많습니다"))


def _refuse_doctype(*_: object) -> None:
    raise Unsafe(
        Text(
            "its XML brings a document type or entities of its own",
            "XML에 문서 형식이나 엔티티가 들어 있습니다",
        )
    )


def _whole(written: str | None, otherwise: int = 1) -> int:
    if written is None or not written.isdigit():
        return otherwise
    return min(int(written[:6]), _WIDEST)


def _grid(table: _Table) -> Grid:
    """The cells where they stand, merged ones in each place that they cover."""
    placed: dict[tuple[int, int], str] = {}
    for row, cells in enumerate(table.rows):
        column = 0
        for cell in cells:
            while (row, column) in placed:
                column += 1
            at = cell.place or (row, column)
            text = placed.get((at[0] - 1, at[1]), "") if cell.continues else " ".join(cell.texts)
            _put(placed, at, (cell.down, cell.across), text)
            column = at[1] + cell.across
    height = min(max((row for row, _ in placed), default=-1) + 1, len(table.rows))
    width = max((column for _, column in placed), default=-1) + 1
    return Grid(
        tuple(tuple(placed.get((row, column), "") for column in range(width)) for row in range(height))
    )


def _put(placed: dict[tuple[int, int], str], at: tuple[int, int], size: tuple[int, int], text: str) -> None:
    if len(placed) + size[0] * size[1] > _MOST_CELLS:
        raise Unsafe(Text("it has too many table cells", "표의 칸이 너무 많습니다"))
    for row in range(at[0], at[0] + size[0]):
        for column in range(at[1], at[1] + size[1]):
            placed[row, column] = text
