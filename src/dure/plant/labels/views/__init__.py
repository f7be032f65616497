"""Pages of the labels."""
