"""The certificates of this node: kept, registered, suspended, lapsed, withdrawn; each step an entry of the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from dure.foundation.ledger import record
from dure.sharing.certification.certificate import Certificate
from dure.sharing.certification.disclosure import found_probability
from dure.sharing.certification.models import Issued
from dure.sharing.certification.refusals import CertificateWrong
from dure.sharing.certification.signing import wrong
from dure.vocabulary import Text

if TYPE_CHECKING:
    from dure.foundation.parties import Organisation, Person
    from dure.foundation.procedure import Case, Flow
    from dure.sharing.certification.holding import Standing

#: The flow under which a certificate is asked for.
FLOW = "certification"


def keep(certificate: Certificate, by: "Person | None" = None, now: datetime | None = None) -> Issued:
    """Keep a certificate; once, however often it is handed in."""
    number = UUID(certificate.id.removeprefix("urn:uuid:"))
    with transaction.atomic():
        found, made = Issued.objects.get_or_create(
            id=number,
            defaults={
                "title": str(certificate.says["title"])[:300], "issuer": certificate.issuer[:300], "root": certificate.root,
                "rules": certificate.rules.id, "assurance": certificate.assurance, "meets": certificate.meets,
                "since": certificate.since, "until": certificate.until, "jwt": certificate.jwt, "by": by,
                "kept": now or timezone.now(),
            },
        )  # fmt: skip
        if not made and found.jwt != certificate.jwt:
            raise wrong(
                str(number), "another certificate has its number.", "같은 번호의 다른 인증서가 있습니다."
            )
        if made:
            said = {
                "root": found.root,
                "rules": found.rules,
                "meets": found.meets,
                "assurance": found.assurance,
            }
            record(_who(by), "certificate.kept", f"certificate:{number}", said, now=now)
    return found


def lapse(issued: Issued, standing: "Standing", now: datetime | None = None) -> Issued:
    """Let a certificate lapse for the reasons found; nothing happens while it holds."""
    if standing.holds or issued.state != Issued.State.STANDING:
        return issued
    reasons = [
        {"code": one.code, "where": one.where, "en": one.says.en, "ko": one.says.ko}
        for one in standing.reasons
    ]
    return _moved(issued, Issued.State.LAPSED, reasons, None, now)


def withdraw(issued: Issued, reason: str, by: "Person", now: datetime | None = None) -> Issued:
    """Take a certificate back, for a reason."""
    words = [{"code": "withdrawn", "where": "table", "en": reason[:2000], "ko": reason[:2000]}]
    return _moved(issued, Issued.State.WITHDRAWN, words, by, now)


def register() -> QuerySet[Issued]:
    """The public register: what was registered, in force or not."""
    return Issued.objects.filter(registered__isnull=False).order_by("-registered")


def facts_of(certificate: Certificate) -> dict[str, Any]:
    """What a certificate fills into the application: the facts of the flow `certification`."""
    said = certificate.says["data"]
    shown = len(certificate.evidence["shown"])
    return {
        "cert.id": certificate.id,
        "cert.rules": certificate.rules.id,
        "cert.meets": certificate.meets,
        "cert.assurance": certificate.assurance,
        "cert.chance5": found_probability(said["blocks"], shown, 0.05),
        "data.root": certificate.root,
        "data.rows": float(said["rows"]),
        "data.columns": float(said["columns"]),
        "data.blocks": float(said["blocks"]),
    }


def apply(
    issued: Issued,
    by: "Person",
    answers: Mapping[str, Any] | None = None,
    organisation: "Organisation | None" = None,
    now: datetime | None = None,
) -> "Case":
    """Open an application for certification of what an own certificate declares, filled from its measurement."""
    from dure.foundation.procedure import start

    facts = facts_of(issued.certificate)
    return start(
        FLOW,
        by,
        issued.title,
        answers,
        about=f"certificate:{issued.pk}",
        organisation=organisation,
        facts=facts,
        now=now,
    )


def publish(case: "Case", flow: "Flow", effect: Any, by: "Person | None", now: datetime) -> None:
    """The effect `publish` of the flows here: into the register, suspended, or out of force; designations are told by the case.

    Raises
    ------
    CertificateWrong
        If the case is about no certificate of this node.
    """
    what = dict(effect.settings)["what"] if isinstance(effect.settings, Mapping) else ""
    if what in {"designation", "designation_end"}:
        record(_who(by), f"certifier.{what}", f"case:{case.pk}", {"body": case.subject[:200]}, now=now)
        return
    number = _number(case.about)
    issued = Issued.objects.select_for_update().filter(pk=number).first() if number is not None else None
    if issued is None:
        raise CertificateWrong(case.subject, fault=_NONE)
    if what == "certificate":
        issued.registered = issued.registered or now
        issued.save(update_fields=["registered"])
        _moved(issued, Issued.State.STANDING, [], by, now)
    else:
        state = Issued.State.SUSPENDED if what == "suspension" else Issued.State.WITHDRAWN
        words = {"code": what, "where": "table", "en": str(flow.label.en), "ko": str(flow.label.ko)}
        _moved(issued, state, [words], by, now)


def _moved(
    issued: Issued,
    state: Issued.State,
    reasons: Sequence[Mapping[str, str]],
    by: "Person | None",
    now: datetime | None,
) -> Issued:
    with transaction.atomic():
        issued.state, issued.reasons = state, list(reasons)
        issued.save(update_fields=["state", "reasons"])
        codes = sorted({one["code"] for one in reasons})
        record(_who(by), f"certificate.{state.value}", f"certificate:{issued.pk}", {"codes": codes}, now=now)
    return issued


def _number(about: str) -> UUID | None:
    try:
        return UUID(about.removeprefix("certificate:"))
    except ValueError:
        return None


def _who(by: "Person | None") -> str:
    return f"person:{by.pk}" if by is not None else "node"


_NONE = Text("the case is about no certificate of this node.", "이 노드의 인증서에 관한 사건이 아닙니다.")
