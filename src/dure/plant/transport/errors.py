"""What can go wrong with a segment log."""

from dure.vocabulary import InputError, NodeProblem, Text


class DiskFull(NodeProblem):
    """The disk did not take a frame; nothing of it counts as acknowledged."""

    key = "log-not-written"
    says = Text(
        "The log in {where} could not be written: {reason}.",
        "{where}의 로그를 기록하지 못했습니다: {reason}.",
    )
    remedy = Text(
        "Free disk space; the source sends again what was not confirmed.",
        "디스크 공간을 확보하세요. 확인되지 않은 측정값은 설비가 다시 보냅니다.",
    )


class LogFull(DiskFull):
    """A log that has reached the size it may have; what it holds has not been read yet."""

    key = "log-full"
    says = Text(
        "The buffer in {where} is full: {size} of {bound} MB wait to be read.",
        "{where}의 버퍼가 가득 찼습니다. 읽기를 기다리는 양: {size}/{bound} MB.",
    )
    remedy = Text(
        "Start what reads it (the historian, or the link to the node), or give the source a larger buffer.",
        "읽는 쪽(히스토리안 또는 노드 연결)을 시작하거나 소스의 버퍼를 늘려 주세요.",
    )


class LogTaken(NodeProblem):
    """A second writer wants the log of one source."""

    key = "log-taken"
    says = Text(
        "The log in {where} is being written by another process.",
        "{where}의 로그를 다른 프로세스가 기록하고 있습니다.",
    )
    remedy = Text(
        "Stop the other collector, or give this source its own id.",
        "다른 수집기를 멈추거나 이 소스에 다른 이름을 주세요.",
    )


class FrameTooLarge(InputError):
    """One sample is larger than a frame may be."""

    key = "frame-too-large"
    says = Text(
        "A sample of {size} bytes for the log in {where} is above the limit of {limit}.",
        "{where} 로그에 넣을 측정값이 {size}바이트로 한도 {limit}바이트를 넘습니다.",
    )
    remedy = Text("Shorten its text, or keep it as a file.", "글을 줄이거나 파일로 보관하세요.")


class WrongSamples(InputError):
    """A batch that is not of `SAMPLE_SCHEMA`, or has holes where a value is due."""

    key = "samples-wrong"
    says = Text(
        "The samples for {where} do not have the columns of a sample: {reason}.",
        "{where}의 측정값이 정해진 열 형식과 다릅니다: {reason}.",
    )
    remedy = Text(
        "Build them with dure.plant.transport.batch.", "dure.plant.transport.batch로 만들어 주세요."
    )


class ContentNotWritten(DiskFull):
    """The disk did not take a picture, a sound or a wave; no sample refers to it."""

    key = "content-not-written"
    says = Text(
        "The content in {where} could not be written: {reason}.",
        "{where}의 콘텐츠를 기록하지 못했습니다: {reason}.",
    )
    remedy = Text(
        "Free disk space, or let the source keep less (settings keep and days).",
        "디스크 공간을 확보하거나 보관량(keep, days 설정)을 줄여 주세요.",
    )


class ContentTooLarge(InputError):
    """One picture, sound or wave is larger than content may be."""

    key = "content-too-large"
    says = Text(
        "A content of {size} bytes from {where} is above the limit of {limit}.",
        "{where}에서 온 콘텐츠가 {size}바이트로 한도 {limit}바이트를 넘습니다.",
    )
    remedy = Text(
        "Take smaller pictures or shorter stretches.", "더 작은 사진이나 더 짧은 구간으로 받으세요."
    )


class ContentAbsent(InputError):
    """A picture, sound or wave that is not kept here, or not any more."""

    key = "content-absent"
    says = Text("The content {where} is not kept here.", "{where} 콘텐츠는 여기에 없습니다.")
    remedy = Text(
        "It may be older than its source keeps; see the events of the source.",
        "원천의 보관 기간이 지났을 수 있습니다. 원천의 이벤트를 확인하세요.",
    )


class ContentDamaged(NodeProblem):
    """A file whose bytes are not those that were kept."""

    key = "content-damaged"
    says = Text(
        "The content {where} has changed on the disk: its hash is another.",
        "{where} 콘텐츠가 디스크에서 달라졌습니다. 해시가 맞지 않습니다.",
    )
    remedy = Text("Restore it from a backup, and check the disk.", "백업에서 복원하고 디스크를 점검하세요.")
