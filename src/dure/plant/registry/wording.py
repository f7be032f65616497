"""Words of the models pages: tasks, stages, and what is told beside a report."""

from collections.abc import Mapping
from typing import Any

from dure.vocabulary import Text

TASKS = {
    "estimate": Text("Estimate a number", "수치 예측"),
    "classify": Text("Tell classes apart", "분류"),
    "detect": Text("Find what is not normal", "이상 감지"),
}

STAGES = {
    "table": Text("Gathering the rows from the signals", "신호에서 행을 모으는 중"),
    "read": Text("Reading the table", "표를 읽는 중"),
    "prepare": Text("Preparing the columns", "열을 전처리하는 중"),
    "search": Text("Trying kinds of models", "모델 종류를 시험하는 중"),
    "fit": Text("Fitting the chosen one on all rows", "고른 모델을 전체 행으로 학습하는 중"),
    "report": Text("Judging it and writing the report", "검증하고 보고서를 쓰는 중"),
    "fleet": Text("Choosing for each machine", "설비마다 고르는 중"),
    "evidence": Text("Replaying both over newer rows", "최근 행으로 두 모델을 재현하는 중"),
    "register": Text("Taking it among the models", "모델 목록에 등록하는 중"),
}
FAMILIES = {
    "boosting": Text("gradient-boosted trees", "그래디언트 부스팅 트리"),
    "logistic": Text("logistic regression", "로지스틱 회귀"),
    "ridge": Text("ridge regression", "릿지 회귀"),
    "neighbours": Text("nearest neighbours", "최근접 이웃"),
    "ledoit_wolf": Text("Mahalanobis distance", "마할라노비스 거리"),
    "principal_components": Text("principal components", "주성분 분석"),
}
TRYING = Text("Trying {family}", "{family} 시험 중")


def stage_words(stage: str) -> str:
    """What a training is doing, in words: its stage, or the kind of model it tries."""
    if stage in STAGES or not stage:
        return str(STAGES.get(stage, ""))
    return TRYING.format(family=FAMILIES.get(stage, stage))


def shift_alarms(card: Mapping[str, Any]) -> float | None:
    """Alarms a shift of 8 h on held-back normal rows, where the card tells."""
    found = (card.get("metric") or {}).get("alarms_per_shift")
    return float(found) if isinstance(found, (int, float)) else None
