"""The library ring: plain Python, useful alone."""
