"""Pages of procedures: their texts, and the cases that run on them."""
