"""States and acts in both languages, for refusals that may speak without Django."""

from dure.plant.alarms.states import Event, State
from dure.vocabulary import Text

STATES = {
    State.NORMAL: Text("normal", "정상"),
    State.UNACKNOWLEDGED: Text("unacknowledged", "미확인"),
    State.ACKNOWLEDGED: Text("acknowledged already", "이미 확인됨"),
    State.RETURNED: Text("back to normal and unacknowledged", "정상 복귀·미확인"),
    State.LATCHED: Text("latched and unacknowledged", "래치·미확인"),
    State.LATCHED_ACKNOWLEDGED: Text("latched and acknowledged", "래치·확인됨"),
    State.SHELVED: Text("shelved", "보류"),
    State.SUPPRESSED: Text("suppressed by design", "설계에 따른 억제"),
    State.OUT_OF_SERVICE: Text("out of service", "사용 중지"),
}
ACTS = {
    Event.ANNUNCIATE: Text("ring", "발생"),
    Event.RETURN: Text("return", "정상 복귀"),
    Event.ACKNOWLEDGE: Text("acknowledge", "확인"),
    Event.RESET: Text("reset the latch", "래치 해제"),
    Event.SHELVE: Text("shelve", "보류"),
    Event.UNSHELVE: Text("take from the shelf", "보류 해제"),
    Event.EXPIRE: Text("expire", "보류 만료"),
    Event.SUPPRESS: Text("suppress", "억제"),
    Event.UNSUPPRESS: Text("end the suppression", "억제 해제"),
    Event.REMOVE: Text("take out of service", "사용 중지"),
    Event.RESTORE: Text("put back in service", "사용 재개"),
}
