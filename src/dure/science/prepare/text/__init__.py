"""Steps on words: logs, work orders, remarks. Each value is treated for itself; a missing one stays missing.

What several of them need lives beside the folder: `on_words` (how a step on words runs on tables and on rows),
`wording` (language and terms), `embedding_words` (the encoder).
"""
