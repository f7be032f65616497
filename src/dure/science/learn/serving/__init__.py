"""A model at work on rows: the gate before it, one row at a time, and a detector's verdicts state by state."""
