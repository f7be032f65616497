"""What the historian refuses, and how its client says that it is not there."""

from dure.vocabulary import DureError, InputError, NodeProblem, Text


class HistorianDown(NodeProblem):
    """The historian's process is not running, or does not answer."""

    key = "historian-down"
    says = Text("The historian of {where} does not answer.", "{where}의 히스토리안이 응답하지 않습니다.")
    remedy = Text("Start the node: dure up", "노드를 시작하세요: dure up")


class HistorianTaken(NodeProblem):
    """A second historian is started in one home."""

    key = "historian-taken"
    says = Text(
        "Another historian already works in {where}.", "{where}에서 다른 히스토리안이 이미 실행 중입니다."
    )
    remedy = Text("Use the running one, or stop it first.", "실행 중인 것을 쓰거나 먼저 멈추세요.")


class KeyRefused(NodeProblem):
    """The key of the asking process is not the historian's."""

    key = "historian-key"
    says = Text(
        "The historian of {where} does not accept this key.",
        "{where}의 히스토리안이 이 키를 받아들이지 않습니다.",
    )
    remedy = Text("Run as the user that owns the home folder.", "홈 폴더를 소유한 사용자로 실행하세요.")


class HistorianFailed(NodeProblem):
    """The historian met an error that it did not expect."""

    key = "historian-failed"
    says = Text(
        "The historian could not answer “{where}”: {reason}.",
        "히스토리안이 “{where}” 요청을 처리하지 못했습니다: {reason}.",
    )
    remedy = Text("See its log in the home folder.", "홈 폴더에 있는 로그를 확인하세요.")


class RequestRefused(InputError):
    """A request that is not formed as the historian's requests are."""

    key = "historian-request"
    says = Text(
        "The historian refused the request “{where}”: {reason}.",
        "히스토리안이 “{where}” 요청을 거절했습니다: {reason}.",
    )
    remedy = Text("See the historian's reference page.", "히스토리안 참고 문서를 확인하세요.")


class TooMuch(InputError):
    """A request for more than the historian gives at once."""

    key = "historian-too-much"
    says = Text(
        "{where} would give {asked} {what}; the limit is {limit}.",
        "{where} 결과가 {what} {asked}건으로 한도 {limit}건을 넘습니다.",
    )
    remedy = Text(
        "Shorten the time range, name fewer signals, or ask for a coarser --every.",
        "기간을 줄이거나 신호를 적게 고르거나 --every 간격을 늘리세요.",
    )


class ClassesWrong(InputError):
    """The text that says how long signals are kept cannot be followed."""

    key = "historian-classes"
    says = Text("Line {line} of {where}: {reason}.", "{where} {line}번째 줄을 읽을 수 없습니다: {reason}.")
    remedy = Text(
        "Mend the line; until then nothing is removed.",
        "그 줄을 고치세요. 고칠 때까지 아무것도 지우지 않습니다.",
    )


class SignalUnknown(InputError):
    """A signal, or a pattern, that no sample has come for."""

    key = "signal-unknown"
    says = Text(
        "No signal of the {known} in the historian is called “{where}”.",
        "히스토리안의 신호 {known}개 가운데 “{where}”에 맞는 것이 없습니다.",
    )
    remedy = Text(
        "Try a pattern such as 'line1/*', or look at the Data page.",
        "'line1/*' 같은 패턴을 쓰거나 데이터 화면에서 이름을 확인하세요.",
    )


class CorrectionUnknown(InputError):
    """A correction that is not there to be undone."""

    key = "correction-unknown"
    says = Text("There is no correction {where} to undo.", "되돌릴 정정 {where}이(가) 없습니다.")
    remedy = Text("List them: dure historian corrections", "목록을 확인하세요: dure historian corrections")


class LaterCorrection(InputError):
    """A correction whose samples were corrected again."""

    key = "correction-later"
    says = Text(
        "Correction {where} cannot be undone: samples of {signal} were corrected again later.",
        "정정 {where}은(는) 되돌릴 수 없습니다. {signal}의 샘플이 나중에 다시 정정되었습니다.",
    )
    remedy = Text("Undo the later correction first.", "나중 정정을 먼저 되돌리세요.")


class HistorianBusy(NodeProblem):
    """More clients at once than the historian serves."""

    key = "historian-busy"
    says = Text(
        "The historian serves {limit} clients already and cannot take one more ({where}).",
        "히스토리안이 이미 클라이언트 {limit}개를 처리하고 있어 더 받을 수 없습니다({where}).",
    )
    remedy = Text("Try again in a moment.", "잠시 뒤에 다시 시도하세요.")


class FeedBehind(NodeProblem):
    """A follower of the feed asks for a place whose samples have moved to the day files."""

    key = "feed-behind"
    says = Text(
        "The feed no longer reaches back to position {where}; it begins at {oldest}.",
        "피드가 {where} 위치까지 남아 있지 않습니다. {oldest}부터 있습니다.",
    )
    remedy = Text(
        "Read the missed time with query, then follow the feed from now.",
        "놓친 시간은 query로 읽고 피드는 지금부터 따라가세요.",
    )


_TRAVELLING: tuple[type[DureError], ...] = (
    HistorianFailed,
    RequestRefused,
    TooMuch,
    FeedBehind,
    ClassesWrong,
    CorrectionUnknown,
    LaterCorrection,
    HistorianBusy,
)
_OWN: dict[str, type[DureError]] = {refusal.key: refusal for refusal in _TRAVELLING}


def refusal_of(key: str) -> type[DureError]:
    """The refusal that travelled by its key, so that the asking process says it in its own language.

    >>> refusal_of("log-taken").__name__
    'LogTaken'
    """
    if key in _OWN:
        return _OWN[key]
    from dure.plant.transport import DiskFull, FrameTooLarge, LogTaken, WrongSamples

    below: dict[str, type[DureError]] = {
        refusal.key: refusal for refusal in (DiskFull, FrameTooLarge, LogTaken, WrongSamples)
    }
    return below.get(key, HistorianFailed)
