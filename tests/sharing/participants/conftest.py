"""Participants that this node is not: each with keys of its own, and its documents where `fetch` would find them."""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dure.sharing.participants import Answer, FetchRefused, Identity, did_document, did_of
from dure.sharing.participants.checking import LISTS
from dure.sharing.participants.keys import ring_in
from dure.sharing.participants.resolving import SHELF
from dure.vocabulary import Text

SHARED = Path(os.environ.get("DURE_SHARED", Path(__file__).parents[4] / "shared"))
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def firm(tmp_path):
    """Makes a participant with a key of its own."""

    def made(name="daon"):
        return Identity(
            did_of(f"https://{name}.example"), ring_in(tmp_path / name, NOW), f"https://{name}.example", name
        )

    return made


@dataclass
class Internet:
    """What lies at which address, and what was asked; whatever is not there does not answer."""

    pages: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)

    def publish(self, who, now=NOW):
        self.pages[f"{who.address}/.well-known/did.json"] = json.dumps(did_document(who, now)).encode()

    def __call__(self, url, *, method="GET", body=None, headers=None, **_bounds):
        self.asked.append((method, url, body, headers))
        page = self.pages.get(url)
        if page is None:
            raise FetchRefused(url, why=Text("it does not answer", "응답하지 않습니다"))
        return page(body, headers) if callable(page) else Answer(200, {}, page)


@pytest.fixture
def internet():
    """Addresses that answer; nothing read before is remembered."""
    SHELF.read.clear()
    LISTS.read.clear()
    yield Internet()
    SHELF.read.clear()
    LISTS.read.clear()


@pytest.fixture
def node(db, home, settings):
    """This node, under a public name."""
    del db, home
    settings.DURE_PUBLIC_URL = "https://plant.example"
    settings.DURE_SHARING_PLAIN_HTTP = False
    settings.DURE_SHARING_NETWORKS = ()
    return settings


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The published schemas and examples. In CI their absence is a failure; elsewhere the test is skipped."""
    folder = SHARED / "vectors" / "dcp"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the DCP vectors are not at {folder}", pytrace=False)
        pytest.skip("the DCP vectors are not here; set DURE_SHARED to their folder")
    return folder
