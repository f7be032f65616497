"""Cameras: pictures of a stream, of an address that is asked, or of a folder; each kept once, named by its hash."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote, urlsplit

from dure.plant.connect import (
    DONE,
    AddressRefused,
    Arm,
    Mark,
    Place,
    Readings,
    Settings,
    Sink,
    SourceLost,
    SourceOdd,
    SourceUnreachable,
    Standing,
    WriteNotArmed,
)
from dure.plant.connect.camera.onvif import Seen, discover
from dure.plant.connect.camera.settings import CameraSettings
from dure.plant.connect.media import Keeper, present, signals_of
from dure.plant.connect.triggers import Triggers
from dure.vocabulary import DureError, Sample, Signal, Text

if TYPE_CHECKING:
    from dure.plant.connect.camera.following import Folder
    from dure.plant.connect.camera.pictures import Shot
    from dure.plant.connect.camera.taking import Eye, Taking

__all__ = ["CONNECTOR", "Camera", "CameraSettings", "Seen", "discover"]


class Camera:
    """A camera or a folder of pictures as a source; see `Connector` for the promise.

    `source/picture` holds the references, beside it what is measured of each picture: brightness and sharpness.
    The time of a picture is when it was taken as far as that is known here: of a stream when the frame arrived,
    of a question its middle, of a file what its name tells, else its last change.
    """

    schemes: ClassVar[tuple[str, ...]] = (
        "rtsp",
        "rtsps",
        "camera+http",
        "camera+https",
        "camera+onvif",
        "camera+onvifs",
        "camera+file",
    )
    title: ClassVar[Text] = Text("Cameras", "카메라")
    requires: ClassVar[str] = "cv2"
    extra: ClassVar[str] = "vision"
    standard: ClassVar[str] = "RFC 2326 (RTSP), RFC 9110 (HTTP), ONVIF Core and Media 21.06"
    settings_type: ClassVar[type[Settings]] = CameraSettings
    rules: ClassVar[Mapping[str, Standing]] = {
        "browse-bounded": DONE,
        "source-time": Standing(
            Mark.DONE, "of a stream the time of arrival; the camera's own clock (RTCP) is not read"
        ),
        "quality": DONE,
        "units": DONE,
        "text-values": DONE,
        "test-before-save": DONE,
        "reconnects": DONE,
        "ack-after-disk": DONE,
        "gaps-named": DONE,
        "back-fill": Standing(
            Mark.EXEMPT, "a camera keeps no pictures; a folder keeps its own, and they are read"
        ),
        "encrypted": DONE,
        "peer-trusted": Standing(
            Mark.DONE, "over TLS by its authority; RTSP and HTTP without TLS know nobody"
        ),
        "secret-kept": DONE,
        "write-armed": DONE,
        "closes": DONE,
        "own-errors": DONE,
        "real-peer": Standing(
            Mark.DONE,
            "GStreamer's RTSP server; ONVIF and SOAP are tested by the examples of their standards: no camera was at hand",
        ),
    }

    def __init__(self, place: Place, settings: CameraSettings) -> None:
        self.place, self.settings = place, settings
        self.notes: list[str] = []
        self._triggers = Triggers(place.home, settings.trigger) if settings.trigger else None
        self._eye: Eye | None = None
        self._taking: Taking | None = None
        self._facts: dict[str, str] = {}
        self._scheme = place.url.partition("://")[0].lower()
        if self._is_folder and (settings.trigger or not self._folder.is_absolute()):
            raise AddressRefused(place.url, source=place.source, example="camera+file:///data/aoi")

    async def identify(self) -> dict[str, str]:
        """The camera as it names itself, and how the link is secured."""
        if self._is_folder:
            return {"product": f"{len(await self._listed())} pictures", "version": "", "security": "none"}
        try:
            eye = await self._opened()
            how = await eye.open()
            await eye.shot()
        finally:
            await self._close_eye()
        product = " ".join(filter(None, (self._facts.get("manufacturer"), self._facts.get("model")))) or how
        secured = self._scheme in {"rtsps", "camera+https", "camera+onvifs"}
        return {"product": product, "version": self._facts.get("version", ""), "security": "TLS" if secured else "none"}  # fmt: skip

    async def browse(self, limit: int = 1000) -> list[Signal]:
        """The pictures, and what is measured of each; of a folder those of every view."""
        from dure.plant.connect.camera.pictures import FEATURES

        names = ["picture"]
        if self._is_folder:
            views = sorted({one.view for one in await self._listed()})
            names = [f"{view}/picture" if view else "picture" for view in views] or names
        else:
            await self.identify()
        found = [one for name in names for one in signals_of(self.place.source, name, "picture", FEATURES)]
        if len(found) > limit:
            self.notes.append(f"browsing stopped at {limit} signals")
        return found[:limit]

    async def read(self, signals: Sequence[Signal]) -> list[Sample]:
        """A picture taken now, or the newest of the folder: told, not kept."""
        if not signals:
            return []
        return present(signals, await asyncio.wait_for(self._present(), self.settings.timeout * 3))

    async def subscribe(self, signals: Sequence[Signal], sink: Sink) -> None:
        """Take pictures until the camera is lost, or follow the folder."""
        wanted = frozenset(signal.id for signal in signals)
        if self._is_folder:
            await self._follow(wanted, sink)
            return
        taking = self._taken(wanted)
        try:
            await taking.run(await self._opened(), sink)
        except DureError as lost:
            taking.cause = lost.key
            raise
        except OSError as taken:
            raise SourceUnreachable(f"{self.place.source} ({self.settings.trigger})", why=taken.strerror or str(taken)) from taken  # fmt: skip
        finally:
            await self._close_eye()

    async def write(self, signal: Signal, value: float, arm: Arm | None) -> None:
        """Never: a camera is only looked through."""
        del value, arm
        raise WriteNotArmed(signal.id, why=Text("a camera is only read", "카메라는 읽기만 합니다"))

    async def close(self) -> None:
        """Leave the camera."""
        if self._triggers is not None:
            await self._triggers.close()
        await self._close_eye()

    async def _close_eye(self) -> None:
        eye, self._eye = self._eye, None
        if eye is not None:
            await eye.close()

    async def _opened(self) -> "Eye":
        from dure.plant.connect.camera.onvif import stream_address
        from dure.plant.connect.camera.snapshot import Snapshot
        from dure.plant.connect.camera.stream import Stream

        url = self.place.url
        if self._scheme in {"camera+http", "camera+https"}:
            self._eye = Snapshot(self.place, self.settings, url.partition("+")[2])
        elif self._scheme in {"camera+onvif", "camera+onvifs"}:
            url, self._facts = await stream_address(self.place, self.settings)
            self._eye = Stream(self.place, self.settings, url)
        else:
            self._eye = Stream(self.place, self.settings, url)
        return self._eye

    async def _present(self) -> Readings | None:
        """A picture of now as columns; None if there is none."""
        from dure.plant.connect.camera.pictures import PictureRefused, developed
        from dure.plant.transport import Reference

        signal, shot = await self._shot()
        if shot is None:
            return None
        try:
            picture = await asyncio.to_thread(developed, shot, self.settings)
        except PictureRefused as refused:
            raise SourceOdd(self._where, why=str(refused)) from refused
        told = Reference(_hash(picture.content), picture.media, len(picture.content), {"width": picture.width, "height": picture.height})  # fmt: skip
        return Keeper(self.place, self.settings).readings(signal, told.text, shot.time, picture.features)

    async def _shot(self) -> "tuple[str, Shot | None]":
        from dure.plant.connect.camera.pictures import Shot

        if not self._is_folder:
            if self._eye is None:
                await (await self._opened()).open()
            return "picture", await self._eye.shot() if self._eye else None
        found = (await self._listed())[-1:]
        if not found:
            return "picture", None
        content = await asyncio.to_thread((self._folder / found[0].name).read_bytes)
        return f"{found[0].view}/picture".lstrip("/"), Shot(found[0].time, content=content)

    def _taken(self, wanted: frozenset[str]) -> "Taking":
        from dure.plant.connect.camera.taking import Taking

        if self._taking is None:
            keeper = Keeper(self.place, self.settings, wanted)
            self._taking = Taking(self.place.source, self.settings, keeper, self._triggers)
        return self._taking

    async def _follow(self, wanted: frozenset[str], sink: Sink) -> None:
        from dure.plant.connect.camera.following import Folder
        from dure.plant.connect.dropped import Notebook

        book = await asyncio.to_thread(
            Notebook, self.place.home / "run" / f"collector-{self.place.source}.pictures"
        )
        keeper = Keeper(self.place, self.settings, wanted)
        folder = Folder(self._folder, self.settings, keeper, book)
        await self._listed()
        sink.up(str(self._folder))
        try:
            while True:
                await folder.look(sink)
                self._tell(folder)
                await asyncio.sleep(max(0.05, min(self.settings.period, 10.0)))
        except OSError as lost:
            raise SourceLost(self._where, why=lost.strerror or str(lost)) from lost

    def _tell(self, folder: "Folder") -> None:
        if folder.refused:
            self.notes[:] = [f"{folder.refused} files are no pictures", *folder.names]

    async def _listed(self) -> list[Any]:
        from dure.plant.connect.camera.following import listed

        try:
            return await asyncio.to_thread(listed, self._folder, self.settings)
        except OSError as absent:
            raise SourceUnreachable(self._where, why=absent.strerror or str(absent)) from absent

    @property
    def _is_folder(self) -> bool:
        return self._scheme == "camera+file"

    @property
    def _folder(self) -> Path:
        parts = urlsplit(self.place.url)
        return Path(unquote(parts.netloc + parts.path))

    @property
    def _where(self) -> str:
        return f"{self.place.source} ({self._folder if self._is_folder else urlsplit(self.place.url).netloc})"


def _hash(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


CONNECTOR = Camera
