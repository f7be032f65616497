"""The kinds of sources that are installed, by what a person knows of them, with the sheet of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from dure.plant.connect import RULES, Connector, Mark, schemes
from dure.plant.inventory.forms import GROUPS
from dure.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Card:
    """A kind of source as a person picks it; `done` of `total` rules are kept."""

    scheme: str
    title: str
    standard: str
    verified: bool
    why: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Line:
    """One rule of a connector's sheet: `mark` is done, todo or exempt, with the reason where it is not done."""

    says: Text
    mark: str
    why: str


def cards(known: Mapping[str, type[Connector]] | None = None) -> list[tuple[Text, list[Card]]]:
    """The kinds in their groups; a group without a kind is left out."""
    found = schemes() if known is None else known
    once = {kind.schemes[0]: kind for kind in found.values()}
    groups = [(title, [scheme for scheme in once if scheme in names]) for _key, title, names in GROUPS]
    placed = {scheme for _title, members in groups for scheme in members}
    groups.append((Text("Other", "기타"), [scheme for scheme in once if scheme not in placed]))
    return [(title, [_card(once[scheme]) for scheme in members]) for title, members in groups if members]


def sheet_of(kind: type[Connector]) -> list[Line]:
    """How a kind stands to each rule, in the order of the rules."""
    return [
        Line(words, str(kind.rules[rule].mark), str(kind.rules[rule].why))
        for rule, words in RULES.items()
        if rule in kind.rules
    ]


def _card(kind: type[Connector]) -> Card:
    peer = kind.rules["real-peer"]
    done = sum(one.mark is Mark.DONE for one in kind.rules.values())
    verified = peer.mark is Mark.DONE
    return Card(
        kind.schemes[0], str(kind.title), kind.standard, verified, str(peer.why), done, len(kind.rules)
    )
