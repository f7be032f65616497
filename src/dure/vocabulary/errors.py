"""What can go wrong, as one tree. Each error says what happened, where, and what to do.

```
DureError                  every refusal of ours; the command prints one sentence and exits with 2
├── InputError             what was handed in cannot be used
│   ├── FileProblem        a file is absent, empty, not what its name says
│   ├── TableProblem       a table lacks a column, rows or variety
│   └── RecipeProblem      a recipe or a step's field is wrong
├── ModelRefused           a package is unsigned, too large, or does not fit the table
├── SourceProblem          equipment or a server cannot be reached, or refuses us
├── NotPermitted           a person or a policy does not allow it
└── NodeProblem            the node cannot start or answer: a port taken, an extra absent
```

A room adds its own leaves where they are raised; `says` and `remedy` hold both languages. `DiskFull` is a leaf of
`FileProblem` that lies here, for whoever writes may meet it.
"""

import errno
import os
from typing import ClassVar

from dure.vocabulary.text import Text


class DureError(Exception):
    """A refusal with a key, the place, the facts, and the way out.

    Subclasses set `key`, `says` and `remedy`; the places in both texts are filled from `where` and the facts.

    >>> class Empty(InputError):
    ...     key = "file-empty"
    ...     says = Text("{where} is empty.", "{where} 파일이 비어 있습니다.")
    ...     remedy = Text("Export it again.", "다시 내보내 주세요.")
    >>> Empty("line1.csv").report()["message"]
    'line1.csv is empty.'
    """

    key: ClassVar[str] = "refused"
    says: ClassVar[Text] = Text("{where} was refused.", "{where}이(가) 거절되었습니다.")
    remedy: ClassVar[Text] = Text("See the documentation.", "문서를 확인해 주세요.")

    def __init__(self, where: str, **facts: object) -> None:
        super().__init__(where, facts)
        self.where = where
        self.facts = facts

    def __reduce__(self) -> tuple[object, ...]:
        """What it takes to make it again in another process."""
        return _again, (type(self), self.where, self.facts), vars(self)

    def __str__(self) -> str:
        """One line: what happened and what to do."""
        return f"{self.message} {self.way_out}"

    @property
    def message(self) -> str:
        """What happened, in the language in force."""
        return self.says.format(where=self.where, **self.facts)

    @property
    def way_out(self) -> str:
        """What to do, in the language in force."""
        return self.remedy.format(where=self.where, **self.facts)

    def report(self) -> dict[str, str]:
        """The error as the command's `--json` gives it."""
        return {"key": self.key, "message": self.message, "where": self.where, "remedy": self.way_out}


def _again(kind: type[DureError], where: str, facts: dict[str, object]) -> DureError:
    return kind(where, **facts)


class InputError(DureError):
    """What was handed in cannot be used."""


class FileProblem(InputError):
    """A file is absent, empty, or not what its name says."""


class DiskFull(FileProblem):
    """There is no room left to write: the disk is full, or a quota or a limit on the size of files is reached."""

    key = "disk-full"
    says = Text(
        "The disk is full: {where} was not written.", "디스크가 가득 차 {where}을(를) 쓰지 못했습니다."
    )
    remedy = Text("Free space and run it again.", "공간을 비우고 다시 실행해 주세요.")


class FileForbidden(FileProblem):
    """A file or folder that whoever runs us may not open."""

    key = "file-forbidden"
    says = Text("{where} may not be opened by you.", "{where}을(를) 열 권한이 없습니다.")
    remedy = Text(
        "Ask its owner for the right to read it, or copy it to a folder of your own.",
        "소유자에게 읽기 권한을 요청하거나, 내 폴더로 복사해 주세요.",
    )


_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


def is_full(refused: BaseException) -> bool:
    """Whether an error says that there is no room left; libraries in other languages hand on only the words.

    >>> is_full(OSError(28, "No space left on device")), is_full(OSError(2, "No such file or directory"))
    (True, False)
    """
    if isinstance(refused, OSError) and refused.errno is not None:
        return refused.errno in _FULL
    words = str(refused)
    return any(os.strerror(code) in words or f"(os error {code})" in words for code in _FULL)


class TableProblem(InputError):
    """A table lacks a column, rows or variety."""


class RecipeProblem(InputError):
    """A recipe or a step's field is wrong."""


class ModelRefused(DureError):
    """A model package is unsigned, too large, or does not fit the table."""


class SourceProblem(DureError):
    """Equipment or a server cannot be reached, or refuses us."""


class NotPermitted(DureError):
    """A person or a policy does not allow it."""


class NodeProblem(DureError):
    """The node cannot start or answer."""


class ExtraAbsent(NodeProblem):
    """A part of dure that is not installed was asked for."""

    key = "extra-absent"
    says = Text(
        "{where} needs {library}, which is not installed.",
        "{where}에는 {library}이(가) 필요하지만 설치되어 있지 않습니다.",
    )
    remedy = Text("Run: pip install 'dure[{extra}]'", "다음을 실행하세요: pip install 'dure[{extra}]'")
