"""What is read as what, what is refused where, and that nothing hostile costs more than a moment."""
# ruff: noqa: PT017 - most of what is thrown at the parser may be refused, and then in a certain way

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dure.science.formula import FormulaWrong, Kind, parse
from dure.science.formula.tree import Call, Chain, Column, Link, Number, Signed, Truth, Words, written

SCHEMA = {
    "temp": Kind("number", "Cel"),
    "press": Kind("number", "bar"),
    "word": Kind("text"),
    "u": Kind("number"),
}


def value(text):
    return parse(text).checked({}).program.instructions[-1].value


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("=-2^2", 4), ("=2^3^2", 64), ("=2^-1", 0.5), ("=1+2*3", 7), ("=-50%", -0.5), ("=2*50%", 1), ("=10-2-3", 5),
        ("=8/2/2", 2), ("=1+2=3", True), ('="a"&1+1', "a2"), ('="A"="a"', True), ("=1<>1", False), ("=--1", 1),
        ("=1.5e3", 1500), ("=.5", 0.5), ('="say ""hi"""', 'say "hi"'), ("=if(true;1;2)", 1), ("1+1", 2), ("= 1 +\n 1", 2),
        ("=3<=3", True), ("=(1+2)*3", 9), ("=TRUE", True), ("=9^9^9^9", None), ("=1/0", None), ("=SQRT(-1)", None),
        ("=0^-1", None), ("=IFERROR(1/0, 7)", 7), ("=1/(1/0)", None), ("=IFERROR(1/(1/0), 5)", 5),
    ],
)  # fmt: skip
def test_a_formula_means_what_it_means_in_excel(text, wanted):
    assert value(text) == wanted


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("=[a]", "a"), ("=[a]]b]", "a]b"), ("=[Torque [Nm]]", "Torque [Nm]"), ("=[Torque [Nm]]]", "Torque [Nm]"), ("=온도", "온도"),
        ("=[주조 압력(bar)]", "주조 압력(bar)"), ("=[a [[b]] c]", "a [b] c"), ("=x.y_1", "x.y_1"), ('=["q"]', '"q"'),
    ],
)  # fmt: skip
def test_a_column_is_read_by_its_name(text, name):
    assert parse(text).columns == (name,)


def test_bracketed_units_side_by_side_are_two_columns():
    assert parse("=[T [Nm]]*[S [rpm]]/[x]").columns == ("T [Nm]", "S [rpm]", "x")


@pytest.mark.parametrize(
    ("text", "key", "at"),
    [
        ("=ROLLAVG([temp],5)", "formula-function-unknown", 2), ("=1+nofunc(2)", "formula-function-unknown", 4),
        ("=IF([temp]>80,1", "formula-unreadable", 4), ("=IF(1,2))", "formula-unreadable", 9), ('="abc', "formula-unreadable", 2),
        ("=[temp", "formula-unreadable", 2), ("=1+", "formula-unreadable", 4), ("=IF(1,,2)", "formula-unreadable", 7),
        ("=1 2", "formula-unreadable", 4), ("=@x", "formula-unreadable", 2), ("=1e999", "formula-unreadable", 2), ("", "formula-unreadable", 1),
        ("=tmp+1", "formula-column-unknown", 2), ("=1+[tmp]", "formula-column-unknown", 4), ("=ABS()", "formula-argument-count", 2),
        ("=IF(1)", "formula-argument-count", 2), ("=1+[word]", "formula-argument", 4), ("=[word]>1", "formula-argument", 9),
        ("=ROLLMEAN([temp],0)", "formula-argument", 18), ("=ROLLMEAN([temp],1.5)", "formula-argument", 18),
        ("=ROLLMEAN([temp],1000000000)", "formula-argument", 18), ('=ROLLMEAN([temp],"9 moons")', "formula-argument", 18),
        ("=ROLLMEAN([temp],[u])", "formula-argument", 18), ("=PERCENTILE([u],95)", "formula-argument", 17),
        ("=ROUND([u],[u])", "formula-argument", 12), ('=TEXT([u],"weird")', "formula-argument", 11), ('=CONVERT([u],"blah","K")', "formula-argument", 14),
        ("=[temp]+[press]", "formula-units-clash", 8), ("=2*([temp]+[press])", "formula-units-clash", 11),
        ("=LN([press])", "formula-unit-not-pure", 5), ("=[temp]*[press]", "formula-unit-with-zero", 8),
        ("=a\x00b", "formula-unreadable", 3), ("=\ud800", "formula-unreadable", 2),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_at_its_position(text, key, at):
    with pytest.raises(FormulaWrong) as refused:
        parse(text).checked(SCHEMA)
    assert (refused.value.key, refused.value.position) == (key, at)
    line, mark = refused.value.caret.split("\n")
    assert mark.index("^") == at - 1
    assert line == " ".join(text.splitlines())


def test_the_caret_of_a_long_formula_shows_what_is_around_it():
    with pytest.raises(FormulaWrong) as refused:
        parse("=" + "1+" * 200 + "@")
    line, mark = refused.value.caret.split("\n")
    assert line[mark.index("^")] == "@"


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("ROLLAVG([u],5)", "ROLLMEAN"), ("AVG([u])", "AVERAGE"), ("STDEV.S([u])", "STDEV"), ("MOVAVG([u],5)", "ROLLMEAN"), ("CONCATENATE(1,2)", "CONCAT")],
)  # fmt: skip
def test_a_function_of_another_program_is_recognised(wrong, near):
    with pytest.raises(FormulaWrong, match=f"did you mean {near}\\?"):
        parse(wrong)


BOMBS = {
    "parentheses": "(" * 5000, "closed parentheses": "(" * 3900 + "1" + ")" * 3900, "signs": "-" * 7_900 + "1", "per cents": "1" + "%" * 3000,
    "sum": "1+" * 2500 + "1", "calls": "ABS(" * 1000 + "1" + ")" * 1000, "brackets": "[" * 7000, "quotes": '"' * 7001,
    "length": "a" * 9_000, "powers": "9^" * 1500 + "9", "wide call": "MAX(" + "1," * 3000 + "1)", "comparisons": "1=" * 1500 + "1",
    "windows": "ABS(" * 9 + "LAG(" * 40 + "[u]" + ",90000)" * 40 + ")" * 9, "huge window": "ROLLMAX([u],1000000000)",
    "percentiles": "ROLLPCT([u],10000,50%)" + "+ROLLPCT([u]+1,9999,50%)" * 9, "digits": "1" * 5000, "exponent": "1e" + "9" * 4000,
    "texts": '=SUBSTITUTE([word],"a","' + "a" * 500 + '")',
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_formula_bomb_is_read_or_refused_at_once(name):
    parse("=1")
    start = time.process_time()
    try:
        parse(BOMBS[name]).checked(SCHEMA)
    except FormulaWrong as refused:
        assert len(str(refused).splitlines()) == 1
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "name", ["sum", "calls", "length", "windows", "huge window", "percentiles", "texts", "wide call"]
)
def test_what_is_beyond_the_bounds_is_refused(name):
    with pytest.raises(FormulaWrong):
        parse(BOMBS[name]).checked(SCHEMA)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(alphabet='=[]()"+-*/^&<>%,;1e.aIF가 ', max_size=120)))
def test_any_text_is_a_formula_or_refused_in_one_sentence(text):
    try:
        parse(text).checked(SCHEMA)
    except FormulaWrong as refused:
        assert 1 <= refused.position <= len(text) + 1
        assert refused.says.ko
        assert refused.caret


names = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=8)
leaves = st.one_of(
    st.builds(Number, st.floats(0, 1e15, allow_nan=False)), st.builds(Words, st.text(st.characters(blacklist_categories=("Cs",)), max_size=6)),
    st.builds(Truth, st.booleans()), st.builds(Column, names),
)  # fmt: skip


def chains(inner):
    ranks = [("^",), ("*", "/"), ("+", "-"), ("&",), ("=", "<>", "<", "<=", ">", ">=")]
    one = [
        st.builds(lambda first, rest: Chain(first, tuple(rest)), inner, st.lists(st.builds(Link, st.sampled_from(signs), inner), min_size=1, max_size=3))
        for signs in ranks
    ]  # fmt: skip
    calls = st.builds(lambda args: Call("MAX", tuple(args)), st.lists(inner, min_size=2, max_size=3))
    signed = st.builds(Signed, st.sampled_from(["-", "%"]), inner)
    return st.one_of(*one, calls, signed)


def normal(tree):
    """Two signs before each other cancel."""
    while (
        isinstance(tree, Signed)
        and tree.sign == "-"
        and isinstance(tree.term, Signed)
        and tree.term.sign == "-"
    ):
        tree = tree.term.term
    if isinstance(tree, Signed):
        return Signed(tree.sign, normal(tree.term))
    if isinstance(tree, Call):
        return Call(tree.name, tuple(map(normal, tree.arguments)))
    if isinstance(tree, Chain):
        return Chain(normal(tree.first), tuple(Link(link.operator, normal(link.term)) for link in tree.links))
    return tree


@settings(max_examples=300, deadline=None)
@given(st.recursive(leaves, chains, max_leaves=12))
def test_a_tree_written_out_is_read_as_the_same_tree(tree):
    assert parse("=" + written(tree)).tree == normal(tree)
