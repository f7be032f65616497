"""Why a policy's text is refused."""

from dure.vocabulary import InputError, Text


class PolicyWrong(InputError):
    """A policy is not ODRL 2.2 as this room reads it, or is larger than it may be."""

    key = "policy-wrong"
    says = Text(
        "The policy cannot be read at {where}: {fault}", "정책의 {where}을(를) 읽을 수 없습니다: {fault}"
    )
    remedy = Text(
        "Correct it there, or ask whoever wrote it; docs/reference/policies.md says what is read.",
        "그 자리를 고치거나 작성한 곳에 문의해 주세요. 읽을 수 있는 형식은 docs/reference/policies.md에 있습니다.",
    )
