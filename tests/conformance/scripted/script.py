"""What the connector under test does after each step, by the dataset or agreement that the TCK names."""

import os

from dure.sharing.exchange import Move, Role

# The TCK takes note of an answer after it has read it: what comes sooner finds it unprepared. [s]
PAUSE = float(os.environ.get("SCRIPT_PAUSE", "0.25"))
CODE = {"code": "1", "reason": ["scripted"]}

PROVIDER = {
    # dataset: what we do after a step, in the order of the requests
    "ACN0101": {"request": ["offer"]},
    "ACN0102": {"request": ["offer", "terminate"]},
    "ACN0103": {"request": ["offer"], "accept": ["agree"], "verify": ["finalize"]},
    "ACN0104": {"request": ["agree"], "verify": ["finalize"]},
    "ACN0201": {"request": ["terminate"]},
    "ACN0202": {},
    "ACN0203": {"request": ["agree"]},
    "ACN0204": {"request": ["offer"]},
    "ACN0205": {"request": ["offer"], "offer": ["terminate"]},
    "ACN0206": {"request": ["offer"], "accept": ["terminate"]},
    "ACN0207": {"request": ["agree"], "verify": ["terminate"]},
    "ACN0301": {"request": ["agree"], "verify": ["finalize"]},
    "ACN0302": {"request": ["offer"]},
    "ACN0303": {"request": ["offer"]},
    "ACN0304": {"request": ["offer"]},
}
CONSUMER = {
    "ACNC0101": {"offer": ["accept"], "agree": ["verify"]},
    "ACNC0102": {"offer": ["request"]},
    "ACNC0103": {"offer": ["terminate"]},
    "ACNC0104": {"agree": ["verify"]},
    "ACNC0201": {},
    "ACNC0202": {"request": ["terminate"]},
    "ACNC0203": {"agree": ["terminate"]},
    "ACNC0204": {},
    "ACNC0205": {"offer": ["accept"]},
    "ACNC0206": {"agree": ["verify"]},
    "ACNC0301": {},
    "ACNC0302": {},
    "ACNC0303": {},
    "ACNC0304": {"offer": ["accept"]},
    "ACNC0305": {"offer": ["accept"]},
    "ACNC0306": {"offer": ["accept"]},
}
SERVED = {
    # agreement: what we do after a step, as the provider of a transfer
    "ATP0101": {"request": ["start"], "start": ["terminate"]},
    "ATP0102": {"request": ["start"], "start": ["complete"]},
    "ATP0103": {"request": ["start"], "start": ["suspend"], "suspend": ["terminate"]},
    "ATP0104": {"request": ["start"], "start": ["suspend", "complete"], "suspend": ["start"]},
    "ATP0105": {"request": ["terminate"]},
    "ATP0201": {"request": ["start"]},
    "ATP0202": {"request": ["start"]},
    "ATP0203": {"request": ["start"]},
    "ATP0204": {"request": ["start"]},
    "ATP0205": {},
    "ATP0301": {},
    "ATP0302": {},
    "ATP0303": {"request": ["start"]},
    "ATP0304": {"request": ["start"]},
    "ATP0305": {"request": ["start"]},
    "ATP0306": {"request": ["start"]},
}
ASKED = {
    **{f"ATPC{number}": {} for number in ("0101", "0102", "0103", "0104", "0105")},
    "ATPC0201": {"start": ["terminate"]},
    "ATPC0202": {"start": ["complete"]},
    "ATPC0203": {"start": ["suspend"], "suspend": ["terminate"]},
    "ATPC0204": {"start": ["suspend", "complete"], "suspend": ["start"]},
    "ATPC0205": {"request": ["terminate"]},
    **{f"ATPC030{number}": {} for number in range(1, 7)},
}


def offer_of(dataset):
    return {"@id": f"CD123:{dataset}:456", "@type": "Offer", "permission": [{"action": "use"}]}


def offered_to(_peer):
    """Every dataset that the TCK asks for."""
    names = [*PROVIDER, "CAT0101", "CAT0102", "press-1"]
    service = {"@id": "service", "@type": "DataService", "endpointURL": "http://localhost/dsp"}
    how = {"@type": "Distribution", "format": "HttpData-PULL", "accessService": service}
    return [{"@id": name, "hasPolicy": [offer_of(name)], "distribution": [how]} for name in names]


def data_for(_transfer):
    return {
        "@type": "DataAddress",
        "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
        "endpoint": "http://localhost/data",
    }


def decide(process, step):
    """The scripted answer to `step`: the first time the first, then the next."""
    steps = script_of(process).get(step, [])
    nth = times(process, step) - 1
    if nth >= len(steps):
        return None
    name = steps[nth]
    return Move(name, dict(CODE) if name in {"terminate", "suspend"} else {}, wait=PAUSE)


def script_of(process):
    provider = process.side is Role.PROVIDER
    if process.kind == "negotiation":
        return (PROVIDER if provider else CONSUMER).get(process.dataset, {})
    return (SERVED if provider else ASKED).get(process.agreement_id, {})


def times(process, step):
    """How often this step was taken, by either side."""
    from dure.sharing.exchange import Message

    rows = Message.objects.filter(kind=process.kind, pid=process.pid, step=step)
    return rows.exclude(outcome="waiting").count()
