"""Delivery: content-addressed chunks, resumed and verified, two-sided receipts, encryption at rest; knows no protocol."""

from dure.sharing.delivery.chest import Chest, Part
from dure.sharing.delivery.held import FileHeld, Held, PartHeld
from dure.sharing.delivery.into import FileInto, Into
from dure.sharing.delivery.manifest import MIB, PARQUET, Manifest, cut, cut_bytes, name_of, root_of
from dure.sharing.delivery.opening import opened, opened_near
from dure.sharing.delivery.pushing import Inbox, InboxFile, push, push_whole, take_view
from dure.sharing.delivery.receipts import Expected, Receipt, ReceiptBook
from dure.sharing.delivery.receiving import Delivered, Patience, hand_in, receive
from dure.sharing.delivery.refusals import (
    ChunkAbsent,
    ChunkWrong,
    KeyForgotten,
    LiveGone,
    ManifestWrong,
    ReceiptWrong,
    SourceRefuses,
    SourceSilent,
)
from dure.sharing.delivery.serving import bearer, chunk_view
from dure.sharing.delivery.streaming import Bounds, Strip, Tally, follow, live_view
from dure.sharing.delivery.tokens import Bearer, Standing, StandingFiles, Standings, Tokens

__all__ = [
    "MIB",
    "PARQUET",
    "Bearer",
    "Bounds",
    "Chest",
    "ChunkAbsent",
    "ChunkWrong",
    "Delivered",
    "Expected",
    "FileHeld",
    "FileInto",
    "Held",
    "Inbox",
    "InboxFile",
    "Into",
    "KeyForgotten",
    "LiveGone",
    "Manifest",
    "ManifestWrong",
    "Part",
    "PartHeld",
    "Patience",
    "Receipt",
    "ReceiptBook",
    "ReceiptWrong",
    "SourceRefuses",
    "SourceSilent",
    "Standing",
    "StandingFiles",
    "Standings",
    "Strip",
    "Tally",
    "Tokens",
    "bearer",
    "chunk_view",
    "cut",
    "cut_bytes",
    "follow",
    "hand_in",
    "live_view",
    "name_of",
    "opened",
    "opened_near",
    "push",
    "push_whole",
    "receive",
    "root_of",
    "take_view",
]
