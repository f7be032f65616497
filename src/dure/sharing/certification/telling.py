"""A certificate in plain sentences, for people who never heard of a Merkle tree."""

from dure.sharing.certification.certificate import ASSESSED, Certificate
from dure.vocabulary import Text


def summary(certificate: Certificate) -> Text:
    """What it says, in two sentences."""
    said = certificate.says
    held = [one for one in said["results"] if "met" in one]
    met, rows, label = sum(one["met"] for one in held), said["data"]["rows"], said["rules"]["label"]
    en = f"{rows:,} rows meet {met} of {len(held)} requirements of “{label['en']}”."
    ko = f"{rows:,}개 행이 “{label['ko']}”의 요구 조건 {len(held)}개 가운데 {met}개를 채웁니다."
    more = standing_behind(certificate)
    return Text(f"{en} {more.en}", f"{ko} {more.ko}")


def standing_behind(certificate: Certificate) -> Text:
    """Whose word stands behind it, and what a fraud would have risked."""
    found, blocks = certificate.evidence, certificate.says["data"]["blocks"]
    if certificate.assurance != ASSESSED:
        return Text(
            "It is self-declared: nobody outside has seen any of the data.",
            "자기 선언입니다. 외부에서 데이터를 확인한 사람은 없습니다.",
        )
    chance = next((one["probability"] for one in found["chances"] if one["fraction"] == 0.05), 0.0)
    shown, told = len(found["shown"]), f"{100 * chance:.3g} %"
    return Text(
        f"An assessor was shown {shown} of {blocks} blocks drawn by lot; a fraud in 5 % of them would have been seen with {told}.",
        f"심사자가 블록 {blocks}개 가운데 추첨된 {shown}개를 확인했습니다. 5 %가 조작되었다면 {told} 확률로 드러났을 것입니다.",
    )
