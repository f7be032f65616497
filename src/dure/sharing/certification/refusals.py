"""What certification refuses, in one sentence each."""

from dure.vocabulary import InputError, NotPermitted, Text


class CertificateWrong(InputError):
    """What was handed in is no certificate that we can read."""

    key = "certificate-wrong"
    says = Text("{where} is no certificate that can be read: {fault}", "{where}은(는) 읽을 수 있는 인증서가 아닙니다. {fault}")  # fmt: skip
    remedy = Text("Ask its issuer for the file that dure certify wrote.", "발급한 곳에 dure certify가 만든 파일을 요청해 주세요.")  # fmt: skip


class RulesWrong(InputError):
    """A rule set breaks its format."""

    key = "rules-wrong"
    says = Text(
        "The rule set {where} cannot be used: {fault}", "규칙 집합 {where}을(를) 쓸 수 없습니다. {fault}"
    )
    remedy = Text("Mend it, or name one that is shipped: {known}.", "내용을 고치거나 제공되는 규칙을 지정해 주세요: {known}.")  # fmt: skip


class KindUnsettled(InputError):
    """A column whose values have no canonical bytes."""

    key = "column-not-canonical"
    says = Text("The column “{where}” is of the kind {kind}, which has no agreed bytes to hash.", "“{where}” 열의 {kind} 형식은 해시할 바이트가 정해져 있지 않습니다.")  # fmt: skip
    remedy = Text("Write it as text, number, time or yes/no, and certify again.", "글자, 숫자, 시각, 예/아니요로 바꾸어 다시 인증해 주세요.")  # fmt: skip


class AttemptsSpent(NotPermitted):
    """A party has had all its tries at a sealed half."""

    key = "golden-attempts-spent"
    says = Text(
        "All {most} attempts at “{where}” are used up.", "“{where}”에 허용된 {most}번의 시도를 모두 썼습니다."
    )
    remedy = Text("Ask the owner of the golden set for more; each attempt tells a little of what is sealed.", "골든 데이터셋 소유자에게 추가 시도를 요청해 주세요. 시도할 때마다 봉인된 내용이 조금씩 드러납니다.")  # fmt: skip


class GoldenProblem(InputError):
    """A table that cannot be a golden set, or a sealed half that is not as it was."""

    key = "golden-problem"
    says = Text(
        "“{where}” cannot serve as a golden set: {fault}",
        "“{where}”을(를) 골든 데이터셋으로 쓸 수 없습니다. {fault}",
    )
    remedy = Text("Give a column of groups or of times with more values, or make the set anew.", "값이 더 많은 묶음 열이나 시각 열을 지정하거나 데이터셋을 다시 만들어 주세요.")  # fmt: skip


class DisclosureWrong(InputError):
    """Blocks that do not belong to the root they are shown for."""

    key = "disclosure-wrong"
    says = Text(
        "Block {where} does not belong to the certified data.",
        "블록 {where}은(는) 인증된 데이터의 일부가 아닙니다.",
    )
    remedy = Text("Do not accept the data; ask for the blocks again.", "데이터를 받아들이지 말고 블록을 다시 요청해 주세요.")  # fmt: skip
