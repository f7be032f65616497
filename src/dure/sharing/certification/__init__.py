"""Certification: what data are, measured by rules that came in, signed, and checked by anybody to the bit.

- `certify` measures a `Dataset` by a `RuleSet` and signs a `Certificate` (W3C verifiable credential); `verify` computes it again;
  `still_holds` says whether it speaks for newer rows.
- `disclose`, `drawn`, `assess`: blocks shown to an assessor with Merkle proofs, drawn by lot; `found_probability` of a fraud.
- `reports`: four reports from one measurement. `Golden`, `attempt`: golden data with a half that nobody sees, scored at home.
- `keep`, `lapse`, `withdraw`, `register`: the certificates of this node; the procedure itself is YAML in `procedures/`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dure.sharing.certification.certificate import ASSESSED, SELF_DECLARED, Certificate
from dure.sharing.certification.certifying import certify
from dure.sharing.certification.disclosure import (
    Disclosure,
    Shown,
    assess,
    check,
    disclose,
    drawn,
    found_probability,
)
from dure.sharing.certification.engine import engine
from dure.sharing.certification.holding import Lapse, Standing, still_holds
from dure.sharing.certification.measuring import Dataset
from dure.sharing.certification.refusals import (
    AttemptsSpent,
    CertificateWrong,
    DisclosureWrong,
    GoldenProblem,
    RulesWrong,
)
from dure.sharing.certification.reporting import REPORTS, report
from dure.sharing.certification.ruling import RuleSet, rules, rules_of, shipped
from dure.sharing.certification.signing import Signer, own_signer, signer_of
from dure.sharing.certification.verifying import Check, Verdict, verify

if TYPE_CHECKING:
    from dure.sharing.certification.golden import attempt, make, split
    from dure.sharing.certification.keeping import keep, lapse, register, withdraw
    from dure.sharing.certification.models import Attempt, Golden, Issued

_WHERE = {
    **dict.fromkeys(("attempt", "make", "split"), "golden"),
    **dict.fromkeys(("keep", "lapse", "register", "withdraw"), "keeping"),
    **dict.fromkeys(("Attempt", "Golden", "Issued"), "models"),
}
__all__ = [
    "ASSESSED",
    "REPORTS",
    "SELF_DECLARED",
    "Attempt",
    "AttemptsSpent",
    "Certificate",
    "CertificateWrong",
    "Check",
    "Dataset",
    "Disclosure",
    "DisclosureWrong",
    "Golden",
    "GoldenProblem",
    "Issued",
    "Lapse",
    "RuleSet",
    "RulesWrong",
    "Shown",
    "Signer",
    "Standing",
    "Verdict",
    "assess",
    "attempt",
    "certify",
    "check",
    "disclose",
    "drawn",
    "engine",
    "found_probability",
    "keep",
    "lapse",
    "make",
    "own_signer",
    "register",
    "report",
    "rules",
    "rules_of",
    "shipped",
    "signer_of",
    "split",
    "still_holds",
    "verify",
    "withdraw",
]


def __getattr__(name: str) -> Any:
    # Django imports this package before its models may be loaded, so they come when they are first asked for.
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
