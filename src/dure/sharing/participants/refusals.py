"""What cannot be believed, fetched, read or paired, each in one sentence."""

from dure.vocabulary import InputError, NodeProblem, NotPermitted, SourceProblem, Text


class NotVerified(NotPermitted):
    """A token, a credential or a presentation that does not hold. The reason is for our own log, never for the wire."""

    key = "participant-not-verified"
    says = Text("{where} is not verified: {why}.", "{where}을(를) 확인하지 못했습니다: {why}.")
    remedy = Text(
        "Ask the other firm to check its clock, its key and its credentials, and to try again.",
        "상대 기업에 시계, 키, 자격증명을 확인한 뒤 다시 시도하도록 요청해 주세요.",
    )


class FetchRefused(SourceProblem):
    """A foreign address that we do not ask, or an answer that we do not take."""

    key = "participant-fetch-refused"
    says = Text("{where} was not fetched: {why}.", "{where}에서 가져오지 못했습니다: {why}.")
    remedy = Text(
        "Check the address. In a network of your own, an operator can allow it with DURE_SHARING_NETWORKS.",
        "주소를 확인해 주세요. 사내망이라면 운영자가 DURE_SHARING_NETWORKS로 허용할 수 있습니다.",
    )


class MessageWrong(InputError):
    """A message of another participant that is not what the protocol says."""

    key = "participant-message-wrong"
    says = Text(
        "The message cannot be used ({where}): {why}.", "메시지를 처리할 수 없습니다({where}): {why}."
    )
    remedy = Text(
        "Send it as the Decentralized Claims Protocol 1.0 describes it.",
        "Decentralized Claims Protocol 1.0 규격에 맞게 보내 주세요.",
    )


class ParticipantUnknown(InputError):
    """A participant, credential or request that is not here."""

    key = "participant-unknown"
    says = Text(
        "There is no participant or credential {where} here.",
        "{where}에 해당하는 참여 기업이나 자격증명이 없습니다.",
    )
    remedy = Text("Look at the list of partners.", "파트너 목록을 확인해 주세요.")


class PairingRefused(NotPermitted):
    """A pairing that does not come about."""

    key = "participant-pairing-refused"
    says = Text("The pairing with {where} did not work: {why}.", "{where}와(과) 연결하지 못했습니다: {why}.")
    remedy = Text(
        "Ask the other firm for a new code and begin again.",
        "상대 기업에 새 코드를 요청해 다시 시작해 주세요.",
    )


class KeyProblem(NodeProblem):
    """Our own key cannot be read."""

    key = "participant-key-problem"
    says = Text("The node's key {where} cannot be used.", "노드의 키 {where}을(를) 사용할 수 없습니다.")
    remedy = Text(
        "Restore the folder sharing/identity from a backup, or remove it to begin with a new key.",
        "백업에서 sharing/identity 폴더를 복원하거나, 폴더를 지우고 새 키로 시작해 주세요.",
    )
