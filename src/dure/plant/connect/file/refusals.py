"""What a place of files refuses: the sentences of any source, with what to do about a file."""

from dure.plant.connect import SourceOdd, SourceUnreachable
from dure.vocabulary import Text


class PlaceAbsent(SourceUnreachable):
    """A file or folder that is not there, or not to be looked into."""

    key = "file-place-absent"
    says = Text("The files of {where} cannot be read: {why}.", "{where}의 파일을 읽을 수 없습니다: {why}.")
    remedy = Text(
        "Check the path, and that the node may read the folder or share.",
        "경로를 확인하고, 노드가 그 폴더나 공유를 읽을 수 있는지 확인해 주세요.",
    )


class FileOdd(SourceOdd):
    """A file, the only one of its source, that is no table."""

    key = "file-odd"
    says = Text("The file of {where} cannot be read: {why}.", "{where}의 파일을 읽을 수 없습니다: {why}.")
    remedy = Text(
        "Name a table: CSV, Excel, Parquet, JSON or LVM; it is looked at again when it changes.",
        "CSV, Excel, Parquet, JSON, LVM 표 파일을 지정해 주세요. 파일이 바뀌면 다시 확인합니다.",
    )
