"""Why two tables cannot be joined, each in one sentence with the way out.

```
TableProblem
├── JoinUndecided      no time and no single key that both tables have
├── JoinKeyTwice       a key, or a time, that the second table has more than once
├── TimesNotAlike      times with an offset from UTC in one table and without in the other
├── NothingJoined      no row found a partner
└── DelayRefused       a duration that is none
```
"""

from dure.vocabulary import TableProblem, Text


class JoinUndecided(TableProblem):
    """No time and no single key that both tables have."""

    key = "join-undecided"
    says = Text(
        "How to join {where} is open: not both tables have times, and no single column is a key (shared: {shared}).",
        "{where}을(를) 어떻게 붙일지 알 수 없습니다. 두 표에 모두 시각이 있지 않고, 키가 될 열이 하나가 아닙니다(공통 열: {shared}).",
    )
    remedy = Text(
        "Name the key with --on COL, or --on FIRST=SECOND where it is called differently.",
        "--on 열 이름으로 키를 지정해 주세요. 이름이 다르면 --on 첫째=둘째로 적습니다.",
    )


class JoinKeyTwice(TableProblem):
    """A key, or a time, that the second table has more than once."""

    key = "join-key-twice"
    says = Text(
        "“{key}” of {where} has {count} values more than once: {values}.",
        "{where}의 “{key}” 열에 두 번 이상 나오는 값이 {count}개 있습니다: {values}.",
    )
    remedy = Text(
        "Give --by COL if another column tells them apart, --rows to say whose rows stay, or leave one row a key.",
        "다른 열로 구분된다면 --by를, 어느 표의 행을 남길지는 --rows로 주거나, 키마다 한 행만 남겨 주세요.",
    )


class TimesNotAlike(TableProblem):
    """Times with an offset from UTC in one table and without in the other."""

    key = "join-times-not-alike"
    says = Text(
        "Of {where} and {other}, one has times with an offset from UTC and the other without.",
        "{where}와(과) {other} 중 한쪽 시각에만 UTC 차이가 있습니다.",
    )
    remedy = Text("Export both with an offset, or both without.", "둘 다 붙이거나 둘 다 빼고 내보내 주세요.")


class NothingJoined(TableProblem):
    """No row found a partner."""

    key = "join-nothing"
    says = Text(
        "No row of {other} found one of {where} by {how}.",
        "{other}의 어느 행도 {where}의 행을 찾지 못했습니다({how}).",
    )
    remedy = Text(
        "Check the column and its values, --delay and --within.",
        "열과 값, --delay와 --within을 확인해 주세요.",
    )


class DelayRefused(TableProblem):
    """A duration that is none."""

    key = "join-duration-refused"
    says = Text("“{where}” is no duration.", "“{where}”은(는) 시간 길이가 아닙니다.")
    remedy = Text("Write it as 30s, 15min, 2h or 1d.", "30s, 15min, 2h, 1d처럼 적어 주세요.")
