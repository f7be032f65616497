"""What is found of personal data put into recorded texts, and what is found where none was put.

Run: python benchmarks/personal.py NAMES.json ACCIDENTS.csv TICKETS.csv
NAMES.json holds given names and surnames with their frequency, `{"ko_g": {…}, "ko_s": {…}, "en_g": …, "en_s": …, "es_g": …,
"es_s": …}`, as the package `faker` has them (`faker.providers.person.ko_KR`, `en_US`, `es_MX`). What was seen of them
before the rules were written stands in docs/explanation/words.md.
"""

import json
import random
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from dure.science.quality import personal_in
from dure.science.quality.personal import is_resident_number

KOREAN = {
    "beside words of persons": (
        "3호기 펌프 이상 진동, {n}{이} 점검함", "{n} 베어링 교체 완료", "컨베이어 정지 후 {n} 연락", "{n}{은} 사다리에서 내려오다 넘어짐", "작업 인계 {n}",
    ),
    "alone": ("{n}, 2라인 누유", "압력 저하 ({n})", "오전 {n}{이} 조정한 값 유지", "{n}의 의견에 따라 속도 낮춤", "다음 주 {n} 예정"),
}  # fmt: skip
SOMEBODY = re.compile(
    r"\b[Tt]he (?:employee|worker|operator|technician|collaborator|mechanic|assistant|driver|injured person|injured)\b"
)


def main(names: str, accidents: str, tickets: str) -> None:
    """Print the tables."""
    chance, told = random.Random(1), json.loads(Path(names).read_text(encoding="utf-8"))  # noqa: S311 - no secret

    def one(part: str) -> str:
        return str(chance.choices(list(told[part]), list(told[part].values()))[0]).split()[0]

    for kind, sentences in KOREAN.items():
        found = [_korean(chance.choice(sentences), one("ko_s") + one("ko_g")) for _ in range(600)]
        print(f"Korean names {kind}: {sum(found)} of {len(found)}")
    reports = pl.read_csv(accidents)["Description"].drop_nulls().to_list()
    words = pl.read_csv(tickets)["CompletionDesc"].drop_nulls().to_list()
    for part in ("en", "es"):
        found = [_somebody(text, f"{one(f'{part}_g')} {one(f'{part}_s')}") for text in reports if SOMEBODY.search(text)]  # fmt: skip
        print(f"names ({part}) in the place of somebody in accident reports: {sum(found)} of {len(found)}")
    makers: dict[str, Callable[[], str]] = {
        "phone": lambda: f"010-{chance.randint(2000, 9999)}-{chance.randint(0, 9999):04d}",
        "resident": lambda: _resident(chance),
        "e-mail": lambda: f"{one('en_g').lower()}.{one('en_s').lower()}@plant{chance.randint(1, 99)}.co.kr",
        "business": lambda: "124-81-00998",
        "card": lambda: "4111 1111 1111 1111",
    }
    for kind, make in makers.items():
        found = [_put(chance, text, kind, make()) for text in [*reports, *words]]
        print(f"{kind} put between two words: {sum(found)} of {len(found)}")
    for name, texts in (("accident reports", reports), ("tickets", words)):
        finds = [(one.kind, text[one.start : one.end]) for text in texts for one in personal_in(text)]
        count = sum(len(text.split()) for text in texts)
        print(f"{name}: {len(finds)} finds in {count} words:", sorted(set(finds)))


def _korean(sentence: str, name: str) -> bool:
    after = (ord(name[-1]) - ord("가")) % 28
    text = sentence.replace("{이}", "이" if after else "가").replace("{은}", "은" if after else "는")
    return _hit(text.replace("{n}", name), name, "name")


def _somebody(text: str, name: str) -> bool:
    return _hit(SOMEBODY.sub(name, text, count=1), name, "name")


def _put(chance: random.Random, text: str, kind: str, what: str) -> bool:
    words: Sequence[str] = text.split()
    place = chance.randint(0, len(words))
    return _hit(" ".join([*words[:place], what, *words[place:]]), what, kind)


def _hit(text: str, what: str, kind: str) -> bool:
    start = text.index(what)
    return any(
        one.kind == kind and one.start <= start and one.end >= start + len(what) for one in personal_in(text)
    )


def _resident(chance: random.Random) -> str:
    born = f"{chance.randint(50, 99):02d}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}{chance.choice('12')}{chance.randint(0, 99999):05d}"
    last = next(digit for digit in "0123456789" if is_resident_number(born + digit))
    return f"{born[:6]}-{born[6:]}{last}"


if __name__ == "__main__":
    main(*sys.argv[1:4])
