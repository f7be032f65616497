"""Near-duplicate search on open work orders and accident reports: how right, and how fast beside datasketch.

Truth by a stated procedure: every text gets an edited copy; a pair is true if it is a text and its copy, or if two
texts, or those that they were made of, have nearly the same words. Edits are seeded: a letter lost or swapped, a word lost, two words swapped, capitals
and signs changed, a word written as its abbreviation. Found pairs are judged against that, and so is the nearest text
of each copy. Texts are those of the recorded sets; nothing of them is kept.

    python benchmarks/near_duplicates.py [--data FOLDER] [--speed]
"""

import argparse
import csv
import gzip
import json
import random
import re
import statistics
import time
from collections import Counter
from pathlib import Path

from dure.science.prepare import SimilarTexts, near_duplicates

HERE = Path(__file__).resolve()
SHORT = {"replace": "repl", "replaced": "repld", "hydraulic": "hyd", "engine": "eng", "motor": "mtr", "inverter": "inv", "temperature": "temp", "required": "req", "approximately": "approx", "pressure": "press"}  # fmt: skip
# Pairs written by hand for the search across languages: a plant's words in Korean and in English.
PAIRS = [
    ("펌프에서 기름이 샌다", "oil is leaking from the pump"), ("베어링 소음이 심함", "loud noise from the bearing"),
    ("모터 과열로 정지", "motor stopped because it overheated"), ("컨베이어 벨트가 찢어짐", "conveyor belt is torn"),
    ("냉각수 온도가 높음", "coolant temperature is high"), ("인버터 통신 두절", "inverter lost communication"),
    ("밸브가 열리지 않음", "valve does not open"), ("압력계 지침 불량", "pressure gauge reads wrong"),
    ("필터 막힘으로 교체", "replaced the filter because it was clogged"), ("작업자가 손가락을 다침", "worker injured a finger"),
    ("차단기가 내려감", "circuit breaker tripped"), ("유압 호스 파손", "hydraulic hose is broken"),
    ("금형 냉각 라인 누수", "water leaks from the mould cooling line"), ("센서 케이블 단선", "sensor cable is cut"),
    ("로봇 팔이 멈춤", "robot arm has stopped"), ("지게차가 벽에 부딪힘", "forklift hit the wall"),
    ("축 정렬 불량으로 진동 발생", "vibration caused by shaft misalignment"), ("배터리 전압 저하", "battery voltage is low"),
    ("용접 불량 발생", "welding defect occurred"), ("윤활유 보충", "topped up the lubricating oil"),
    ("팬이 돌지 않음", "fan does not turn"), ("공기 압축기 고장", "air compressor failure"),
    ("안전 난간이 헐거움", "safety handrail is loose"), ("화재 경보기 점검", "inspected the fire alarm"),
    ("도장 표면에 기포", "bubbles on the painted surface"), ("절삭 공구 마모", "cutting tool is worn"),
    ("전선 피복 손상", "wire insulation is damaged"), ("사다리에서 떨어짐", "fell from the ladder"),
    ("약품이 눈에 튐", "chemical splashed into the eye"), ("보일러 점화 실패", "boiler failed to ignite"),
    ("기어박스 오일 교환", "changed the gearbox oil"), ("태양광 패널 청소", "cleaned the solar panels"),
    ("정전으로 설비 정지", "equipment stopped due to a power outage"), ("체인 장력 조정", "adjusted the chain tension"),
    ("제어반 문이 잠기지 않음", "control panel door does not lock"), ("볼트가 풀림", "bolt has come loose"),
    ("탱크 수위 센서 이상", "tank level sensor is faulty"), ("비상 정지 버튼 작동 안 함", "emergency stop button does not work"),
    ("브레이크 패드 교체 필요", "brake pads need to be replaced"), ("크레인 와이어 점검", "inspected the crane wire rope"),
]  # fmt: skip


def work_orders(data: Path) -> list[str]:
    """The work orders of MaintIE, each text once."""
    with gzip.open(data / "maintenance-text-maintie" / "gold_release.json.gz") as opened:
        return list(dict.fromkeys(one["text"] for one in json.load(opened)))


def accidents(data: Path) -> list[str]:
    """The accident reports, each text once."""
    file = next((data / "safety-accidents-stefanini").glob("*.csv"))
    with file.open(encoding="utf-8") as opened:
        return list(dict.fromkeys(row["Description"].strip() for row in csv.DictReader(opened)))


def edited(text: str, chance: random.Random) -> str:
    """A copy with about one edit in every six words, at least one, and other capitals and signs."""
    words = text.split()
    for _ in range(max(1, len(words) // 6)):
        place = chance.randrange(len(words))
        word, kind = words[place], chance.choice(["lose", "swap", "drop", "turn", "short"])
        if kind == "lose" and len(word) > 3:
            at = chance.randrange(1, len(word))
            words[place] = word[:at] + word[at + 1 :]
        elif kind == "swap" and len(word) > 3:
            at = chance.randrange(len(word) - 1)
            words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif kind == "drop" and len(words) > 4:
            del words[place]
        elif kind == "turn" and place + 1 < len(words):
            words[place], words[place + 1] = words[place + 1], words[place]
        else:
            words[place] = SHORT.get(word.lower(), word)
    return " ".join(words).upper() + chance.choice(["", ".", " !"])


def _same_words(one: Counter[str], other: Counter[str]) -> bool:
    both, either = sum((one & other).values()), sum((one | other).values())
    return both >= 0.75 * either


def judged(texts: list[str], at_least: float, seed: int = 0) -> dict[str, float]:
    """Precision and recall of pairs, and how often the nearest text of a copy is the one it was made of."""
    import polars as pl

    chance = random.Random(seed)  # noqa: S311 - a seeded trial, no secret
    copies = [edited(text, chance) for text in texts]
    every = texts + copies
    found = near_duplicates(pl.DataFrame({"text": every}), "text", at_least)
    # a copy is judged by the words that it was made of: what an edit broke does not make it another text
    words = [Counter(text.lower().split()) for text in texts * 2]
    made = {(at, at + len(texts)) for at in range(len(texts))}
    pairs = {(row, other) for row, other, _ in found.rows()}
    true = {pair for pair in pairs if pair in made or _same_words(words[pair[0]], words[pair[1]])}
    best: dict[int, tuple[float, int]] = {}
    for row, other, share in found.rows():
        if row < len(texts) <= other:
            best[other] = max(best.get(other, (0.0, 0)), (share, -row))
    # another text of the very same words is no error
    first = sum(_told(words, at, best.get(at + len(texts))) for at in range(len(texts)))
    return {"texts": len(texts), "at_least": at_least, "pairs": len(pairs), "precision": len(true) / max(len(pairs), 1), "recall": len(made & pairs) / len(made), "nearest": first / len(texts)}  # fmt: skip


def _told(words: list[Counter[str]], at: int, best: tuple[float, int] | None) -> bool:
    if best is None:
        return False
    return -best[1] == at or words[-best[1]] == words[at]


def across() -> dict[str, float]:
    """How often the first of 40 is the right one, from Korean to English and back."""
    korean, english = zip(*PAIRS, strict=True)
    to_english, to_korean = SimilarTexts(english), SimilarTexts(korean)
    one = sum(to_english.similar(text, 1)[0].row == at for at, text in enumerate(korean))
    other = sum(to_korean.similar(text, 1)[0].row == at for at, text in enumerate(english))
    return {"pairs": len(PAIRS), "ko_en": one / len(PAIRS), "en_ko": other / len(PAIRS)}


def many(texts: list[str], rows: int) -> list[str]:
    """So many texts: each several times, edited."""
    chance = random.Random(1)  # noqa: S311 - as above
    return [edited(chance.choice(texts), chance) for _ in range(rows)]


def peer(texts: list[str], at_least: float) -> int:
    """Pairs by datasketch: MinHash of 128 over the same four-letter stretches, its LSH, exact sameness after."""
    from datasketch import MinHash, MinHashLSH

    index, sets = MinHashLSH(threshold=at_least, num_perm=128), []
    for at, text in enumerate(texts):
        plain = f"{re.sub(r'[^0-9a-z]+', ' ', text.casefold()).strip()} "
        stretches = {plain[n : n + 4] for n in range(max(len(plain) - 3, 1))}
        sign = MinHash(num_perm=128)
        sign.update_batch([one.encode() for one in stretches])
        sets.append((stretches, sign))
        index.insert(at, sign)
    pairs = set()
    for at, (stretches, sign) in enumerate(sets):
        for other in index.query(sign):
            if other > at and len(stretches & sets[other][0]) >= at_least * len(stretches | sets[other][0]):
                pairs.add((at, other))
    return len(pairs)


def speed(texts: list[str], rows: int, repeats: int = 5) -> None:
    """CPU seconds of both, interleaved in one process."""
    import polars as pl

    some = many(texts, rows)
    frame = pl.DataFrame({"text": some})
    near_duplicates(frame.head(100), "text")
    taken: dict[str, list[float]] = {"ours": [], "datasketch": []}
    counts = {}
    for _ in range(repeats):
        for name, work in (("ours", lambda: len(near_duplicates(frame, "text", 0.6))), ("datasketch", lambda: peer(some, 0.6))):  # fmt: skip
            try:
                begun = time.process_time()
                counts[name] = work()
                taken[name].append(time.process_time() - begun)
            except ImportError:
                counts[name] = -1
    for name, seconds in taken.items():
        if seconds:
            print(f"{rows} texts, {name}: {statistics.median(seconds):.2f} CPU s, {counts[name]} pairs")
    if taken["datasketch"]:
        print(f"ratio {statistics.median(taken['datasketch']) / statistics.median(taken['ours']):.1f}")


def main() -> None:
    """Judge, and measure if asked."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, default=HERE.parents[2] / "shared" / "data")
    asked.add_argument("--speed", action="store_true")
    told = asked.parse_args()
    for name, texts in (("work orders", work_orders(told.data)), ("accident reports", accidents(told.data))):
        for at_least in (0.4, 0.5, 0.6):
            print(name, {key: round(value, 4) for key, value in judged(texts, at_least).items()})
        if told.speed:
            speed(texts, 5_000 if name == "work orders" else 1_000)
    print("across languages", across())


if __name__ == "__main__":
    main()
