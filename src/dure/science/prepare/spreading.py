"""Work on many files or series, here or on a cluster: the same work on the same items in the same order.

What is spread are top-level functions of this package on items that owe nothing to each other: a file to be parsed, the
rows of one file to be treated, a series to be learnt. Whoever calls `each` does not know where it runs. A cluster
runs an item again when a worker dies, sometimes twice: work must have no effect but its result.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPConnection
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from dure.vocabulary import DureError, InputError, NodeProblem, Progress, Text

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")
#: Address at which a Ray cluster is joined from one of its machines, and the port of Ray's client from elsewhere.
RAY_PORT, CLIENT_PORT = 6379, 10001
#: Items on their way for each processor of a cluster.
AHEAD = 4
ANSWER = 5.0
"""How long a cluster may take to answer a call. [s]"""


class ClusterUnknown(InputError):
    """An address that names no cluster."""

    key = "cluster-unknown"
    says = Text("“{where}” names no cluster.", "“{where}”은(는) 클러스터 주소가 아닙니다.")
    remedy = Text(
        "Write ray://HOST or ray://HOST:PORT, or leave out --on to run here.",
        "ray://호스트 또는 ray://호스트:포트로 쓰거나, --on을 빼고 이 컴퓨터에서 실행하세요.",
    )


class ClusterUnreached(NodeProblem):
    """A cluster that does not answer, or lost the work."""

    key = "cluster-unreached"
    says = Text(
        "The cluster {where} cannot be used: {reason}.", "클러스터 {where}을(를) 쓸 수 없습니다: {reason}."
    )
    remedy = Text(
        "Start it with `ray start --head`, give every machine the same dure and the same folders, or leave out --on.",
        "`ray start --head`로 시작하고 모든 컴퓨터에 같은 dure와 같은 폴더를 준비하거나, --on을 빼 주세요.",
    )


class ClusterLibraryAbsent(NodeProblem):
    """The extra that speaks to clusters is not installed."""

    key = "cluster-library-absent"
    says = Text("Running on {where} needs ray.", "{where}에서 실행하려면 ray가 필요합니다.")
    remedy = Text("Install it: pip install 'dure[cluster]'.", "설치하세요: pip install 'dure[cluster]'.")


class Engine(Protocol):
    """Where work is done."""

    remote: bool

    def each(
        self, work: Callable[[_Item], _Made], items: Sequence[_Item], done: Callable[[int], None]
    ) -> list[_Made]:
        """`work(item)` of every item, in order; `done(n)` is told how many are; raises what the first refused item raised."""


class Here:
    """In this process, one item after the other: what the items do is already spread over the cores."""

    remote = False

    def each(
        self, work: Callable[[_Item], _Made], items: Sequence[_Item], done: Callable[[int], None]
    ) -> list[_Made]:
        """As `Engine.each`."""
        made = []
        for item in items:
            quiet = _progress.set(None)  # the item may be spread again: that is not how far we are
            try:
                made.append(work(item))
            finally:
                _progress.reset(quiet)
            done(len(made))
        return made


def _join(address: str) -> None:
    """Join the cluster; a process is in one at a time, and stays there for the next question."""
    import ray

    if ray.is_initialized():
        if _joined == [address]:
            return
        ray.shutdown()
    _require_answer(address)
    ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    _joined[:] = [address]


_joined: list[str] = []


def _require_answer(address: str) -> None:
    """Raise `OSError` if nobody listens there: Ray itself would end the whole process, half a minute later."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    there = HTTPConnection(str(parts.hostname), parts.port, timeout=ANSWER)
    there.connect()
    there.close()


class OnRay:
    """The Ray cluster at `address`, a task an item (`docs/decisions/2026-11-24-ray-tasks.md` says why not Daft).

    Only some items are on their way at a time, so that a cluster's memory holds no more than its machines work on.
    """

    remote = True

    def __init__(self, address: str, where: str) -> None:
        self._where = where
        with self._refusing():
            _join(address)

    def each(
        self, work: Callable[[_Item], _Made], items: Sequence[_Item], done: Callable[[int], None]
    ) -> list[_Made]:
        """As `Engine.each`."""
        import ray

        with self._refusing():
            run = ray.remote(scheduling_strategy="SPREAD")(_guarded)
            resources = ray.cluster_resources()  # type: ignore[no-untyped-call]  # Ray does not say its types
            most = max(8, AHEAD * int(resources.get("CPU", 1)))
        waiting: dict[Any, int] = {}
        made: dict[int, Any] = {}
        try:
            for at, item in enumerate(items):
                with self._refusing():
                    waiting[run.remote(work, item)] = at
                if len(waiting) >= most:
                    self._take(waiting, made, done)
            while waiting:
                self._take(waiting, made, done)
        finally:
            for one in waiting:
                ray.cancel(one)
        refused = next((made[at][1] for at in range(len(items)) if not made[at][0]), None)
        if refused is not None:
            raise refused
        return [made[at][1] for at in range(len(items))]

    def _take(self, waiting: dict[Any, int], made: dict[int, Any], done: Callable[[int], None]) -> None:
        """Wait for the next item that is ready."""
        import ray

        with self._refusing():
            ready, _ = ray.wait(list(waiting), num_returns=1)
            for one in ready:
                found = ray.get(one)
                made[waiting.pop(one)] = found
        done(len(made))

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except ImportError as absent:
            raise ClusterLibraryAbsent(self._where) from absent
        except Exception as lost:  # Ray has no common error: a refused connection may be any
            raise ClusterUnreached(self._where, reason=_last_line(lost)) from lost


_engine: ContextVar[Engine] = ContextVar("engine", default=Here())  # noqa: B039 - it keeps nothing
_progress: ContextVar[Progress | None] = ContextVar("progress", default=None)


def each(work: Callable[[_Item], _Made], items: Sequence[_Item], stage: str = "") -> list[_Made]:
    """`work(item)` of every item, in order, on the engine in force; raises what the first refused item raised.

    Parameters
    ----------
    work
        A function at the top of a module: a cluster's workers import it by name.
    items
        What it is given; owes nothing to other items, and can be pickled.
    stage
        Word for the progress.

    >>> each(len, ["a", "bcd"])
    [1, 3]
    """
    engine, progress = _engine.get(), _progress.get()

    def done(count: int) -> None:
        if progress is not None:
            progress(count / len(items), stage)

    return engine.each(work, items, done)


def is_remote() -> bool:
    """Whether work leaves this process."""
    return _engine.get().remote


@contextmanager
def on(address: str, progress: Progress | None = None) -> Iterator[None]:
    """Work inside the `with` block is done at `address`: `ray://HOST[:PORT]`, or here if it is empty.

    Port 10001 (and no port at all, unless the host is this one) is that of Ray's client; another is the cluster's own,
    which can be joined from one of its machines.

    Raises
    ------
    ClusterUnknown, ClusterUnreached, ClusterLibraryAbsent
    """
    engine = OnRay(ray_address(address), address) if address else Here()
    tokens = _engine.set(engine), _progress.set(progress)
    try:
        yield
    finally:
        _engine.reset(tokens[0])
        _progress.reset(tokens[1])


def ray_address(address: str) -> str:
    """Address as Ray wants it.

    >>> ray_address("ray://127.0.0.1"), ray_address("ray://10.0.0.7"), ray_address("ray://10.0.0.7:6379")
    ('127.0.0.1:6379', 'ray://10.0.0.7:10001', '10.0.0.7:6379')
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ClusterUnknown(address) from None
    if parts.scheme != "ray" or not host or parts.path.strip("/") or parts.username:
        raise ClusterUnknown(address)
    if port is None:
        port = RAY_PORT if host in ("127.0.0.1", "localhost") else CLIENT_PORT
    return f"ray://{host}:{port}" if port == CLIENT_PORT else f"{host}:{port}"


def _guarded(work: Callable[[Any], Any], item: Any) -> tuple[bool, Any]:
    """What came of one item: our own refusals travel back as they are, instead of as a failure of the cluster."""
    try:
        return True, work(item)
    except DureError as refused:
        return False, refused


def _last_line(problem: BaseException) -> str:
    """What a problem comes down to: of a traceback from afar the last line."""
    text = str(problem).strip() or type(problem).__name__
    return text.splitlines()[-1].strip()[:200].rstrip(".")
