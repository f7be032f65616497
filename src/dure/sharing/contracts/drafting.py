"""From a template and terms to a draft: clauses in both languages, and the policy that nodes hold."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from dure.sharing.contracts.prices import PRICE_MODELS, UNITS, Price, money, text_of
from dure.sharing.contracts.refusals import TermsWrong
from dure.sharing.contracts.terms import Party, Terms
from dure.sharing.policies import POLICY_WORDS, Policy, value_words, with_particle
from dure.vocabulary import Text

HELD_BY = {
    "machine": Text("held by the node", "노드가 강제"),
    "audit": Text("shown by records", "기록으로 확인"),
    "promise": Text("promised", "약속"),
}
SHARED: dict[str, Any] = text_of("shared")
_PLACE = re.compile(r"\{(\w+)(?:\|([은이을과]))?\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of contract: its parties' roles and its clauses in order, as the texts have them."""

    key: str
    label: Text
    about: Text
    roles: Mapping[str, Text]
    clauses: Mapping[str, Mapping[str, Any]]


def _template(key: str, said: Mapping[str, Any]) -> Template:
    roles = {role: Text(**label) for role, label in said["roles"].items()}
    clauses = {name: said["own"].get(name) or SHARED[name] for name in said["clauses"]}
    return Template(key, Text(**said["label"]), Text(**said["about"]), roles, clauses)


TEMPLATES: dict[str, Template] = {key: _template(key, said) for key, said in text_of("templates").items()}


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause, what holds it (`machine`, `audit` or `promise`), and its rule where a machine does.

    `silent` says that the parties settled nothing here and what then holds stands instead.
    """

    id: str
    title: Text
    text: Text
    held_by: str
    rule: Mapping[str, Any] | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract before it is agreed on."""

    template: str
    parties: Mapping[str, Party]
    terms: Terms
    clauses: tuple[Clause, ...] = field(default=())

    def policy(self, kind: str = "offer", uid: str = "") -> Policy:
        """The rules of all clauses as one policy over the dataset."""
        rules = [one.rule for one in self.clauses]
        dids = {role: one.did for role, one in self.parties.items()}
        return policy_of(rules, self.terms.subject, dids, kind, uid or f"{self.terms.subject}#offer")


def policy_of(
    rules: Iterable[Mapping[str, Any] | None], subject: str, dids: Mapping[str, str], kind: str, uid: str
) -> Policy:
    """The policy that the rules of clauses make together."""
    joined: dict[str, list[Any]] = {}
    for rule in rules:
        for key, written in (rule or {}).items():
            joined.setdefault(key, []).extend(written)
    given = {"@id": uid, "@type": kind.capitalize(), "target": subject}
    return Policy.from_odrl({**given, "assigner": dids["provider"], "assignee": dids["receiver"], **joined})


def draft(template: str, parties: Mapping[str, Party], terms: Terms) -> Draft:
    """Draw up a contract.

    Parameters
    ----------
    template
        A key of `TEMPLATES`.
    parties
        By role, exactly the roles of the template.

    Raises
    ------
    TermsWrong
        If the template is unknown, a party is absent, or two roles have one DID.
    """
    if template not in TEMPLATES:
        raise _wrong(
            "template", f"choose one of {', '.join(TEMPLATES)}", f"{', '.join(TEMPLATES)} 가운데 고르세요"
        )
    chosen = TEMPLATES[template]
    if set(parties) != set(chosen.roles) or len({one.did for one in parties.values()}) < len(parties):
        names = ", ".join(chosen.roles)
        raise _wrong(
            "parties", f"each of {names} is needed once", f"{names}이(가) 서로 다른 기업으로 있어야 합니다"
        )
    facts = _facts(parties, terms)
    clauses = tuple(_clause(name, said, terms, facts) for name, said in chosen.clauses.items())
    made = Draft(template, dict(parties), terms, clauses)
    made.policy()
    return made


def _clause(name: str, said: Mapping[str, Any], terms: Terms, facts: Mapping[str, Any]) -> Clause:
    choice = getattr(terms, said["term"]) if "term" in said else None
    silent = "term" in said and choice is None
    body = said["silent"] if silent else said["choices"][choice] if choice else said
    if name == "creators" and not terms.creators:
        body, silent = _NO_CREATORS, True
    text = Text(_filled(body["en"], facts, "en"), _filled(body["ko"], facts, "ko"))
    rule = _rule(body["rule"], facts) if "rule" in body else None
    return Clause(name, Text(**said["title"]), text, body["held_by"], rule, silent)


_NO_CREATORS = {
    "en": "The parties did not state who created the data. By law (Article 2) the creator is whoever newly made it by substantial investment and effort.",
    "ko": "생성자를 적지 않았다. 산업 디지털 전환 촉진법 제2조에 따라 상당한 투자와 노력으로 데이터를 새로 만든 자가 생성자이다.",
    "held_by": "promise",
}  # fmt: skip


def _facts(parties: Mapping[str, Party], terms: Terms) -> dict[str, Any]:
    """What the places of texts and rules stand for."""
    until = terms.until
    known: dict[str, Any] = {role: one.name for role, one in parties.items()}
    known |= {f"{role}_did": one.did for role, one in parties.items()}
    known |= {
        "dataset": terms.title,
        "subject": terms.subject,
        "purposes": Text(", ".join(terms.purposes), ", ".join(terms.purposes)),
        "acts": _acts(terms.actions),
        "term": _term(terms),
        "place": Text(terms.place or "not limited", terms.place or "제한 없음"),
        "creators": "; ".join(f"{one.name} ({one.basis})" for one in terms.creators),
        "days": str(terms.days),
        "cap": money(terms.cap, terms.price.currency if terms.price else "KRW")
        if terms.cap is not None
        else "",
        "actions": list(terms.actions),
        "purpose_list": list(terms.purposes),
        "start_time": _time(terms.start),
        "end_time": _time(until) if until else None,
        "delete_time": _time(until + timedelta(days=terms.days)) if until else None,
        "place_code": terms.place or None,
        "payment_duty": _payment(terms.price),
    }
    known["price"] = _price(terms.price, known)
    return known


def _acts(actions: tuple[str, ...]) -> Text:
    labels = [known.label if (known := POLICY_WORDS.get(one)) else Text(one, one) for one in actions]
    return Text(", ".join(one.en for one in labels), ", ".join(one.ko for one in labels))


def _term(terms: Terms) -> Text:
    start = value_words(terms.start)
    if terms.until is None:
        return Text(f"from {start.en}, without end", f"{start.ko}부터, 끝 없음")
    end = value_words(terms.until)
    return Text(f"from {start.en} to before {end.en}", f"{start.ko}부터 {end.ko} 전까지")


def _price(price: Price | None, known: Mapping[str, Any]) -> Text:
    if price is None:
        return Text("The data is made available without payment.", "데이터는 무상으로 제공한다.")
    model, unit = PRICE_MODELS[price.model], UNITS.get(price.unit, Text("", ""))
    facts = {
        **known,
        "amount": money(price.amount, price.currency),
        "unit": unit,
        "per": Text(f"{price.per:,}", f"{price.per:,}{unit.ko}"),
        "free": Text(f"{price.free:,}", f"{price.free:,}{unit.ko}"),
        "share": f"{price.share:f}",
    }
    said = [Text(_filled(model.says.en, facts, "en"), _filled(model.says.ko, facts, "ko"))]
    if price.minimum:
        least = money(price.minimum, price.currency)
        said.append(Text(f"At least {least.en} in all.", f"합계는 {least.ko} 이상으로 한다."))
    if price.cap is not None:
        most = money(price.cap, price.currency)
        said.append(Text(f"At most {most.en} in all.", f"합계는 {most.ko} 이하로 한다."))
    return Text(" ".join(one.en for one in said), " ".join(one.ko for one in said))


def _payment(price: Price | None) -> list[dict[str, Any]] | None:
    """The duty to pay that the permission is granted against; a lump sum comes before the use."""
    if price is None:
        return None
    action: Any = "compensate"
    if price.model in ("lump-sum", "flat"):
        amount = {"@value": f"{price.amount:f}", "@type": "xsd:decimal"}
        finer = {"leftOperand": "payAmount", "operator": "eq", "rightOperand": amount, "unit": price.currency}
        action = {"rdf:value": {"@id": "compensate"}, "refinement": [finer]}
    before = {"leftOperand": "event", "operator": "lt", "rightOperand": "policyUsage"}
    return [{"action": action, **({"constraint": [before]} if price.model == "lump-sum" else {})}]


def _time(at: Any) -> dict[str, str]:
    return {"@value": at.isoformat(), "@type": "xsd:dateTime"}


def _filled(text: str, facts: Mapping[str, Any], language: str) -> str:
    """A text with its places filled; in Korean with the particle that follows.

    >>> _filled("{provider|은} 제공한다.", {"provider": "동진산업"}, "ko")
    '동진산업은 제공한다.'
    """

    def one(place: re.Match[str]) -> str:
        value = facts[place[1]]
        word = getattr(value, language) if isinstance(value, Text) else str(value)
        return with_particle(word, place[2]) if place[2] else word

    return _PLACE.sub(one, text)


def _rule(written: Any, facts: Mapping[str, Any]) -> Any:
    """A rule with its places filled by values; what has no value is left out, and so is its constraint."""
    if isinstance(written, list):
        return [one for one in (_rule(each, facts) for each in written) if one is not None]
    if isinstance(written, Mapping):
        made = {key: _rule(value, facts) for key, value in written.items()}
        if "leftOperand" in made and made["rightOperand"] is None:
            return None
        return {key: value for key, value in made.items() if value not in (None, [])}
    place = _PLACE.fullmatch(written) if isinstance(written, str) else None
    return facts[place[1]] if place else written


def _wrong(where: str, en: str, ko: str) -> TermsWrong:
    return TermsWrong(where, fault=Text(f"{en}.", f"{ko}."))
