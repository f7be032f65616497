"""How a device's request is refused: one sentence, the HTTP status beside it."""

from typing import ClassVar

from dure.vocabulary import InputError, NotPermitted, Text


class BodyRefused(InputError):
    """A body that is not what it says."""

    key = "push-body-refused"
    status: ClassVar[int] = 400
    says = Text("The request cannot be read: {why}.", "요청을 읽을 수 없습니다: {why}.")
    remedy = Text("Nothing of it was stored; send it again when it is mended.", "저장된 것이 없습니다. 고쳐서 다시 보내 주세요.")  # fmt: skip

    def __init__(self, why: Text) -> None:
        super().__init__("", why=why)


class BodyTooLarge(InputError):
    """A body beyond the limit."""

    key = "push-body-too-large"
    status: ClassVar[int] = 413
    says = Text("The request is larger than {where}.", "요청이 {where}보다 큽니다.")
    remedy = Text("Send fewer readings at once.", "한 번에 더 적은 측정값을 보내 주세요.")


class KindUnknown(InputError):
    """A body of a kind that is not read."""

    key = "push-kind-unknown"
    status: ClassVar[int] = 415
    says = Text("Bodies of the kind “{where}” are not read.", "“{where}” 형식의 본문은 읽지 않습니다.")
    remedy = Text(
        "Send application/json, text/csv or line protocol as text/plain, packed with gzip or not.",
        "application/json, text/csv 또는 라인 프로토콜(text/plain)로 보내 주세요. gzip 압축은 선택입니다.",
    )


class TokenRefused(NotPermitted):
    """A request without a token that this node gave."""

    key = "push-token-refused"
    status: ClassVar[int] = 401
    says = Text("{where} needs a valid token.", "{where}에는 유효한 토큰이 필요합니다.")
    remedy = Text(
        "Send the header Authorization: Bearer TOKEN.", "Authorization: Bearer TOKEN 헤더를 보내 주세요."
    )


class TooMany(NotPermitted):
    """A device that sends faster than it may, or more devices at once than are served."""

    key = "push-too-many"
    status: ClassVar[int] = 429
    says = Text("{where} sends more requests than are taken.", "{where}의 요청이 허용량을 넘었습니다.")
    remedy = Text("Send the same again after {seconds} s.", "{seconds}초 뒤에 다시 보내 주세요.")


class NotStored(NotPermitted):
    """Readings that are not on the disk in time."""

    key = "push-not-stored"
    status: ClassVar[int] = 503
    says = Text(
        "The readings of {where} are not on the disk yet.",
        "{where}의 측정값을 아직 디스크에 쓰지 못했습니다.",
    )
    remedy = Text("Send the same again; it is stored once.", "그대로 다시 보내 주세요. 한 번만 저장됩니다.")


class PlaceUnknown(InputError):
    """A path that is not served."""

    key = "push-place-unknown"
    status: ClassVar[int] = 404
    says = Text("There is nothing at {where}.", "{where}에는 아무것도 없습니다.")
    remedy = Text(
        "Post to /v1/samples, /write or /api/v2/write.", "/v1/samples, /write, /api/v2/write로 보내 주세요."
    )


class DeviceRefused(InputError):
    """A device's name that cannot be used, or that is not there."""

    key = "push-device-refused"
    says = Text(
        "“{where}” cannot be used as a device here: {why}.", "“{where}”을(를) 장치로 쓸 수 없습니다: {why}."
    )
    remedy = Text(
        "A device's name is a-z 0-9 - and at most 64 signs.", "장치 이름은 a-z 0-9 -로 64자까지입니다."
    )


REFUSALS = (BodyRefused, BodyTooLarge, KindUnknown, TokenRefused, TooMany, NotStored, PlaceUnknown)
