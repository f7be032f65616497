"""SOAP 1.2 for ONVIF by hand: questions with a WS-UsernameToken, answers parsed as the foreign input they are."""

import base64
import hashlib
import secrets
from datetime import UTC, datetime
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

MOST_BYTES = 512 * 1024
MOST_ELEMENTS = 20_000
KIND = "application/soap+xml; charset=utf-8"
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
_ENCODING = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"


class XmlRefused(ValueError):
    """An answer that is no XML, is too large, or declares entities."""


def parsed(answer: bytes) -> ET.Element:
    """The answer as a tree.

    Entities need a document type, so that none of it is read: neither a bomb nor a file of this machine.

    >>> parsed(b"<a><b>1</b></a>")[0].text
    '1'
    >>> parsed(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    Traceback (most recent call last):
    dure.plant.connect.camera.soap.XmlRefused: a document type

    Raises
    ------
    XmlRefused
    """
    if len(answer) > MOST_BYTES:
        raise XmlRefused("too long")
    try:
        text = answer.decode("utf-8-sig")
    except UnicodeDecodeError as odd:
        raise XmlRefused("not UTF-8") from odd
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise XmlRefused("a document type")
    if text.count("<") > 2 * MOST_ELEMENTS:
        raise XmlRefused("too many elements")
    try:
        return ET.fromstring(text)  # noqa: S314 - bounded above, and without a document type
    except (ET.ParseError, ValueError) as odd:
        raise XmlRefused("no XML") from odd


def digest(password: str, nonce: bytes, created: str) -> str:
    """Password digest of WS-Security UsernameToken Profile 1.0, 3.1.

    The example of ONVIF's Application Programmer's Guide 1.0, 6.1.1.3:

    >>> digest("userpassword", base64.b64decode("LKqI6G/AikKCQrN0zqZFlg=="), "2010-09-16T07:50:45Z")
    'tuOSpGlFlIXsozq4HFNeeGeFLEI='
    """
    mixed = nonce + created.encode() + password.encode()
    return base64.b64encode(hashlib.sha1(mixed).digest()).decode()  # noqa: S324 - the standard's own


def envelope(body: str, user: str, password: str, *, now: float, nonce: bytes = b"") -> bytes:
    """A question; `now` [s since 1970 UTC] by the camera's clock, as it refuses a token that is too old."""
    head = _token(user, password, now, nonce or secrets.token_bytes(16)) if user else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
        f"<s:Header>{head}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _token(user: str, password: str, now: float, nonce: bytes) -> str:
    created = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return (
        f'<w:Security xmlns:w="{_SECURITY}" s:mustUnderstand="1"><w:UsernameToken>'
        f'<w:Username>{escape(user)}</w:Username><w:Password Type="{_PROFILE}">{digest(password, nonce, created)}</w:Password>'
        f'<w:Nonce EncodingType="{_ENCODING}">{base64.b64encode(nonce).decode()}</w:Nonce>'
        f'<u:Created xmlns:u="{_UTILITY}">{created}</u:Created></w:UsernameToken></w:Security>'
    )


def local(element: ET.Element) -> str:
    """Name of an element without its namespace: makers differ in prefixes, not in names."""
    return element.tag.rpartition("}")[2]


def texts(tree: ET.Element, name: str) -> list[str]:
    """Words of every element of that name."""
    return [(element.text or "").strip()[:2000] for element in tree.iter() if local(element) == name]
