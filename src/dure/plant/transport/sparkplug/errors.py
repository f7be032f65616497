"""What is wrong with a Sparkplug topic or payload."""

from dure.vocabulary import InputError, SourceProblem, Text


class PayloadWrong(SourceProblem):
    """A payload that is none, or breaks a rule without which it cannot be understood."""

    key = "sparkplug-payload-wrong"
    says = Text("A payload of {where} is not Sparkplug B: {why}.", "{where}의 페이로드가 Sparkplug B가 아닙니다: {why}.")  # fmt: skip
    remedy = Text("Check the edge node's software.", "에지 노드의 소프트웨어를 확인해 주세요.")


class NameRefused(InputError):
    """A group, edge node, device or host id that a topic cannot hold."""

    key = "sparkplug-name-refused"
    says = Text("“{where}” cannot be a Sparkplug id.", "“{where}”은(는) Sparkplug ID로 쓸 수 없습니다.")
    remedy = Text("Leave out + / # and do not leave it empty.", "+ / # 없이, 비우지 말고 적어 주세요.")
