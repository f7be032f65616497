"""What this room refuses. On the wire each becomes the protocol's own error object; for people it is a sentence."""

from dure.vocabulary import InputError, NotPermitted, SourceProblem, Text


class MessageWrong(InputError):
    """A message that is not what the protocol says."""

    key = "dsp-message-wrong"
    says = Text("The message is refused: {where} {wrong}.", "메시지가 거절되었습니다. {where}: {wrong}.")
    remedy = Text(
        "Send it as the Dataspace Protocol 2025-1 describes it.",
        "Dataspace Protocol 2025-1이 정한 형식으로 보내세요.",
    )


class WrongState(InputError):
    """A message or a deed that does not fit where the process stands."""

    key = "dsp-wrong-state"
    says = Text(
        "{where} is {state}: “{step}” by the {by} does not fit there.",
        "{where}은(는) {state} 상태입니다. {by} 쪽의 “{step}”은(는) 이 상태에서 할 수 없습니다.",
    )
    remedy = Text(
        "Ask for its state, and go on from there.", "현재 상태를 조회한 뒤 거기에서부터 진행하세요."
    )


class UnknownProcess(InputError):
    """A process, dataset or agreement that is not there for whoever asks: both are told the same."""

    key = "dsp-unknown"
    says = Text("There is no {where}.", "{where}이(가) 없습니다.")
    remedy = Text("Use an id that this connector has given you.", "이 커넥터가 알려 준 식별자를 쓰세요.")


class AddressRefused(InputError):
    """An address to which no messages will be sent."""

    key = "dsp-address-refused"
    says = Text(
        "Messages cannot be sent to {where}: {why}.", "{where} 주소로는 메시지를 보낼 수 없습니다: {why}."
    )
    remedy = Text(
        "Give an https address that others can reach.", "다른 곳에서 닿을 수 있는 https 주소를 주세요."
    )


class PeerSilent(SourceProblem):
    """A connector that could not be reached, or whose answer is none."""

    key = "dsp-peer-silent"
    says = Text(
        "{where} did not answer as a connector does: {why}.",
        "{where}이(가) 커넥터로서 응답하지 않았습니다: {why}.",
    )
    remedy = Text(
        "Check the address with its owner, and whether the node is up.",
        "주소와 상대 노드의 가동 여부를 상대방에게 확인하세요.",
    )


class OfferUnknown(InputError):
    """An offer that the dataset does not carry."""

    key = "dsp-offer-unknown"
    says = Text("{where} carries no offer “{offer}”.", "{where}에는 “{offer}” 오퍼가 없습니다.")
    remedy = Text(
        "Ask for its catalogue again and choose from it.", "카탈로그를 다시 조회해 그 안에서 고르세요."
    )


class AgreementEnded(NotPermitted):
    """An agreement that is over or was never concluded."""

    key = "dsp-agreement-ended"
    says = Text("The agreement {where} is not in force.", "{where} 계약은 유효하지 않습니다.")
    remedy = Text("Negotiate a new one.", "새 계약을 협상하세요.")
