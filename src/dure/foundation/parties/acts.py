"""What the ledger's keys mean, in words: `node.owned` is "took the node over" to whoever reads the page."""

from dure.vocabulary import Text

DONE = {
    "node.owned": Text("took the node over", "노드 소유 시작"),
    "person.invited": Text("gave an account", "계정 만듦"),
    "person.role": Text("changed a role", "역할 변경"),
    "person.password": Text("set a new password", "비밀번호 재설정"),
    "person.opened": Text("opened an account", "계정 다시 엶"),
    "person.closed": Text("closed an account", "계정 닫음"),
    "certificate.trusted": Text("trusted a certificate", "인증서 신뢰"),
    "source.added": Text("connected a source", "데이터 소스 연결"),
    "source.on": Text("switched a source on", "데이터 소스 켬"),
    "source.off": Text("switched a source off", "데이터 소스 끔"),
    "source.removed": Text("removed a source", "데이터 소스 삭제"),
    "signal.unit-confirmed": Text("confirmed a unit", "단위 확인"),
    "file.brought-in": Text("brought a file in", "파일 올림"),
    "model.registered": Text("trained a model", "모델 학습"),
    "model.released": Text("released a model", "모델 출시"),
    "model.withdrawn": Text("withdrew a release", "출시 철회"),
    "deployment.moved": Text("moved a model on the line", "라인 모델 단계 변경"),
    "alarm.acknowledged": Text("acknowledged an alarm", "알람 확인"),
    "alarm.reset": Text("reset a latched alarm", "알람 래치 해제"),
    "alarm.shelved": Text("shelved an alarm", "알람 보류"),
    "alarm.unshelved": Text("took an alarm from the shelf", "알람 보류 해제"),
    "alarm.removed": Text("took an alarm out of service", "알람 사용 중지"),
    "alarm.restored": Text("put an alarm back in service", "알람 사용 재개"),
    "alarm.defined": Text("defined or changed an alarm", "알람 정의 변경"),
}
"""Words of each act that a room records; one without words is shown by its key."""
