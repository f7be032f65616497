"""What was emitted against what is stored: nothing else may be missing than the gap ledger names, and nothing is doubled."""

from collections import Counter


def last_word(gaps):
    """The ledger as its last entries stand: a later one of the same stretch replaces an earlier one."""
    return list({(gap.start, gap.first_sequence, gap.last_sequence): gap for gap in gaps}.values())


def reading(running, since=0.0):
    """Whether a collector reads its source, and told so after `since` [s since 1970 UTC]."""
    status = running.status()
    return status["state"] == "collecting" and status["told"] > since


def doubles(rows):
    """Identities that stand for two different readings, or readings that have two identities."""
    by_identity = {(row["signal"], row["time"], row["sequence"]): (row["value"], row["text"]) for row in rows}
    odd = [row for row in rows if by_identity[row["signal"], row["time"], row["sequence"]] != (row["value"], row["text"]) and row["value"] == row["value"]]  # fmt: skip
    readings = Counter((signal, time, *value) for (signal, time, _), value in by_identity.items())
    return odd + [one for one, count in readings.items() if count > 1]


def judge(emitted, kept, below, *, since=0, before=frozenset()):
    """Every reading emitted after `since` [ns] is stored, or named by a gap that stands; the figures of it.

    `emitted` and what lies `below` a path in the log are (name, source time [ns], value); those `before` may be there.
    """
    wanted = {one for one in emitted if one[1] >= since} - before
    got = kept.readings(below)
    invented = {one for one in got if one[1] >= since} - wanted - before
    assert not invented, f"stored but never emitted: {sorted(invented)[:5]}"
    ledger = last_word(kept.gaps)
    missing = sorted(wanted - got)
    unnamed = [one for one in missing if not any(gap.start <= one[1] <= gap.end for gap in ledger if gap.filled_by == "permanent")]  # fmt: skip
    assert not unnamed, (len(unnamed), unnamed[:3], ledger)
    assert not doubles(kept.rows), doubles(kept.rows)[:3]
    return {
        "emitted": len(wanted),
        "missing_and_named": len(missing),
        "gaps": dict(Counter(f"{gap.cause} → {gap.filled_by or 'open'}" for gap in ledger)),
    }
