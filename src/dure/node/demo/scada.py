"""The SCADA that is there already: it reads what dure serves with a client of another maker (asyncua)."""

import asyncio
from pathlib import Path
from typing import Any

NAMESPACE = "urn:dure:serve"


def read_score(home: Path, signal: str) -> dict[str, Any] | None:
    """Value and status of a served signal and the heartbeat; None while it is not there."""
    from dure.plant.serve import Serving

    face = Serving.read(home).opcua
    if face is None:
        return None
    return asyncio.run(_read(f"opc.tcp://127.0.0.1:{face.port}/dure", signal))


async def _read(url: str, signal: str) -> dict[str, Any] | None:
    from asyncua import ua
    from asyncua.client.client import Client
    from asyncua.ua.uaerrors import UaError

    try:
        async with Client(url, timeout=5) as client:
            space = await client.get_namespace_index(NAMESPACE)
            asked = [client.get_node(f"ns={space};s={name}") for name in (signal, "dure/Heartbeat")]
            score, beat = [await node.read_data_value(raise_on_bad_status=False) for node in asked]
    except (OSError, TimeoutError, UaError):
        return None
    if score.Value is None or score.Value.Value is None or beat.Value is None:
        return None
    status = (score.StatusCode or ua.StatusCode()).name
    return {"value": float(score.Value.Value), "status": status, "heartbeat": beat.Value.Value}
