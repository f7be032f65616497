"""Words of policies: actions and left operands of ODRL 2.2 and of ours, with labels, and which action includes which.

Ours begin with `dure:`; as a whole word that is an absolute IRI, so it stands in JSON-LD without a context. ODRL's tree of actions
(§3 of its vocabulary) has two roots, `use` and `transfer`.
"""

from dataclasses import dataclass

from dure.vocabulary import Text

ODRL = "http://www.w3.org/ns/odrl/2/"
OURS = "dure:"


@dataclass(frozen=True, slots=True)
class Word:
    """A term of a policy with its label, and of an action how it is said.

    `says` in English is the verb before its object; in Korean the three endings -고, -ㄹ and -아/어, parted by `|`. `within` is the
    action that includes this one.
    """

    term: str
    kind: str
    label: Text
    says: Text | None = None
    within: str = ""


# Action, its label in both languages, the verb in English, the endings -고|-ㄹ|-아/어 in Korean, and what includes it.
_ACTIONS = (
    ("use", "use", "이용", "use", "이용하고|이용할|이용해", ""),
    ("transfer", "transfer", "양도", "transfer", "양도하고|양도할|양도해", ""),
    ("read", "read", "열람", "read", "열람하고|열람할|열람해", "use"),
    ("write", "write", "쓰기", "write to", "고쳐 쓰고|고쳐 쓸|고쳐 써", "use"),
    ("modify", "change", "변경", "change", "변경하고|변경할|변경해", "use"),
    ("reproduce", "copy", "복제", "copy", "복제하고|복제할|복제해", "use"),
    ("extract", "extract", "일부 추출", "take parts of", "일부를 추출하고|일부를 추출할|일부를 추출해", "reproduce"),
    ("derive", "derive", "파생", "derive new data from", "파생 데이터를 만들고|파생 데이터를 만들|파생 데이터를 만들어", "use"),
    ("aggregate", "aggregate", "결합·집계", "combine", "결합·집계하고|결합·집계할|결합·집계해", "use"),
    ("anonymize", "anonymize", "익명화", "anonymize", "익명화하고|익명화할|익명화해", "use"),
    ("archive", "keep", "보관", "keep", "보관하고|보관할|보관해", "use"),
    ("transform", "convert", "변환", "convert", "변환하고|변환할|변환해", "use"),
    ("translate", "translate", "번역", "translate", "번역하고|번역할|번역해", "use"),
    ("index", "index", "색인", "index", "색인하고|색인할|색인해", "use"),
    ("annotate", "annotate", "주석", "annotate", "주석을 달고|주석을 달|주석을 달아", "use"),
    ("include", "include", "포함", "include", "포함하고|포함할|포함해", "use"),
    ("execute", "run", "실행", "run", "실행하고|실행할|실행해", "use"),
    ("install", "install", "설치", "install", "설치하고|설치할|설치해", "use"),
    ("uninstall", "uninstall", "제거", "uninstall", "제거하고|제거할|제거해", "use"),
    ("play", "play", "재생", "play", "재생하고|재생할|재생해", "use"),
    ("display", "display", "표시", "display", "표시하고|표시할|표시해", "play"),
    ("present", "present", "공개 제시", "present in public", "공개 제시하고|공개 제시할|공개 제시해", "use"),
    ("print", "print", "인쇄", "print", "인쇄하고|인쇄할|인쇄해", "use"),
    ("digitize", "digitize", "디지털화", "digitize", "디지털화하고|디지털화할|디지털화해", "use"),
    ("stream", "stream", "실시간 수신", "receive live", "실시간으로 받고|실시간으로 받을|실시간으로 받아", "use"),
    ("synchronize", "synchronize", "동기화", "synchronize", "동기화하고|동기화할|동기화해", "use"),
    ("textToSpeech", "read aloud", "음성 변환", "read aloud", "음성으로 바꾸고|음성으로 바꿀|음성으로 바꿔", "use"),
    ("move", "move", "이동", "move", "옮기고|옮길|옮겨", "use"),
    ("delete", "delete", "삭제", "delete", "삭제하고|삭제할|삭제해", "use"),
    ("watermark", "watermark", "워터마크", "watermark", "워터마크를 넣고|워터마크를 넣을|워터마크를 넣어", "use"),
    ("concurrentUse", "use at once", "동시 이용", "make several copies of use of", "동시에 이용하고|동시에 이용할|동시에 이용해", "use"),
    ("distribute", "distribute", "배포", "distribute", "배포하고|배포할|배포해", "use"),
    ("grantUse", "grant use", "이용 허락", "grant others the use of", "남에게 이용을 허락하고|남에게 이용을 허락할|남에게 이용을 허락해", "use"),
    ("sell", "sell", "판매", "sell", "판매하고|판매할|판매해", "transfer"),
    ("give", "give away", "증여", "give away", "무상으로 넘기고|무상으로 넘길|무상으로 넘겨", "transfer"),
    ("compensate", "pay", "대가 지급", "pay for", "대가를 지급하고|대가를 지급할|대가를 지급해", "use"),
    ("attribute", "name the source", "출처 표시", "name the source of", "출처를 밝히고|출처를 밝힐|출처를 밝혀", "use"),
    ("inform", "inform", "통지", "report the use of", "이용 사실을 알리고|이용 사실을 알릴|이용 사실을 알려", "use"),
    ("obtainConsent", "obtain consent", "동의 획득", "obtain consent for", "동의를 받고|동의를 받을|동의를 받아", "use"),
    ("acceptTracking", "accept tracking", "추적 수락", "accept that use is recorded of", "이용 기록을 수락하고|이용 기록을 수락할|이용 기록을 수락해", "use"),
    ("reviewPolicy", "review the policy", "정책 확인", "review the policy of", "정책을 확인하고|정책을 확인할|정책을 확인해", "use"),
    ("nextPolicy", "set a further policy", "후속 정책", "pass a further policy with", "후속 정책을 붙이고|후속 정책을 붙일|후속 정책을 붙여", "use"),
    ("ensureExclusivity", "ensure exclusivity", "독점 보장", "ensure exclusivity of", "독점을 보장하고|독점을 보장할|독점을 보장해", "use"),
    ("dure:prepare", "prepare", "전처리", "prepare", "전처리하고|전처리할|전처리해", "use"),
    ("dure:train", "train models", "모델 학습", "train models on", "모델 학습에 쓰고|모델 학습에 쓸|모델 학습에 써", "use"),
    ("dure:export", "export", "내보내기", "export", "파일로 내보내고|파일로 내보낼|파일로 내보내", "use"),
    ("dure:pass-on", "pass on", "제3자 제공", "pass on to others", "제3자에게 넘기고|제3자에게 넘길|제3자에게 넘겨", "distribute"),
)  # fmt: skip
_OPERANDS = (
    ("dateTime", "time", "일시"),
    ("purpose", "purpose", "이용 목적"),
    ("count", "number of uses", "이용 횟수"),
    ("elapsedTime", "time since the agreement", "계약 후 경과 기간"),
    ("delayPeriod", "delay", "유예 기간"),
    ("recipient", "recipient", "수령인"),
    ("industry", "industry (ISIC)", "업종(ISIC)"),
    ("spatial", "place", "지역"),
    ("event", "event", "사건"),
    ("payAmount", "amount", "금액"),
    ("percentage", "percentage", "비율"),
    ("product", "product", "제품"),
    ("systemDevice", "system", "시스템"),
    ("language", "language", "언어"),
    ("fileFormat", "file format", "파일 형식"),
    ("version", "version", "버전"),
    ("meteredTime", "time of use", "이용 시간"),
    ("timeInterval", "interval", "주기"),
    ("unitOfCount", "what is counted", "세는 단위"),
    ("dure:participant", "participant (DID)", "참여 기업(DID)"),
    ("dure:membership", "membership credential", "회원 자격 증명"),
    ("dure:certificate", "certificate", "인증서"),
)  # fmt: skip
EXPLICIT = frozenset({"dure:export", "dure:pass-on"})
POLICY_WORDS: dict[str, Word] = {
    **{
        row[0]: Word(row[0], "action", Text(row[1], row[2]), Text(row[3], row[4]), row[5]) for row in _ACTIONS
    },
    **{term: Word(term, "operand", Text(en, ko)) for term, en, ko in _OPERANDS},
}
OPERATORS: dict[str, Text] = {
    "eq": Text("is", "="),
    "neq": Text("is not", "≠"),
    "lt": Text("under", "미만"),
    "lteq": Text("at most", "이하"),
    "gt": Text("over", "초과"),
    "gteq": Text("at least", "이상"),
    "hasPart": Text("contains", "포함"),
    "isA": Text("is a kind of", "종류"),
    "isAllOf": Text("is all of", "모두 해당"),
    "isAnyOf": Text("is one of", "중 하나"),
    "isNoneOf": Text("is none of", "모두 아님"),
    "isPartOf": Text("lies within", "범위 안"),
}


def term(written: str) -> str:
    """The short term of an IRI or of a prefixed name of ODRL; every other name as it is.

    >>> term("http://www.w3.org/ns/odrl/2/read"), term("odrl:use"), term("dure:train"), term("https://ours.example/x")
    ('read', 'use', 'dure:train', 'https://ours.example/x')
    """
    for prefix in (ODRL, "https://www.w3.org/ns/odrl/2/", "odrl:"):
        if written.startswith(prefix):
            return written[len(prefix) :]
    return written


def included(action: str, general: str) -> bool:
    """Whether permitting or forbidding `general` speaks of `action` too (ODRL 2.2 vocabulary, `includedIn`).

    >>> included("read", "use"), included("sell", "use"), included("extract", "reproduce")
    (True, False, True)
    """
    while action and action != general:
        action = POLICY_WORDS[action].within if action in POLICY_WORDS else ""
    return action == general


def granted(action: str, general: str) -> bool:
    """Whether a *permission* of `general` covers `action`: exporting and passing on have to be named.

    A foreign policy that says no more than `use` was not written with copies for third parties in mind.

    >>> granted("dure:train", "use"), granted("dure:pass-on", "use"), granted("dure:pass-on", "distribute")
    (True, False, True)
    """
    if action in EXPLICIT and general == "use":
        return False
    return included(action, general)
