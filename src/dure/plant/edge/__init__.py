"""The edge: a box beside the machines that collects alone, and hands its logs on when the node can be reached.

The box opens every connection itself (IEC 62443-3-3 SR 5.1: the machine zone accepts none from above); the node
listens as soon as one box is invited. What a box sends are frames of its own segment logs; it forgets a segment only
after the node has said that the frames are on its disk, so that a link cut of days loses nothing.
"""

from dure.plant.edge.looking import BoxState, box_states, invite_here
from dure.plant.edge.pairing import (
    Box,
    Invitation,
    admit,
    boxes,
    invitation_of,
    invite,
    join,
    remove_box,
)
from dure.plant.edge.refusals import (
    BoxExists,
    BoxUnknown,
    InvitationUnreadable,
    NodeRefused,
    NodeSilent,
    NotJoined,
    SourceTaken,
)

__all__ = [
    "Box",
    "BoxExists",
    "BoxState",
    "BoxUnknown",
    "Invitation",
    "InvitationUnreadable",
    "NodeRefused",
    "NodeSilent",
    "NotJoined",
    "SourceTaken",
    "admit",
    "box_states",
    "boxes",
    "invitation_of",
    "invite",
    "invite_here",
    "join",
    "remove_box",
]
