"""Log lines: one JSON object a line from our processes, each process's lines in its own file, secrets never in them."""

import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

KEPT = 5
# What must not reach a file: the password in an address, the value behind a telling name, the set-up link's secret.
_HIDDEN = (
    (re.compile(r"(://[^/\s:@]*:)[^@\s/]+@"), r"\1***@"),
    (re.compile(r"(?i)(\b(?:bearer|basic)\s+)[\w+/=.~-]{8,}"), r"\1***"),
    (
        re.compile(
            r"""(?i)(["']?(?:password|passwd|secret|token|authkey|api_key|cookie)["']?\s*[=:]\s*["']?)[^"'\s,;&}]+"""
        ),
        r"\1***",
    ),
)


def without_secrets(line: str) -> str:
    """The line with what must stay unseen replaced by `***`.

    >>> without_secrets("connecting to opc.tcp://kim:pa55@line1:4840 password=pa55, retry")
    'connecting to opc.tcp://kim:***@line1:4840 password=***, retry'
    """
    for pattern, cover in _HIDDEN:
        line = pattern.sub(cover, line)
    return line


def log_file(folder: Path, name: str, size: int) -> logging.Logger:
    """Where the lines of process `name` go: `folder/<name>.log`, turned over at `size` [MB]."""
    logger = logging.Logger(name)  # noqa: LOG001 - its own, under no root: nothing else may add to it
    handler = RotatingFileHandler(
        folder / f"{name}.log", maxBytes=size * 1_000_000, backupCount=KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    return logger


def write_json_lines(level: str) -> None:
    """Make this process log JSON lines on stderr, from structlog and from libraries alike."""
    import structlog
    from structlog.typing import Processor

    stamped: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    form = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=stamped,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(form)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("dbos").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*stamped, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
