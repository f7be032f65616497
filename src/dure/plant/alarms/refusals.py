"""What this room refuses, each with the way out."""

from dure.vocabulary import FileProblem, InputError, NotPermitted, Text


class DefinitionWrong(FileProblem):
    """A definition that cannot be used; it names its file and line."""

    key = "alarm-definition-wrong"
    says = Text("{where}, line {line}: {reason}", "{where} {line}행: {reason}")
    remedy = Text("Correct that line.", "그 행을 고쳐 주세요.")


class AlarmUnknown(InputError):
    """An alarm that nobody defined and nothing raised."""

    key = "alarm-unknown"
    says = Text("There is no alarm {where}.", "{where} 알람이 없습니다.")
    remedy = Text(
        "`dure alarms list --all` names those there are.", "`dure alarms list --all`로 있는 알람을 보세요."
    )


class ActRefused(NotPermitted):
    """An act that the alarm's state does not allow."""

    key = "alarm-act-refused"
    says = Text(
        "{where} is {state}, where “{act}” means nothing.",
        "{where} 알람은 {state} 상태라서 ‘{act}’할 수 없습니다.",
    )
    remedy = Text(
        "Look at it again: somebody may have been quicker.",
        "다시 확인하세요. 다른 사람이 먼저 했을 수 있습니다.",
    )


class RoleTooNarrow(NotPermitted):
    """A person who may not do this to an alarm."""

    key = "alarm-role-missing"
    says = Text("{where} takes the role {role}.", "{where}에는 {role} 역할이 필요합니다.")
    remedy = Text("Ask somebody who has it.", "그 역할이 있는 사람에게 부탁하세요.")


class ShelfRefused(InputError):
    """A shelf without an end, too long for the person's role, or without a reason."""

    key = "alarm-shelf-refused"
    says = Text("{where} is not shelved: {reason}", "{where} 알람을 보류하지 못했습니다: {reason}")
    remedy = Text(
        "Give a reason and an end: at most {worker_h} h for a worker, {engineer_h} h for an engineer.",
        "사유와 끝 시각을 정하세요. 작업자는 최대 {worker_h}시간, 엔지니어는 최대 {engineer_h}시간입니다.",
    )


class ReasonMissing(InputError):
    """An act that wants a reason and got none."""

    key = "alarm-reason-missing"
    says = Text("{where} needs a reason.", "{where}에는 사유가 필요합니다.")
    remedy = Text("Say why in one sentence.", "한 문장으로 이유를 적어 주세요.")


class ReplayTooLarge(InputError):
    """A replay over more samples than one look may read."""

    key = "alarm-replay-too-large"
    says = Text(
        "{where} has {count} samples in that stretch; a replay reads at most {most}.",
        "{where}의 그 구간에는 측정값이 {count}개 있습니다. 재현은 최대 {most}개까지 읽습니다.",
    )
    remedy = Text("Choose a shorter stretch.", "더 짧은 구간을 고르세요.")


class DefinitionTaken(InputError):
    """A new definition with the id of another."""

    key = "alarm-definition-taken"
    says = Text("There is an alarm {where} already.", "{where} 알람이 이미 있습니다.")
    remedy = Text("Choose another id, or change that one.", "다른 id를 쓰거나 그 알람을 고치세요.")


class PersonUnknown(NotPermitted):
    """A name that nobody signs in with."""

    key = "alarm-person-unknown"
    says = Text("Nobody here is called {where}.", "{where}(이)라는 사용자가 없습니다.")
    remedy = Text(
        "Give the user name of a person of this node.", "이 노드에 있는 사람의 사용자 이름을 적으세요."
    )


class FileAbsent(FileProblem):
    """A file of definitions that is not there."""

    key = "alarm-file-absent"
    says = Text("There is no file {where}.", "{where} 파일이 없습니다.")
    remedy = Text("Name a .toml file or a folder of them.", ".toml 파일이나 그 폴더를 지정하세요.")
