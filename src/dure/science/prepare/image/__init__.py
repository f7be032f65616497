"""Steps on pictures: one file is one step.

What several of them need lives beside the folder: `picture_step` (a column of references to numbers), `media` (the shelf
that the pictures lie on) and the room `science.picture` (decoding, network, near-duplicates).
"""
