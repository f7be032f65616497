"""The package a model travels in: its files, their bounds, and the signature over them."""
