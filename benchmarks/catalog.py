"""Search over a million generated entries, Korean and English, with facets: build time, p50 and p99, exactness; SQLite FTS5 beside it.

    .venv/bin/python benchmarks/catalog.py [--entries 1000000] [--rounds 10]

Exactness: for each query the count must be that of a plain substring search over the same texts (a word of Hangul inside a run
of Hangul, a Latin word as a whole word).
"""

import argparse
import os
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from dure.sharing.catalog.finding.index import Document, Index
from dure.sharing.catalog.finding.terms import indexed
from dure.sharing.catalog.quantities import KINDS, RATES

MACHINES = (
    ("Injection moulding machine", "사출성형기"), ("Resistance welder", "저항용접기"), ("Vacuum pump", "진공펌프"),
    ("Test chamber", "시험챔버"), ("Battery cycler", "충방전기"), ("Hydraulic press", "유압프레스"), ("Induction motor", "유도전동기"),
    ("Steam boiler", "증기보일러"), ("Belt conveyor", "벨트컨베이어"), ("Six-axis robot", "6축로봇"), ("CNC lathe", "CNC선반"),
    ("Milling machine", "밀링머신"), ("Die casting machine", "다이캐스팅기"), ("Fermenter", "발효조"), ("Dryer", "건조기"),
    ("Heat exchanger", "열교환기"), ("Air compressor", "공기압축기"), ("Cooling tower", "냉각탑"), ("Reactor", "반응기"),
    ("Coater", "코팅기"), ("Roll mill", "압연기"), ("Furnace", "열처리로"), ("Grinder", "연삭기"), ("Spindle", "스핀들"),
    ("Gearbox", "감속기"), ("Photovoltaic inverter", "태양광인버터"), ("Wind turbine", "풍력터빈"), ("Packaging line", "포장라인"),
    ("Mixer", "혼합기"), ("Centrifuge", "원심분리기"),
)  # fmt: skip
PLACES = ("창원", "울산", "반월", "구미", "광주", "대구", "시흥", "아산", "평택", "군산", "포항", "여수")
PARTS = (
    "상부",
    "하부",
    "입구",
    "출구",
    "금형",
    "노즐",
    "히터",
    "베어링",
    "하우징",
    "냉각수",
    "윤활유",
    "배기",
)
EVENTS = (("bearing failure", "베어링고장"), ("leak", "누설"), ("crack", "균열"), ("overheat", "과열"), ("short shot", "미성형"),
          ("burr", "버"), ("porosity", "기공"), ("misalignment", "정렬불량"))  # fmt: skip
QUERIES = (
    "온도", "챔버", "금형온도", "챔버상부온도", "사출성형기", "저항용접기 전류", "베어링고장", "냉각수유량", "진공펌프 압력", "울산 압연기",
    "temperature", "bearing failure", "CNC선반", "hydraulic press pressure", "용접", "셀", "과열 히터온도", "태양광인버터 전압",
    "spindle vibration", "열교환기 출구온도", "6축로봇", "injection", "기공", "펌프",
)  # fmt: skip
CHOSEN = ({}, {"labelled": "yes"}, {"quantity": "Temperature"}, {"rate": "fast", "state": "fresh"})


def entries(count: int, seed: int = 6) -> Iterator[Document]:
    """Entries as plants and harvested portals have them."""
    draw = Random(seed)  # noqa: S311 - entries, no secrets
    for number in range(count):
        en, ko = draw.choice(MACHINES)
        kinds = draw.sample(KINDS, draw.randint(2, 6))
        part, place = draw.choice(PARTS), draw.choice(PLACES)
        events = draw.sample(EVENTS, draw.randint(1, 3)) if draw.random() < 0.3 else []
        first = kinds[0]
        words = [f"{part}{one.label.ko.split(' ')[-1]} {one.label.en}" for one in kinds]
        words += [f"{one} {two}" for one, two in events] + [
            f"cell{draw.randint(1, 400):02d} {draw.randint(1, 9)}번 셀 {place}공장 {draw.choice(PARTS)}센서"
        ]
        yield Document(
            f"{number:026d}",
            f"{en} {number % 977}: {first.label.en} and {len(kinds) - 1} more",
            f"{place} {ko} {number % 977}호기 {part}{first.label.ko.split(' ')[0]} 기록",
            " ".join(words),
            {
                "quantity": [one.id for one in kinds], "unit": sorted({one.unit for one in kinds}),
                "rate": draw.choice(RATES)[0], "equipment": en, "labelled": "yes" if events else "no",
                "source": f"plant-{min(999, int(draw.expovariate(1 / 120)))}", "kind": "dataset",
                "state": "drifted" if draw.random() < 0.04 else "fresh",
            },
        )  # fmt: skip


def truth(texts: list[str], query: str) -> int:
    """Entries whose text holds each word, by plain search."""
    tests = [
        re.compile(
            re.escape(word.lower())
            if re.search("[가-힣]", word)
            else rf"(?<![a-z]){re.escape(word.lower())}(?![a-z])"
        )
        for word in query.split()
    ]
    return sum(all(test.search(text) for test in tests) for text in texts)


def percentile(times: list[float], share: float) -> float:
    """The time [ms] below which that share lies."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def fts5(folder: Path, count: int) -> tuple[float, sqlite3.Connection]:
    """The peer: SQLite's FTS5 over the same terms."""
    begun = time.perf_counter()
    base = sqlite3.connect(folder / "peer.db")
    base.execute(
        "create virtual table entry using fts5(words, content='', tokenize=\"unicode61 tokenchars '|'\")"
    )
    rows = (
        (at, " ".join(indexed(f"{one.title_ko} {one.title_en} {one.words}")))
        for at, one in enumerate(entries(count))
    )
    base.executemany("insert into entry(rowid, words) values (?, ?)", rows)
    base.commit()
    return time.perf_counter() - begun, base


def main() -> None:
    """Build, ask, compare."""
    options = argparse.ArgumentParser()
    options.add_argument("--entries", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--peer", action="store_true")
    options.add_argument("--keep", type=Path, help="folder of an index that is kept, or asked again")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as made:
        name = given.keep or made
        index = Index(Path(name) / "index")
        if not index.seen:
            begun, used = time.perf_counter(), time.process_time()
            index.write(entries(given.entries))
            size = sum(one.stat().st_size for one in Path(name).rglob("*") if one.is_file()) / 2**20
            print(
                f"{given.entries:,} entries: built in {time.perf_counter() - begun:.0f} s ({time.process_time() - used:.0f} s of CPU), {size:.0f} MB"
            )
        texts = [f"{one.title_ko} {one.title_en} {one.words}".lower() for one in entries(given.entries)]
        exact = [index.ask(query).count == truth(texts, query) for query in QUERIES]
        del texts
        print(
            f"exact: {sum(exact)} of {len(QUERIES)}",
            [q for q, right in zip(QUERIES, exact, strict=True) if not right],
        )
        every: list[float] = []
        worked: list[float] = []
        for query in QUERIES:
            times = []
            for at in range(given.rounds * len(CHOSEN)):
                begun, used = time.perf_counter(), time.process_time()
                found = index.ask(query, CHOSEN[at % len(CHOSEN)])
                times.append(1000 * (time.perf_counter() - begun))
                worked.append(1000 * (time.process_time() - used))
            every += times
            whole = index.ask(query)
            print(
                f"  {query:26} {whole.count:8,} p50 {statistics.median(times):6.1f} ms  max {max(times):6.1f}  about {sorted(whole.about)}"
            )
            del found
        print(
            f"ours, ranked 20 and 8 facets: p50 {statistics.median(every):.1f} ms, p99 {percentile(every, 0.99):.1f} ms;"
            f" CPU p50 {statistics.median(worked):.1f}, p99 {percentile(worked, 0.99):.1f} ms; load {os.getloadavg()[0]:.1f}"
        )
        if given.peer:
            built, base = fts5(Path(name), given.entries)
            peer: list[float] = []
            for query in QUERIES:
                words = " ".join('"' + " ".join(indexed(word)) + '"' for word in query.split())
                begun = time.perf_counter()
                base.execute(
                    "select rowid from entry where entry match ? order by rank limit 20", (words,)
                ).fetchall()
                peer.append(1000 * (time.perf_counter() - begun))
            print(
                f"SQLite FTS5, ranked 20, no facets: built in {built:.0f} s, p50 {statistics.median(peer):.1f} ms, p99 {percentile(peer, 0.99):.1f} ms"
            )


if __name__ == "__main__":
    main()
