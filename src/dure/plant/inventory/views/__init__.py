"""The data page and what opens from it: sources, signals as measured, files with their findings, long work."""
