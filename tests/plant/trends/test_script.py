"""The pure parts of the page's script, bundled as the page has them and run by Node."""

import json
import subprocess
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[3] / "frontend"
ASKED = """
import { Tiles } from "./src/trends/tiles";
import * as w from "./src/trends/window";
const found: Record<string, unknown> = {};
const spans = [0.05, 1, 7, 600, 3600, 28800, 86400, 604800, 2592000, 31536000, 157680000, w.LONGEST];
found.points = spans.map((span) => (Math.ceil(span / w.stepFor(span) / w.TILE) + 1) * w.TILE);
found.steps = spans.map((span) => w.stepFor(span));
const at = { from: 1000, to: 2000, follows: false };
found.zoomed = w.zoomed(at, 0.5, 1250);
found.following = w.zoomed({ ...at, follows: true }, 0.5, 1250);
found.least = w.zoomed(at, 1e-9, 1500);
found.moved = w.moved({ ...at, follows: true }, -500);
found.back = [600, 28800, 86400, 31536000, 90].map(w.back);
const zone = "Asia/Seoul";
found.seoul = w.moment("2026-11-24T09:00", zone) === w.moment("2026-11-24T00:00Z", zone);
const round = (window: w.Window) => {
  const asked = new URLSearchParams();
  w.writeWindow(asked, window);
  return w.readWindow(asked, 5000, zone);
};
found.round = [round({ from: 4400, to: 5000, follows: true }), round({ from: 1000.25, to: 2000.5, follows: false })];
found.odd = w.readWindow(new URLSearchParams("from=nonsense&to=1e99"), 5000, zone);

let asked = 0;
const bytes: string[] = [];
globalThis.fetch = (async (address: string) => {
  asked += 1;
  const query = new URL(address, "http://x").searchParams;
  bytes.push(query.get("points") ?? "");
  const from = Number(query.get("from"));
  const rows = { "a/x": [[500, 1500, 2500, 90500], [1, 2, 3, 4], 0, [1, 5, 3, 4]] };
  return { ok: true, redirected: false, json: async () => (from === 0 ? { from, rows } : { from, rows: {} }) };
}) as unknown as typeof fetch;
(async () => {
  const tiles = new Tiles("http://x/series/");
  await tiles.need(["a/x"], 1, 0, 700, 10000, true);
  await tiles.need(["a/x"], 1, 100, 600, 10001, true);
  found.asked = [asked, bytes];
  const size = (column: unknown[]) => column.filter((one) => typeof one === "number").length;
  const rows = tiles.rows("a/x", 1, 0, 200, 1);
  found.rows = [rows.mean.slice(0, 4), rows.high.slice(0, 3), size(rows.mean), rows.mean[90]];
  found.slow = tiles.rows("a/x", 1, 0, 200, 60).mean.slice(0, 4);
  found.shifted = tiles.rows("a/x", 1, 240, 400, 1, 230).mean.slice(79, 82);
  tiles.put("a/x", 1, 2.2, 9);
  tiles.put("a/x", 1, 5.0, 7);
  tiles.put("a/x", 1, 99999, 7);
  const later = tiles.rows("a/x", 1, 0, 200, 1);
  found.live = [later.mean[2], later.high[2], later.low[2], later.mean[5]];
  console.log(JSON.stringify(found, (_, one) => (one === undefined ? "skipped" : one)));
})();
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("script")
    bundle = folder / "asked.mjs"
    command = [
        FRONTEND / "node_modules" / ".bin" / "esbuild",
        "--bundle",
        "--format=esm",
        "--loader=ts",
        f"--outfile={bundle}",
        "--log-level=error",
    ]
    subprocess.run(command, input=ASKED, text=True, cwd=FRONTEND, check=True, timeout=60)
    told = subprocess.run(["node", bundle], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(told.stdout)


def test_a_screen_never_asks_for_more_than_about_1500_points_a_signal(found):
    assert max(found["points"]) <= 1500
    assert found["steps"] == sorted(found["steps"])


def test_wide_steps_are_whole_minutes_or_hours_so_that_roll_ups_serve(found):
    for step in found["steps"]:
        assert step <= 60 or step % 60 == 0
        assert step < 7200 or step % 3600 == 0


def test_zooming_keeps_the_moment_under_the_pointer(found):
    assert found["zoomed"] == {"from": 1125, "to": 1625, "follows": False}
    assert found["following"] == {"from": 1500, "to": 2000, "follows": True}
    assert found["least"]["to"] - found["least"]["from"] == pytest.approx(0.05)
    assert found["moved"] == {"from": 500, "to": 1500, "follows": False}


def test_an_address_is_read_as_it_was_written(found):
    assert found["back"] == ["-10m", "-8h", "-1d", "-1y", "-90s"]
    assert found["seoul"]
    assert found["round"][0] == {"from": 4400, "to": 5000, "follows": True}
    assert found["round"][1] == {"from": 1000.25, "to": 2000.5, "follows": False}
    assert found["odd"]["to"] > found["odd"]["from"] >= 0


def test_what_is_known_is_not_asked_for_again(found):
    assert found["asked"] == [1, ["720"]]


def test_silence_of_more_than_three_periods_is_a_gap(found):
    mean, high, count, last = found["rows"]
    assert mean == [1, 2, 3, None]
    assert high == [1, 5, 3]
    assert (count, last) == (4, 4)
    assert found["slow"] == [1, 2, 3, "skipped"]


def test_a_second_time_is_laid_over_the_first(found):
    assert found["shifted"] == ["skipped", 4, "skipped"]


def test_a_live_sample_joins_its_stretch(found):
    assert found["live"] == [6, 9, 3, 7]
