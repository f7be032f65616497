"""The index in `home/search`: rebuilt by what changed, one writer at a time, asked with a little leave for typing errors."""

import fcntl
import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dure.plant.inventory.search.entries import Entry, entries
from dure.plant.inventory.search.terms import AFTER_ONE, asked, terms
from dure.vocabulary import home

FRESH = 5.0
"""An index looked over so recently is asked as it is. [s]"""
FORM = 1
WRITER_BYTES = 20_000_000
MOST_HITS = 200
# One letter wrong in a word of four, two in one of eight; shorter words must be right.
ONE_WRONG, TWO_WRONG = 4, 8


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found, with its title cut into what was asked for (True) and what was not."""

    kind: str
    id: str
    title: str
    url: str
    score: float
    parts: tuple[tuple[str, bool], ...]


class Index:
    """A search index in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stamp = folder, folder / "stamp.json"

    def refresh(self, every: Callable[[], Iterable[Entry]], *, now: float | None = None) -> int:
        """Take in what was added, changed or taken away; how many entries that was. Nothing while it is fresh."""
        moment = time.time() if now is None else now
        if self._looked_at() > moment - FRESH:
            return 0
        with self._alone():
            return self._bring(every, moment)

    def ask(self, query: str, limit: int = 50, kind: str = "") -> list[Hit]:
        """The likeliest entries for a query, the best first."""
        wanted = asked(query)
        if not wanted or not self._stamp.exists():
            return []
        index = self._open()
        searcher = index.searcher()
        found = searcher.search(_query(index.schema, wanted, kind), min(limit, MOST_HITS))
        hits = [_hit(searcher.doc(address), score, wanted) for score, address in found.hits]
        return sorted(hits, key=lambda hit: (-hit.score, hit.title))

    def _bring(self, every: Callable[[], Iterable[Entry]], moment: float) -> int:
        old, fresh = self._marks(), {one.key: one for one in every()}
        marks = {key: _mark(one) for key, one in fresh.items()}
        gone = [key for key in old if key not in marks or marks[key] != old[key]]
        come = [key for key in marks if old.get(key) != marks[key]]
        if gone or come or not self._stamp.exists():
            self._write(gone, [fresh[key] for key in come])
        beside = self._stamp.with_suffix(".new")
        beside.write_text(json.dumps({"form": FORM, "looked": moment, "marks": marks}))
        beside.replace(self._stamp)
        return len(set(gone) | set(come))

    def _write(self, gone: list[str], come: list[Entry]) -> None:
        import tantivy

        index = self._open()
        writer = index.writer(heap_size=WRITER_BYTES, num_threads=1)
        for key in gone:
            writer.delete_documents_by_term("key", key)
        for one in come:
            words = terms(f"{one.title} {one.words}")
            document: dict[str, Any] = {
                "key": one.key,
                "kind": one.kind,
                "id": one.id,
                "url": one.url,
                "shown": one.title,
            }
            writer.add_document(
                tantivy.Document(**document, title=" ".join(terms(one.title)), words=" ".join(words))
            )
        writer.commit()
        writer.wait_merging_threads()

    def _open(self) -> Any:
        import tantivy

        builder = tantivy.SchemaBuilder()
        for name in ("key", "kind"):
            builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
        for name in ("id", "url", "shown"):
            builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
        for name in ("title", "words"):
            builder.add_text_field(name, stored=False, tokenizer_name="whitespace", index_option="freq")
        place = self._folder / "index"
        place.mkdir(parents=True, exist_ok=True)
        return tantivy.Index(builder.build(), path=str(place))

    def _looked_at(self) -> float:
        return float(self._read().get("looked", float("-inf")))

    def _marks(self) -> dict[str, str]:
        told = self._read()
        if told.get("form") != FORM:
            shutil.rmtree(self._folder / "index", ignore_errors=True)  # another form, or torn: made anew
            return {}
        return dict(told["marks"])

    def _read(self) -> dict[str, Any]:
        try:
            told = json.loads(self._stamp.read_text())
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, over all processes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _mark(one: Entry) -> str:
    return hashlib.sha256(repr((one.title, one.words, one.url)).encode()).hexdigest()[:16]


def _query(schema: Any, wanted: list[list[str]], kind: str) -> Any:
    """Every word must be there, in the title or beside it; the title weighs three times."""
    from tantivy import Occur, Query

    parts = [(Occur.Must, _word(schema, word)) for word in wanted]
    if kind:
        parts.append((Occur.Must, Query.const_score_query(Query.term_query(schema, "kind", kind), 0.0)))
    return Query.boolean_query(parts)


def _word(schema: Any, word: list[str]) -> Any:
    from tantivy import Occur, Query

    fields = ((3.0, "title"), (1.0, "words"))
    return Query.boolean_query(
        [(Occur.Should, Query.boost_query(_in_field(schema, name, word), boost)) for boost, name in fields]
    )


def _in_field(schema: Any, name: str, word: list[str]) -> Any:
    from tantivy import Occur, Query

    if len(word) > 1:
        return Query.boolean_query([(Occur.Must, Query.term_query(schema, name, one)) for one in word])
    [term] = word
    if not term.isascii():
        return _korean(schema, name, term)
    exact = Query.boost_query(Query.term_query(schema, name, term), 4.0)
    near = [(Occur.Should, exact)]
    if not term.isdigit() and len(term) >= 2:
        near.append((Occur.Should, Query.regex_query(schema, name, f"{re.escape(term)}.*")))
        if (wrong := (len(term) >= ONE_WRONG) + (len(term) >= TWO_WRONG)) > 0:
            near.append((Occur.Should, Query.fuzzy_term_query(schema, name, term, wrong, True, False)))
    return Query.boolean_query(near)


def _korean(schema: Any, name: str, term: str) -> Any:
    """One pair, or one syllable: that is looked for in pairs too; a pair may be a syllable with its particle."""
    from tantivy import Occur, Query

    ways = [(Occur.Should, Query.boost_query(Query.term_query(schema, name, term), 4.0))]
    if len(term) == 1:
        ways.append((Occur.Should, Query.regex_query(schema, name, f".?{term}.?")))
    elif term[1] in AFTER_ONE:
        ways.append((Occur.Should, Query.term_query(schema, name, term[0])))
    return Query.boolean_query(ways)


def _hit(document: Any, score: float, wanted: list[list[str]]) -> Hit:
    told = {name: document.get_first(name) for name in ("kind", "id", "url", "shown")}
    return Hit(
        told["kind"], told["id"], told["shown"], told["url"], score, highlighted(told["shown"], wanted)
    )


def highlighted(title: str, wanted: list[list[str]]) -> tuple[tuple[str, bool], ...]:
    """A title cut at what was asked for.

    >>> highlighted("line1/챔버온도", [["온도"]])
    (('line1/챔버', False), ('온도', True))
    """
    sought = sorted({_whole(word) for word in wanted}, key=len, reverse=True)
    pattern = re.compile("(" + "|".join(re.escape(one) for one in sought) + ")", re.IGNORECASE)
    cut = pattern.split(title)
    return tuple((part, bool(place % 2)) for place, part in enumerate(cut) if part)


def _whole(pairs: list[str]) -> str:
    """The word that the pairs came from."""
    return pairs[0] + "".join(one[-1] for one in pairs[1:])


def find(query: str, limit: int = 50, kind: str = "") -> list[Hit]:
    """What this node has for a query; the index is brought up to date first."""
    index = Index(home() / "search")
    index.refresh(entries)
    return index.ask(query, limit, kind)
