"""Tunnel: a public address for a plant that has none; the hub passes TLS through and holds no key."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dure.sharing.tunnel.certificate import listening_context, plant_certificate
    from dure.sharing.tunnel.hello import server_name
    from dure.sharing.tunnel.hub import Hub, Limits
    from dure.sharing.tunnel.keys import (
        Sign,
        Verify,
        admit,
        admitted,
        dismiss,
        host_name,
        public_line,
        signer,
        verifier,
    )
    from dure.sharing.tunnel.plant import Plant
    from dure.sharing.tunnel.refusals import (
        AddressWrong,
        HelloWrong,
        HubSilent,
        KeyWrong,
        NameRefused,
        NameWrong,
        PortTaken,
        WireWrong,
    )
    from dure.sharing.tunnel.telling import told

__all__ = [
    "AddressWrong",
    "HelloWrong",
    "Hub",
    "HubSilent",
    "KeyWrong",
    "Limits",
    "NameRefused",
    "NameWrong",
    "Plant",
    "PortTaken",
    "Sign",
    "Verify",
    "WireWrong",
    "admit",
    "admitted",
    "dismiss",
    "host_name",
    "listening_context",
    "plant_certificate",
    "public_line",
    "server_name",
    "signer",
    "told",
    "verifier",
]
_WHERE = {
    "AddressWrong": "refusals",
    "HelloWrong": "refusals",
    "Hub": "hub",
    "HubSilent": "refusals",
    "KeyWrong": "refusals",
    "Limits": "hub",
    "NameRefused": "refusals",
    "NameWrong": "refusals",
    "Plant": "plant",
    "PortTaken": "refusals",
    "Sign": "keys",
    "Verify": "keys",
    "WireWrong": "refusals",
    "admit": "keys",
    "admitted": "keys",
    "dismiss": "keys",
    "host_name": "keys",
    "listening_context": "certificate",
    "plant_certificate": "certificate",
    "public_line": "keys",
    "server_name": "hello",
    "signer": "keys",
    "told": "telling",
    "verifier": "keys",
}


def __getattr__(name: str) -> Any:
    # The command imports this package for its words alone: sockets and ciphers come when they are first asked for.
    if name not in _WHERE:
        raise AttributeError(name)
    found = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = found
    return found
