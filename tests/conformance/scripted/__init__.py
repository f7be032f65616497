"""The connector under test, scripted as the TCK's sample configuration expects; no part of the product."""
