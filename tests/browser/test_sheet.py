"""The sheet in a real browser: opened, pasted into, written in Korean, reckoned by formula, filtered, undone, learnt from, taken out."""

import gzip

import openpyxl
import polars as pl
import pytest

from running_node import running, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SECRET = "정직한 기계의 말 2026"
ROWS = 1_500


def begin(node, visitor):
    """The owner's first steps, by the link that the node has printed."""
    hana = visitor(f"http://localhost:{node.port}", locale="en-GB", timezone_id="Asia/Seoul")
    hana.page.goto(str(until(lambda: node.said("owner's account"))).rpartition(" ")[2])
    hana.fill(
        organisation="Daon", name="Hana Kim", username="hana", email="hana@daon.example", password=SECRET
    )
    hana.page.locator("main form button").last.click()
    hana.page.wait_for_url("**/data/")
    if hana.page.get_attribute("html", "lang") != "en":
        hana.speak("en")
    hana.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return hana


def casting(recorded, tmp_path):
    """The first rows of a recorded die casting line, as a csv; columns that say the same are left out."""
    file = next((recorded / "die-casting-kr").glob("train_group_8412.csv*"))
    written = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    table = pl.read_csv(written, try_parse_dates=True)
    chosen = table.select(
        "datetime",
        "working",
        "molten_temp",
        "cast_pressure",
        "biscuit_thickness",
        "upper_mold_temp1",
        "sleeve_temperature",
    )
    chosen.head(ROWS).write_csv(tmp_path / "casting.csv")
    return chosen.head(ROWS), tmp_path / "casting.csv"


def open_sheet(hana, file):
    """A file becomes a sheet by the form on the list of sheets."""
    hana.open("/sheet/")
    hana.page.set_input_files("input[type=file][name=file]", str(file))
    hana.page.locator("form:has(input[type=file][name=file]) button").first.click()
    hana.page.wait_for_url("**/sheet/*/")
    hana.page.wait_for_selector("[data-ready]")
    until(lambda: cell(hana, 0, 2) != "")


def cell(hana, row, column):
    """What a shown cell says: row from 0, column from 0."""
    found = hana.page.locator(
        f".sg-row:not([hidden])[aria-rowindex='{row + 2}'] .sg-cell:not([hidden])[aria-colindex='{column + 2}']"
    )
    return found.inner_text().strip() if found.count() else ""


def go(hana, place):
    """By the name box, as in Excel."""
    hana.page.fill("[data-name-box]", place)
    hana.page.press("[data-name-box]", "Enter")


def said(hana):
    """What the live region has told last."""
    return hana.page.inner_text("[data-said]")


def version(hana):
    """The number of the sheet's state."""
    return int(hana.page.get_attribute("[data-sheet]", "data-version"))


def changed(hana, act):
    """Wait for the state that follows `act`."""
    before = version(hana)
    act()
    until(lambda: version(hana) != before)


def keys(hana, *names):
    """Press keys one after another."""
    for name in names:
        hana.page.keyboard.press(name)


def roles(hana, table):
    """A grid whose rows and columns are numbered, though only those that are seen exist."""
    grid = hana.page.locator("[role=grid]")
    assert grid.get_attribute("aria-rowcount") == str(table.height + 1)
    assert grid.get_attribute("aria-colcount") == str(table.width + 2)
    assert hana.page.locator(".sg-row:not([hidden])").count() < 60
    assert [cell(hana, 0, 1), float(cell(hana, 0, 2))] == [table["working"][0], table["molten_temp"][0]]


def move(hana, table):
    """Arrows, the ends, and the figures of a selection."""
    go(hana, "cast_pressure 2")
    assert "cast_pressure 2" in said(hana)
    keys(hana, "Control+ArrowDown")
    until(lambda: cell(hana, table.height - 1, 3) != "")
    assert f"cast_pressure {table.height:,}" in said(hana)
    keys(hana, "Control+Home")
    assert said(hana).startswith("datetime 1,")
    go(hana, "cast_pressure 1")
    keys(hana, "Shift+ArrowDown", "Shift+ArrowDown")
    mean = table["cast_pressure"].head(3).mean()
    until(lambda: f"Mean: {mean:.6g}" in hana.page.inner_text("[data-figures]").replace(",", ""))


def paste(hana):
    """A block as Excel puts it on the clipboard, and back."""
    go(hana, "cast_pressure 1")
    hana.page.evaluate("navigator.clipboard.writeText('301.5\\t41\\r\\n302.5\\t42\\r\\n')")
    changed(hana, lambda: keys(hana, "Control+v"))
    until(lambda: [cell(hana, 0, 3), cell(hana, 1, 4)] == ["301.5", "42"])
    keys(hana, "Control+c")
    until(lambda: hana.page.evaluate("navigator.clipboard.readText()") == "301.5\t41\r\n302.5\t42")


def korean(hana):
    """A composition begins with its first key, without a double click; Enter while it lasts only ends the syllable."""
    go(hana, "working 1")
    ime = hana.context.new_cdp_session(hana.page)
    for part in ("ㅈ", "저", "정"):
        ime.send("Input.imeSetComposition", {"text": part, "selectionStart": 1, "selectionEnd": 1})
    assert hana.page.input_value(".sg-field") == "정"
    ime.send("Input.insertText", {"text": "정지"})
    changed(hana, lambda: keys(hana, "Enter"))
    until(lambda: cell(hana, 0, 1) == "정지")
    assert said(hana).startswith("working 2,")
    assert "정지" in hana.page.inner_text("[data-actions]")


def undo(hana):
    """Back and forth by keys."""
    changed(hana, lambda: keys(hana, "Control+z"))
    until(lambda: cell(hana, 0, 1) == "가동")
    changed(hana, lambda: keys(hana, "Control+y"))
    until(lambda: cell(hana, 0, 1) == "정지")


def formula(hana):
    """A column by formula: names are offered, an error is underlined where it is, the cells come."""
    keys(hana, "Control+End", "ArrowRight")
    hana.page.keyboard.type("=cast_pr")
    hana.page.wait_for_selector("[role=option]:has-text('cast_pressure')")
    keys(hana, "Tab")
    hana.page.keyboard.type("*2+nope(1)")
    mark = hana.page.locator("[data-mirror] mark")
    mark.wait_for()
    assert mark.inner_text() == "nope"
    assert "nope" in hana.page.inner_text("[data-formula-said]").lower()
    hana.page.fill("[data-formula]", "=[cast_pressure]*2")
    until(lambda: "603" in hana.page.inner_text("[data-formula-said]"))
    changed(hana, lambda: keys(hana, "Enter"))
    keys(hana, "Control+Home")
    go(hana, "Column 1 1")
    until(lambda: cell(hana, 0, 7) == "603")


def fill(hana):
    """Ctrl+D copies the first cell of a selection down; Enter in the finder leads to a value."""
    go(hana, "biscuit_thickness 1")
    keys(hana, "Shift+ArrowDown", "Shift+ArrowDown")
    changed(hana, lambda: keys(hana, "Control+d"))
    until(lambda: [cell(hana, row, 4) for row in range(3)] == ["41", "41", "41"])
    keys(hana, "Control+f")
    hana.page.keyboard.type("302.5")
    keys(hana, "Enter")
    until(lambda: "Row 2" in hana.page.inner_text("[data-found]"))
    keys(hana, "Escape")
    assert said(hana).startswith("cast_pressure 2,")


def narrow(hana, table):
    """A filter by values and a sort, from the menu of a column; both come off again."""
    go(hana, "working 1")
    keys(hana, "Alt+ArrowDown")
    hana.page.locator(".sg-values label", has_text="정지").wait_for()
    for box in hana.page.locator(".sg-values label").all():
        if "가동" in box.inner_text():
            box.locator("input").uncheck()
    changed(hana, lambda: hana.page.locator("dialog .button.first").click())
    rows = hana.page.locator("[data-rows]")
    until(lambda: f"of {table.height:,} rows" in rows.inner_text())
    assert hana.violations() == []
    changed(hana, hana.page.locator("[data-filters] button").first.click)
    until(lambda: rows.inner_text() == f"{table.height:,} rows")
    go(hana, "molten_temp 1")
    keys(hana, "Alt+ArrowDown")
    changed(hana, lambda: hana.press("Sort down"))
    until(lambda: float(cell(hana, 0, 2) or 0) == table["molten_temp"].max())
    assert hana.page.locator("[aria-sort=descending]").count() == 1


def pivot(hana):
    """Means by a column of words."""
    hana.page.get_by_role("tab", name="Pivot").click()
    hana.page.select_option("#pivot-rows", "working")
    hana.page.select_option("#pivot-values", "molten_temp")
    hana.page.get_by_role("button", name="Show", exact=True).click()
    table = hana.page.locator("#panel-pivot tbody")
    table.wait_for()
    assert "가동" in table.inner_text()


def draw(hana):
    """A chart that also says what it shows."""
    hana.page.get_by_role("tab", name="Chart").click()
    hana.page.locator("#panel-chart input[value=cast_pressure]").check()
    hana.page.get_by_role("button", name="Draw").click()
    hana.page.wait_for_selector("#panel-chart [data-drawn]")
    assert "cast_pressure" in hana.page.inner_text("#panel-chart .legend")


def learn(hana):
    """“Which column would you like to know?”: the answer stands against no model at all; its prediction becomes a column."""
    hana.page.get_by_role("tab", name="Know").click()
    hana.page.select_option("#know-target", "sleeve_temperature")
    hana.page.get_by_role("button", name="Learn it").click()
    result = hana.page.locator("[data-result]")
    result.wait_for(timeout=180_000)
    assert "without a model" in result.inner_text()
    changed(hana, lambda: hana.press("Add its prediction as a column"))
    go(hana, "sleeve_temperature predicted 1")
    until(lambda: cell(hana, 0, 8) != "", within=120)
    assert 0 < float(cell(hana, 0, 8)) < 1000


def take_out(hana, tmp_path):
    """The file that Excel opens: values and a formula that it reckons itself."""
    hana.page.get_by_text("Take out").click()
    with hana.page.expect_download() as download:
        hana.page.get_by_role("link", name="Excel, with formulas").click()
    download.value.save_as(tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    heads = [one.value for one in sheet[1]]
    assert sheet.max_row == ROWS + 1
    assert heads[:2] == ["datetime", "working"]
    assert "[cast_pressure]" in str(sheet.cell(2, heads.index("Column 1") + 1).value)


def others(hana):
    """What somebody else types comes by itself, and is said."""
    go(hana, "upper_mold_temp1 1")
    other = hana.context.new_page()
    other.goto(hana.page.url)
    other.wait_for_selector("[data-ready]")
    other.fill("[data-name-box]", "cast_pressure 3")
    other.press("[data-name-box]", "Enter")
    other.wait_for_selector(".sg-row[aria-rowindex='4'] .sg-cell:not(.waits)[aria-colindex='5']")
    other.keyboard.type("1359")
    other.keyboard.press("Enter")
    until(lambda: "1359" in other.inner_text("[data-actions]"))
    other.close()
    hana.page.bring_to_front()
    until(lambda: "Someone else changed the sheet" in said(hana))
    until(lambda: cell(hana, 2, 3) == "1359")


def cut_off(hana):
    """Without the node nothing typed is lost: it stands in the formula bar, and Enter sends it when the node is back."""
    go(hana, "cast_pressure 4")
    hana.context.set_offline(True)
    hana.page.keyboard.type("1468")
    keys(hana, "Enter")
    hana.page.wait_for_selector("[data-offline]:visible")
    assert hana.page.input_value("[data-formula]") == "1468"
    hana.context.set_offline(False)
    changed(hana, lambda: keys(hana, "Enter"))
    until(lambda: cell(hana, 3, 3) == "1468")  # where it was typed, though Enter had gone on
    assert hana.page.locator("[data-offline]").is_hidden()
    lost = [one for one in hana.complaints if "ERR_INTERNET_DISCONNECTED" in one]
    assert len(lost) < 10
    hana.complaints = [one for one in hana.complaints if one not in lost]


def look(hana):
    """In both languages, dark and light, on a phone and a desk."""
    for language, scheme, width in (("ko", "dark", 390), ("en", "light", 1440)):
        hana.see(width, scheme)
        hana.speak(language)
        hana.page.wait_for_selector("[data-ready]")
        until(lambda: cell(hana, 0, 0) != "")
        assert hana.violations() == []
        assert hana.too_wide() == []


def test_a_recorded_table_is_worked_on_as_in_excel(home, recorded, visitor, tmp_path):
    table, file = casting(recorded, tmp_path)
    with running(home) as node:
        hana = begin(node, visitor)
        open_sheet(hana, file)
        roles(hana, table)
        move(hana, table)
        paste(hana)
        korean(hana)
        undo(hana)
        formula(hana)
        fill(hana)
        narrow(hana, table)
        pivot(hana)
        draw(hana)
        learn(hana)
        take_out(hana, tmp_path)
        others(hana)
        cut_off(hana)
        look(hana)
        assert hana.complaints == []
        assert hana.foreign == []
