"""Pictures drawn on the server: their geometry, their table, and that no foreign word becomes markup."""

import re

from dure.foundation.web.chart import Band, Stretch, spark, stretch

EVIL = '<script>alert("x")</script>'


def test_a_gap_in_the_values_is_a_gap_in_the_line():
    shown = Stretch([0, 1, 2, 3], [1.0, None, 2.0, 3.0], ["a", "b", "c", "d"], usual=Band(1, 2), mark=2)
    path = re.search(r'class="trace" d="([^"]+)"', stretch(shown, title="R"))[1]
    assert path.count("M") == 2
    assert path.count("L") == 1


def test_the_picture_has_its_table_and_takes_no_markup_from_a_name():
    text = stretch(Stretch([0, 1], [1, 2], [EVIL, EVIL]), title=EVIL, said=EVIL)
    assert "<script" not in text
    assert "style=" not in text
    assert "<table>" in text
    assert 'role="img"' in text


def test_a_spark_has_a_bar_for_each_bin():
    assert spark([1, 4, 2]).count("<rect") == 3
