"""What happened to a deployed model, as a person reads it."""

from collections.abc import Mapping

from dure.vocabulary import Text

#: Experts by the first word of their name.
EXPERTS: Mapping[str, Text] = {
    "static": Text("the model as trained", "학습된 그대로의 모델"),
    "bias": Text("the bias update", "편향 보정"),
    "linear": Text("the linear refit of the residual", "잔차의 선형 재적합"),
    "square": Text("the quadratic refit of the residual", "잔차의 2차 재적합"),
    "own": Text("the refit without the model as trained", "학습 모델 없이 새로 적합한 모델"),
    "local": Text("the rows most alike", "가장 비슷한 최근 행"),
    "trees": Text("the trees of the last refit", "최근 재학습한 트리"),
}


def expert_words(name: str) -> Text:
    """An expert in words.

    >>> str(expert_words("bias 12"))
    'the bias update (12 labels)'
    """
    kind, _, half = name.partition(" ")
    known = EXPERTS[kind]
    if half == "by group":
        return Text("the bias update of each group", "그룹별 편향 보정")
    return Text(f"{known.en} ({half} labels)", f"{known.ko} (라벨 {half}개)") if half else known


def champion_words(row: int, name: str) -> Text:
    """A challenger took over."""
    who = expert_words(name)
    return Text(
        f"Row {row:,}: {who.en} did best on recent labels and is champion now.",
        f"{row:,}행: 최근 라벨에서 {who.ko}의 성적이 가장 좋아 챔피언이 되었습니다.",
    )


def drift_words(row: int, target: str, bias: float) -> Text:
    """The static model is off by so much, and the deployed one follows."""
    return Text(
        f"Row {row:,}: the drift of {target} by {bias:+.3g} was taken up.",
        f"{row:,}행: {target} 값의 변화({bias:+.3g})를 반영했습니다.",
    )


def error_words(row: int, target: str, latest: float, usual: float) -> Text:
    """The error of what is deployed has grown."""
    return Text(
        f"Row {row:,}: the error of {target} has grown to {latest:.3g} (usually {usual:.3g}); a refit was asked for.",
        f"{row:,}행: {target} 오차가 {latest:.3g}(평소 {usual:.3g})로 커져 재학습을 요청했습니다.",
    )


def refit_words(row: int, rows: int) -> Text:
    """A refit serves."""
    return Text(
        f"Row {row:,}: trees refitted on the last {rows:,} labelled rows predict beside the others.",
        f"{row:,}행: 최근 라벨 {rows:,}행으로 재학습한 트리가 함께 예측합니다.",
    )


def late_words(rows: int) -> Text:
    """Labels that never came."""
    return Text(f"The labels of {rows:,} rows never came.", f"{rows:,}행의 라벨이 끝내 도착하지 않았습니다.")
