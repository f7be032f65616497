"""Steps on events: logs of what happened when, and to what, row by row, oldest first.

One file here is one step: a frozen dataclass below `dure.science.prepare.event_step.OfEvents`, found by its place. What
happened within the last `rows` rows counts, so that a stream remembers a bounded past.
"""
