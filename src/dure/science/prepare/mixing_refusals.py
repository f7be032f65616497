"""Why a folder as a whole cannot be made one table, each in one sentence with the way out.

```
FileProblem
├── FolderTooFull      more files than are looked at in one go
└── NothingLike        not one file of the folder is a table, a picture or a sound that can be read
```
"""

from dure.vocabulary import FileProblem, Text


class FolderTooFull(FileProblem):
    """More files than are looked at in one go."""

    key = "folder-too-full"
    says = Text("{where} holds more than {limit:,} files.", "{where}에 파일이 {limit:,}개보다 많습니다.")
    remedy = Text(
        "Give folders below it one by one, or a pattern; of small files of one kind make one file first.",
        "하위 폴더나 패턴으로 나누어 주세요. 같은 종류의 작은 파일은 먼저 하나로 합치는 것이 좋습니다.",
    )


class NothingLike(FileProblem):
    """Not one file of the folder can be read; the first says why."""

    key = "folder-nothing-read"
    says = Text(
        "Of {count} files in {where} none can be read: {why}",
        "{where}의 파일 {count}개 중 읽을 수 있는 것이 없습니다: {why}",
    )
    remedy = Text(
        "Give tables, pictures or sounds; see the reference page on reading for what is read.",
        "표, 사진, 소리 파일을 주세요. 읽을 수 있는 형식은 읽기 설명서에 있습니다.",
    )
