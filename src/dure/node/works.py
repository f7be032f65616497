"""Long work as pages and commands ask for it: handed in, looked at, cancelled. The worker carries it out.

`vocabulary.Works` on DBOS, whose tables lie beside the records; nothing here runs a workflow.
"""

import json
import uuid
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from dure.node.databases import system_database_url
from dure.node.options import read
from dure.vocabulary import NodeProblem, Text, Work, Works, WorkState, language

if TYPE_CHECKING:
    from dbos import DBOSClient
    from dbos import WorkflowStatus as Status

KINDS = ("train", "prepare", "import")
QUEUE = "long-work"
APPLICATION = "dure"
# Raised when the steps of a workflow change, so that nothing begun under other steps goes on under these.
VERSION = "1"

_STATES = {
    "DELAYED": WorkState.WAITING,
    "ENQUEUED": WorkState.WAITING,
    "PENDING": WorkState.RUNNING,
    "SUCCESS": WorkState.DONE,
    "CANCELLED": WorkState.CANCELLED,
}


class WorkUnknown(NodeProblem):
    """A kind of long work that nobody carries out, or facts that are not JSON."""

    key = "work-unknown"
    says = Text(
        "There is no work of kind {where} with such facts.", "{where} 작업을 그런 내용으로 맡길 수 없습니다."
    )
    remedy = Text("Known kinds: {known}.", "가능한 작업: {known}.")


class WorkLost(NodeProblem):
    """Work that ended without a word of its own: its process was killed again and again."""

    key = "work-lost"
    says = Text("The work {where} could not be brought to its end.", "{where} 작업을 끝내지 못했습니다.")
    remedy = Text(
        "Try it with fewer rows; the worker's log in the home folder says more.",
        "행 수를 줄여 다시 시도하세요. 자세한 내용은 홈 폴더의 worker 로그에 있습니다.",
    )


class DurableWorks:
    """Works kept in the database at `url` (SQLAlchemy's form, PostgreSQL or SQLite)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opened: DBOSClient | None = None
        self._opening = Lock()

    def submit(self, kind: str, facts: Mapping[str, Any]) -> str:
        """Hand in work of `kind` on JSON-able `facts`; its id.

        Raises
        ------
        WorkUnknown
            If nobody carries out that kind, or the facts are not JSON.
        """
        id = uuid.uuid4().hex  # noqa: A001 - the word everyone uses
        try:
            plain = json.loads(json.dumps(dict(facts), allow_nan=False))
        except (TypeError, ValueError) as odd:
            raise WorkUnknown(kind, known=", ".join(KINDS)) from odd
        if kind not in KINDS:
            raise WorkUnknown(kind, known=", ".join(KINDS))
        self._client.enqueue(
            {"workflow_name": kind, "queue_name": QUEUE, "workflow_id": id, "app_version": VERSION}, plain
        )
        return id

    def find(self, id: str) -> Work | None:  # noqa: A002 - the word everyone uses
        """The work of that id, or None."""
        found = self._client.list_workflows(workflow_ids=[id])
        return _work(found[0]) if found else None

    def recent(self, kind: str | None = None, limit: int = 20) -> list[Work]:
        """The newest works, newest first."""
        names = [kind] if kind else list(KINDS)
        return [
            _work(status) for status in self._client.list_workflows(name=names, limit=limit, sort_desc=True)
        ]

    def cancel(self, id: str) -> None:  # noqa: A002 - the word everyone uses
        """Stop it: what runs ends within two seconds, what was finished stays."""
        self._client.cancel_workflow(id)

    def close(self) -> None:
        """Let go of the database."""
        if self._opened is not None:
            self._opened.destroy()
            self._opened = None

    @property
    def _client(self) -> "DBOSClient":
        with self._opening:  # pages answer from several threads
            if self._opened is None:
                self._opened = open_client(self._url)
        return self._opened


def open_client(url: str) -> "DBOSClient":
    """Client of the workflows' database at `url`; JSON goes in and out, never pickle."""
    from dbos import DBOSClient, DBOSPortableJSONSerializer

    return DBOSClient(
        system_database_url=url,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )


@cache
def works() -> Works:
    """The works of this node."""
    return DurableWorks(system_database_url(read()))


def _work(status: "Status") -> Work:
    noted = status.attributes or {}
    output = status.output if isinstance(status.output, dict) else {}
    state = _STATES.get(status.status, WorkState.FAILED)
    error: Mapping[str, str] = output.get("error", {}).get(language(), {})
    if state is WorkState.FAILED:
        error = WorkLost(status.name).report()
    elif error:
        state = WorkState.FAILED
    return Work(
        id=status.workflow_id,
        kind=status.name,
        state=state,
        progress=1.0 if state is WorkState.DONE else float(noted.get("progress", 0.0)),
        stage=str(noted.get("stage", "")),
        facts=status.input["args"][0] if status.input and status.input["args"] else {},
        result=output.get("result", {}),
        error=error,
    )
