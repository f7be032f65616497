"""What a delivery refuses, each in one sentence."""

from dure.vocabulary import InputError, NotPermitted, SourceProblem, Text


class ManifestWrong(InputError):
    """A manifest is no manifest of ours, or not the one that was agreed."""

    key = "delivery-manifest-wrong"
    says = Text(
        "{where} does not describe the data: {fault}.", "{where}이(가) 데이터를 설명하지 못합니다: {fault}."
    )
    remedy = Text(
        "Ask the provider to offer the data again.", "제공자에게 데이터를 다시 제공해 달라고 요청하세요."
    )


class ChunkWrong(InputError):
    """Bytes that do not have the hash under which they came."""

    key = "delivery-chunk-wrong"
    says = Text(
        "A chunk from {where} is not what its name says: {name}.",
        "{where}에서 온 조각의 내용이 이름과 다릅니다: {name}.",
    )
    remedy = Text(
        "Fetch it again; if it stays so, tell the provider that the data changed after the agreement.",
        "다시 받아 보세요. 계속되면 합의 뒤에 데이터가 바뀌었다고 제공자에게 알리세요.",
    )


class KeyForgotten(NotPermitted):
    """The key of an agreement was destroyed, or never made: what lies there can no longer be read."""

    key = "delivery-key-forgotten"
    says = Text(
        "The data of agreement {where} can no longer be read: its key was destroyed.",
        "합의 {where}의 데이터는 더 이상 읽을 수 없습니다. 키가 폐기되었습니다.",
    )
    remedy = Text("Make a new agreement to receive it again.", "다시 받으려면 새로 합의하세요.")


class ChunkAbsent(InputError):
    """A chunk that was never put there, or whose file was damaged."""

    key = "delivery-chunk-absent"
    says = Text(
        "Agreement {where} has no whole chunk {name}.", "합의 {where}에 온전한 조각 {name}이(가) 없습니다."
    )
    remedy = Text(
        "Run the transfer again: it fetches only what is missing.",
        "전송을 다시 실행하세요. 빠진 것만 받습니다.",
    )


class SourceSilent(SourceProblem):
    """The other side cannot be reached, breaks off again and again, or answers what nobody understands."""

    key = "delivery-source-silent"
    says = Text("{where} does not deliver: {fault}.", "{where}에서 데이터를 주지 않습니다: {fault}.")
    remedy = Text(
        "Run the transfer again later: it goes on where it stopped.",
        "나중에 전송을 다시 실행하세요. 멈춘 곳부터 이어집니다.",
    )


class SourceRefuses(NotPermitted):
    """The other side does not let us in: the token is wrong, or the transfer has ended."""

    key = "delivery-source-refuses"
    says = Text(
        "{where} refuses the transfer (HTTP {status}).", "{where}에서 전송을 거절했습니다(HTTP {status})."
    )
    remedy = Text(
        "See whether the agreement still runs, and start the transfer anew.",
        "합의가 아직 유효한지 확인하고 전송을 새로 시작하세요.",
    )


class ReceiptWrong(InputError):
    """A receipt that is not about this delivery, or whose signature does not hold."""

    key = "delivery-receipt-wrong"
    says = Text(
        "The receipt from {where} does not hold: {fault}.", "{where}의 영수증이 유효하지 않습니다: {fault}."
    )
    remedy = Text("Ask for a receipt of this delivery.", "이 전송의 영수증을 요청하세요.")


class LiveGone(SourceProblem):
    """A live stream no longer holds the lines after a cursor."""

    key = "delivery-live-gone"
    says = Text(
        "{where} no longer holds the lines after {cursor}; it begins at {first}.",
        "{where}에 {cursor} 이후의 행이 남아 있지 않습니다. {first}부터 있습니다.",
    )
    remedy = Text(
        "Go on from {first}, and fetch what is missing as a file.",
        "{first}부터 이어 받고, 빠진 부분은 파일로 받으세요.",
    )
