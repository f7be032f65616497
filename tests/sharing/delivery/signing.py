"""Real keys of two participants, the same in every process of a test."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dure.sharing.delivery import Expected

CONSUMER, PROVIDER, AGREEMENT = "did:web:consumer", "did:web:provider", "urn:uuid:agreement-1"


def _key(did):
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(did.encode()).digest())


def sign(did):
    return lambda words: urlsafe_b64encode(_key(did).sign(words)).decode()


def check(did, words, signature):
    try:
        _key(did).public_key().verify(urlsafe_b64decode(signature), words)
    except (InvalidSignature, ValueError):
        return False
    return True


def expected(manifest, rows=1_000):
    return Expected(AGREEMENT, manifest.root, manifest.size, rows, CONSUMER, PROVIDER)
