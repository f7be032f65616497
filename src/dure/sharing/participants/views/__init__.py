"""Pages of the partners, and what other participants call."""
