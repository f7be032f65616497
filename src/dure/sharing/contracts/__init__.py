"""Contracts: from a template and terms to one signed document, PDF and policy under one hash.

Each clause says what holds it: a node refuses what is against it, records show it, or it is a promise. Where the parties settle
nothing, the document says what the law then gives.
"""

from dure.sharing.contracts.canonical import canonical, digest
from dure.sharing.contracts.document import Document, Signature, agreed, sign, verify
from dure.sharing.contracts.drafting import HELD_BY, TEMPLATES, Clause, Draft, Template, draft
from dure.sharing.contracts.prices import (
    PRICE_MODELS,
    Owed,
    Price,
    PriceModel,
    Usage,
    due,
    money,
    owed,
    rounded,
)
from dure.sharing.contracts.refusals import ContractChanged, TermsWrong
from dure.sharing.contracts.terms import CHOICES, Creator, Party, Terms, price_of

__all__ = [
    "CHOICES",
    "HELD_BY",
    "PRICE_MODELS",
    "TEMPLATES",
    "Clause",
    "ContractChanged",
    "Creator",
    "Document",
    "Draft",
    "Owed",
    "Party",
    "Price",
    "PriceModel",
    "Signature",
    "Template",
    "Terms",
    "TermsWrong",
    "Usage",
    "agreed",
    "canonical",
    "digest",
    "draft",
    "due",
    "money",
    "owed",
    "price_of",
    "rounded",
    "sign",
    "verify",
]
