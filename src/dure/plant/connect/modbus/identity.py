"""Who answers: Modbus' Read Device Identification, which many devices do not have (§6.21)."""

from typing import Any

from dure.plant.connect.modbus.link import Link, Refused, Silent

FUNCTION, BASIC = 43, 1


async def identity(link: Link, unit: int) -> dict[str, str]:
    """Product and version as far as the device tells; a device that refuses the question is there all the same.

    Raises
    ------
    SourceLost, SourceOdd
    """
    try:
        response = await link.ask(
            lambda client: client.read_device_information(read_code=BASIC, device_id=unit)
        )
    except (Refused, Silent):
        return {"product": "Modbus device", "version": ""}
    told = response.information if response.function_code == FUNCTION else {}
    vendor, product, version = (_words(told.get(number)) for number in (0, 1, 2))
    return {"product": f"{vendor} {product}".strip() or "Modbus device", "version": version}


def _words(given: Any) -> str:
    content = given[0] if isinstance(given, list) and given else given
    plain = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    return "".join(letter for letter in plain if letter.isprintable())[:80]
