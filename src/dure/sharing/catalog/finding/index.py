"""The index in `home/sharing/catalog`: the database is the truth, this is rebuilt from it; one writer, many readers.

Facets are counted by the index's columns. Where very many entries fit, the facets that have several values an entry
(quantity, unit) are counted on a sixteenth of them, and said to be about so many; all other figures are exact.
"""

import fcntl
import json
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from dure.sharing.catalog.finding.terms import BAR, SIZES, Word, asked, grams, indexed

ONE_VALUE = ("kind", "rate", "equipment", "labelled", "source", "state")
MANY_VALUES = ("quantity", "unit")
FACETS = ("quantity", "unit", "rate", "equipment", "labelled", "source", "state", "kind")
FORM = 3
WRITER_BYTES = 128_000_000
CHUNK = 100_000
SHOWN = 12
COUNTED_WHOLE = 20_000
"""Up to so many fitting entries every facet is counted whole."""
SAMPLES = 16


@dataclass(frozen=True, slots=True)
class Document:
    """What the index holds of an entry: words to be found by, titles to be shown, and the facets' values."""

    id: str
    title_en: str
    title_ko: str
    words: str
    facets: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found."""

    id: str
    title_en: str
    title_ko: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, how many there are, and for each facet its values with their counts; `about` names facets not counted whole."""

    hits: tuple[Hit, ...]
    count: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    about: frozenset[str] = frozenset()


class Index:
    """A search index in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stamp = folder, folder / "stamp.json"

    @property
    def seen(self) -> int:
        """Number of the last change that is in it; 0 for a new one, or one of another form."""
        try:
            told = json.loads(self._stamp.read_text())
        except (OSError, ValueError):
            return 0
        right = isinstance(told, dict) and told.get("form") == FORM
        return int(told.get("seen", 0)) if right else 0

    def write(self, come: Iterable[Document], gone: Iterable[str] = (), *, seen: int = 0) -> int:
        """Take documents in, in place of those of the same id, and others out; how many came."""
        with self._alone():
            if not self.seen:
                shutil.rmtree(self._folder / "index", ignore_errors=True)
                self.__dict__.pop("_index", None)
            count = self._write(come, gone, fresh=not self.seen)
            beside = self._stamp.with_suffix(".new")
            beside.write_text(json.dumps({"form": FORM, "seen": max(seen, self.seen, 1)}))
            beside.replace(self._stamp)
        return count

    def ask(
        self, query: str, chosen: Mapping[str, str] | None = None, *, limit: int = 20, offset: int = 0,
        near: bool = False,
    ) -> Found:  # fmt: skip
        """The likeliest entries; `near` also takes words cut short, with particles, or one letter wrong."""
        if not self._stamp.exists():
            return Found((), 0, {})
        self._index.reload()
        searcher = self._index.searcher()
        schema = self._index.schema
        wanted = list(asked(query, stems=near))
        if query.strip() and not wanted:
            return Found((), 0, {})
        fit = _query(schema, wanted, chosen or {}, near=near)
        facets, count, about = self._facets(searcher, fit, _bound(searcher, wanted, chosen or {}))
        hits = _best(searcher, schema, (wanted, chosen or {}), fit, offset + limit)[offset:] if count else []
        return Found(tuple(_hit(searcher.doc(at), score) for score, at in hits), count, facets, about)

    def any_of(self, values: Sequence[tuple[str, str]], words: Sequence[str], limit: int) -> list[str]:
        """Ids of the entries that have the most of these values of facets and of these words."""
        from tantivy import Occur, Query

        if not self._stamp.exists():
            return []
        self._index.reload()
        schema = self._index.schema
        ways = [Query.const_score_query(_term(schema, name, value), 1.0) for name, value in values]
        ways += [
            Query.const_score_query(_word(schema, "words", one), 0.5) for word in words for one in asked(word)
        ]
        if not ways:
            return []
        searcher = self._index.searcher()
        hits = searcher.search(
            Query.boolean_query([(Occur.Should, one) for one in ways]), limit, count=False
        ).hits
        return [searcher.doc(at).get_first("id") for _, at in hits]

    def _facets(
        self, searcher: Any, fit: Any, bound: int
    ) -> tuple[dict[str, tuple[tuple[str, int], ...]], int, frozenset[str]]:
        whole = bound <= COUNTED_WHOLE
        told = searcher.aggregate(fit, _terms(ONE_VALUE + MANY_VALUES if whole else ONE_VALUE))
        count = sum(one["doc_count"] for one in told["kind"]["buckets"])
        if not whole and count <= COUNTED_WHOLE:
            told |= searcher.aggregate(fit, _terms(MANY_VALUES))
            whole = True
        times = 1
        if not whole:
            times = SAMPLES
            told |= searcher.aggregate(
                _both(fit, _term(self._index.schema, "sample", "0")), _terms(MANY_VALUES)
            )
        facets = {
            name: tuple(
                (str(one["key"]), one["doc_count"] * (times if name in MANY_VALUES else 1))
                for one in told[name]["buckets"]
                if one["key"]
            )
            for name in FACETS
        }
        return facets, count, frozenset() if whole else frozenset(MANY_VALUES)

    def _write(self, come: Iterable[Document], gone: Iterable[str], *, fresh: bool) -> int:
        import tantivy

        writer = self._index.writer(heap_size=WRITER_BYTES, num_threads=1)
        for one in gone:
            writer.delete_documents_by_term("id", one)
        count = 0
        for document in come:
            if not fresh:
                writer.delete_documents_by_term("id", document.id)
            writer.add_document(tantivy.Document(**_fields(document)))
            count += 1
            if count % CHUNK == 0:
                writer.commit()
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        return count

    @cached_property
    def _index(self) -> Any:
        import tantivy

        builder = tantivy.SchemaBuilder()
        for name in ("id", "title_en", "title_ko"):
            builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
        for name in ("title", "words"):
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
        for name in ("grams", "title_grams"):
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
        builder.add_text_field("sample", tokenizer_name="raw", index_option="basic")
        for name in FACETS:
            builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
        place = self._folder / "index"
        place.mkdir(parents=True, exist_ok=True)
        return tantivy.Index(builder.build(), path=str(place))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, over all processes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _fields(one: Document) -> dict[str, Any]:
    title, more = f"{one.title_ko} {one.title_en}", one.words
    terms, titled = indexed(title), grams(title)
    return {
        "id": one.id,
        "title_en": one.title_en,
        "title_ko": one.title_ko,
        "title": " ".join(terms),
        "words": " ".join([*terms, BAR, *indexed(more)]),
        "grams": " ".join(titled | grams(more)),
        "title_grams": " ".join(titled),
        "sample": str(zlib.crc32(one.id.encode()) % SAMPLES),
        **{name: value for name, value in one.facets.items() if value},
    }


def _terms(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"terms": {"field": name, "size": SHOWN}} for name in names}


def _term(schema: Any, name: str, value: str) -> Any:
    from tantivy import Query

    return Query.term_query(schema, name, value, index_option="basic")


def _both(one: Any, other: Any) -> Any:
    from tantivy import Occur, Query

    return Query.boolean_query([(Occur.Must, one), (Occur.Must, other)])


def _query(
    schema: Any, wanted: list[Word], chosen: Mapping[str, str], *, near: bool, name: str = "words"
) -> Any:
    """Every word must be there, and every chosen value of a facet."""
    from tantivy import Occur, Query

    parts = [_near(schema, word) if near else _word(schema, name, word) for word in wanted]
    parts += [
        Query.const_score_query(_term(schema, facet, value), 0.0)
        for facet, value in chosen.items()
        if facet in FACETS
    ]
    if not parts:
        return Query.all_query()
    return parts[0] if len(parts) == 1 else Query.boolean_query([(Occur.Must, one) for one in parts])


def _best(searcher: Any, schema: Any, asked_: Any, fit: Any, most: int) -> list[Any]:
    """The first entries: those that have every word in their title, then the others, each the likeliest first."""
    wanted, chosen = asked_
    if not wanted:
        return list(searcher.search(fit, most, count=False).hits)
    titled = _query(schema, wanted, chosen, near=False, name="title")
    first = list(searcher.search(titled, most, count=False).hits)
    if len(first) >= most:
        return first
    seen = {(at.segment_ord, at.doc) for _, at in first}
    rest = searcher.search(fit, most + len(first), count=False).hits
    return [*first, *(hit for hit in rest if (hit[1].segment_ord, hit[1].doc) not in seen)][:most]


def _word(schema: Any, name: str, word: Word) -> Any:
    """A word in `words` or `title`: one term where the index has it as one, else its terms side by side."""
    from tantivy import Occur, Query

    fine = "grams" if name == "words" else "title_grams"
    if word.run and len(word.run) in {1, *SIZES}:
        return _term(schema, fine, word.run)
    if len(word.terms) == 1:
        return Query.term_query(schema, name, word.terms[0])
    phrase = Query.phrase_query(schema, name, list(word.terms))
    longest = max(SIZES)
    if len(word.run) <= longest:
        return phrase
    first = [_term(schema, fine, word.run[i : i + longest]) for i in range(len(word.run) - longest + 1)]
    return Query.boolean_query([(Occur.Must, one) for one in (*first, phrase)])


def _near(schema: Any, word: Word) -> Any:
    """The word, or each of its pairs; of a Latin word its beginning, or one letter wrong."""
    from tantivy import Occur, Query

    ways = [_word(schema, "words", word)]
    if len(word.terms) > 1:
        ways.append(
            Query.boolean_query([(Occur.Must, _word(schema, "words", Word((one,)))) for one in word.terms])
        )
    elif (latin := word.terms[0]).isascii() and latin.isalpha() and len(latin) > 2:
        ways.append(Query.regex_query(schema, "words", f"{re.escape(latin)}.*"))
        if len(latin) > 3:
            ways.append(Query.fuzzy_term_query(schema, "words", latin, 1, True, False))
    return Query.boolean_query([(Occur.Should, one) for one in ways])


def _bound(searcher: Any, wanted: list[Word], chosen: Mapping[str, str]) -> int:
    """No more entries than this can fit."""
    terms = [("words", term) for word in wanted for term in word.terms if len(term) > 1 or term.isascii()]
    terms += [("grams", word.run) for word in wanted if len(word.run) in {1, *SIZES}]
    terms += [(name, value) for name, value in chosen.items() if name in FACETS]
    return int(min((searcher.doc_freq(name, term) for name, term in terms), default=searcher.num_docs))


def _hit(document: Any, score: Any) -> Hit:
    told = [str(document.get_first(name) or "") for name in ("id", "title_en", "title_ko")]
    return Hit(told[0], told[1], told[2], float(score or 0.0))
