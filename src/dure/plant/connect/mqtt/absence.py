"""What a broker did not keep while we were away, as a named gap. MQTT numbers nothing, so this is what can be known."""

from dure.plant.transport import Gap

MARGIN = 1_000_000_000  # ns before `complete` in which a message may have been on its way: MQTT tells no time of sending


def absence(  # noqa: PLR0913 - each is one reason for a loss
    source: str,
    complete: int,
    now: int,
    *,
    present: bool,
    expected: float,
    queue: float,
    qos0: bool,
) -> Gap | None:
    """The gap between `complete` and `now` [ns since 1970 UTC]; None if the broker kept all, or nothing was before.

    `present`: the broker had our session. `expected` messages a second came before, `queue` is how many it keeps
    (0: all);
    `qos0`: some were published at QoS 0, which no broker keeps for one who is away.

    >>> second = 10**9
    >>> absence("line1", 0, 9 * second, present=False, expected=0.0, queue=1000, qos0=False)
    >>> absence("line1", 5 * second, 9 * second, present=True, expected=10.0, queue=1000, qos0=False)
    >>> absence("line1", 5 * second, 9 * second, present=False, expected=10.0, queue=1000, qos0=False).cause
    'the broker no longer had our session'
    >>> absence("line1", 5 * second, 905 * second, present=True, expected=10.0, queue=1000, qos0=False).cause
    'about 9,000 messages came while we were away; the broker keeps 1,000'
    """
    if not complete:
        return None
    missed = expected * (now - complete) / 1e9
    if not present:
        cause = "the broker no longer had our session"
    elif queue and missed > queue:
        cause = f"about {missed:,.0f} messages came while we were away; the broker keeps {queue:,.0f}"
    elif qos0:
        cause = "messages of QoS 0 are not kept while we are away"
    else:
        return None
    return Gap(source, complete - MARGIN, now, cause=cause, filled_by="permanent")
