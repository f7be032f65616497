"""Why a picture cannot be used, each in one sentence with the way out."""

from dure.vocabulary import FileProblem, Text


class NotAPicture(FileProblem):
    """Bytes that are no picture of a kind that is read."""

    key = "not-a-picture"
    says = Text("{where} is no picture: it holds {what}.", "{where}은(는) 그림이 아닙니다: {what}.")
    remedy = Text("Give a JPEG, PNG, BMP, TIFF or WebP file.", "JPEG, PNG, BMP, TIFF, WebP 파일을 주세요.")


class PictureDamaged(FileProblem):
    """A picture that ends too soon or is broken inside."""

    key = "picture-damaged"
    says = Text(
        "The picture {where} is damaged or ends too soon.", "{where} 그림이 손상되었거나 중간에 끊겼습니다."
    )
    remedy = Text("Copy or export it again, or leave it out.", "다시 복사하거나 내보내고, 안 되면 빼 주세요.")


class PictureTooLarge(FileProblem):
    """More pixels than a picture may have; found in its header, before anything is unpacked."""

    key = "picture-too-large"
    says = Text(
        "The picture {where} has {pixels} million pixels, more than {limit} million.",
        "{where} 그림은 {pixels}백만 화소로 {limit}백만 화소를 넘습니다.",
    )
    remedy = Text("Store it smaller, or cut it into tiles.", "더 작게 저장하거나 조각으로 나누어 주세요.")
