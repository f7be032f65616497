"""Why a contract cannot be drawn up, or a document is not the one that was agreed."""

from dure.vocabulary import FileProblem, InputError, Text


class TermsWrong(InputError):
    """A term of a contract is absent or not one of those that may be chosen."""

    key = "terms-wrong"
    says = Text(
        "The contract cannot be drawn up: {where}: {fault}", "계약서를 만들 수 없습니다: {where}: {fault}"
    )
    remedy = Text("Correct this term.", "이 조건을 고쳐 주세요.")


class ContractChanged(FileProblem):
    """A contract's file is not as it was agreed: content, policy, pages or a signature differ."""

    key = "contract-changed"
    says = Text(
        "The contract is not as it was agreed: {where}: {fault}",
        "계약서가 체결된 것과 다릅니다: {where}: {fault}",
    )
    remedy = Text(
        "Ask the other party for its copy, and trust neither before one verifies.",
        "상대방이 보관한 계약서를 받아 확인하고, 확인되기 전에는 어느 쪽도 믿지 마세요.",
    )
