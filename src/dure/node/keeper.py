"""Keeping one process alive: started, its lines logged, started again when it ends, ended when we end."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from logging import Logger

from dure.node.lifeline import tied_to
from dure.node.logs import without_secrets

# Waits between two starts [s]: doubled while the process does not last, back to the first once it has.
FIRST_WAIT, LONGEST_WAIT, LASTED = 0.5, 30.0, 30.0
# Time to end by itself before it is killed. [s]
GRACE = 5.0
# A longer line is cut into several. [bytes]
LONGEST_LINE = 65_536


@dataclass(frozen=True, slots=True)
class Program:
    """A process of the node: its name, its command line, how it ends, and who reads what it prints.

    `once`: exit code 0 is its end and no fault. `aloud`: its lines go to the terminal too.
    """

    name: str
    command: Sequence[str]
    once: bool = False
    aloud: bool = False


@dataclass(slots=True)
class Keeper:
    """Keeps one program running until told to stop."""

    program: Program
    environment: Mapping[str, str]
    log: Logger
    say: Callable[..., None]
    _process: asyncio.subprocess.Process | None = None
    _stopping: bool = False
    _task: "asyncio.Task[None] | None" = field(default=None)

    def start(self) -> None:
        """Begin to keep it."""
        self._task = asyncio.create_task(self._keep(), name=self.program.name)

    async def stop(self) -> None:
        """End it: asked first, killed after `GRACE`, with whatever it has started."""
        self._stopping = True
        if self._process is not None and self._process.returncode is None:
            _signal(self._process, signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), GRACE)
            except TimeoutError:
                self.say("process.killed", process=self.program.name)
                _signal(self._process, signal.SIGKILL)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def ended(self) -> bool:
        """Whether the program came to its end by itself."""
        return self._task is not None and self._task.done()

    async def _keep(self) -> None:
        wait = FIRST_WAIT
        while not self._stopping:
            began = asyncio.get_running_loop().time()
            code = await self._run_once()
            if self._stopping or (self.program.once and code == 0):
                return
            lasted = asyncio.get_running_loop().time() - began
            wait = FIRST_WAIT if lasted > LASTED else wait
            self.say(
                "process.ended",
                process=self.program.name,
                code=code,
                lasted_s=round(lasted, 1),
                again_in_s=wait,
            )
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def _run_once(self) -> int:
        self._process = await asyncio.create_subprocess_exec(
            *self.program.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(self.environment),
            limit=LONGEST_LINE,
            start_new_session=True,  # Ctrl-C in the terminal reaches us alone, and we end it in order
            preexec_fn=tied_to(os.getpid()),
        )
        await self._log_lines(self._process)
        code = await self._process.wait()
        _signal(self._process, signal.SIGKILL)  # what it started and left behind
        return code

    async def _log_lines(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than the limit: asyncio has dropped what it held
                line = b"(a longer line was left out)\n"
            if not line:
                return
            words = line.decode(errors="replace").rstrip()
            self.log.info("%s", without_secrets(words))
            if self.program.aloud:
                print_line(words)


def print_line(words: str) -> None:
    """One line for whoever watches the terminal; stdout stays free."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
