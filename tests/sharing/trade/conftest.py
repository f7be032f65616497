"""People of two firms and of an office, and an agreement with a price."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

import dure.sharing.trade
from dure.foundation.parties import Organisation, Person, give_role
from dure.foundation.procedure import install
from dure.sharing.contracts import Price
from dure.sharing.trade import agreed
from dure.sharing.trade.period import SEOUL

AGREEMENT = "urn:uuid:7d2c4a52-5a9e-4f5e-9c7f-1a2b3c4d5e6f"
DAON, HANBIT = "did:web:daon.example", "did:web:hanbit.example"
OCTOBER = datetime(2026, 10, 20, 9, tzinfo=SEOUL)


@pytest.fixture
def people(db, home):
    """`kim` of the consumer, `lee` of the provider, `park` the mediator."""
    del db, home
    install([Path(dure.sharing.trade.__file__).parent / "procedures"])
    made = {}
    for name, role, where in (
        ("kim", "engineer", "Hanbit"),
        ("lee", "engineer", "Daon"),
        ("park", "officer", "TTA"),
    ):
        made[name] = Person.objects.create(username=name, name=name.title(), language="en")
        give_role(made[name], role, Organisation.objects.get_or_create(name=where)[0])
    return made


@pytest.fixture
def rows(db, home):
    """An agreement of 0.35 won a row, from 20 October."""
    del db, home
    agreed(AGREEMENT, Price("metered", Decimal("0.35"), unit="rows"), DAON, HANBIT, since=OCTOBER)
    return AGREEMENT
