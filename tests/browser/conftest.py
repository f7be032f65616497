"""A real Chromium, and what a person does with it."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = ("/usr/bin/chromium", "/usr/lib/chromium/chromium", "/usr/bin/google-chrome")
# Nothing of the browser's own goes to the network; it draws the same picture on every machine.
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--hide-scrollbars",
]  # fmt: skip
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
HEAVIEST = 150_000
"""What a picture of the docs may weigh. [bytes]"""
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def chromium():
    """The browser; gone with the module, for its event loop must not meet the tests that run their own."""
    path = next((place for place in CHROMIUM if Path(place).exists()), None)
    if path is None:
        pytest.fail("Chromium is not here; run scripts/test-services", pytrace=False)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """One person at one screen; whatever the browser complains about is kept."""

    def __init__(self, browser, base, **screen):
        self.base = base
        self.context = browser.new_context(viewport={"width": 1440, "height": 900}, **screen)
        self.context.set_default_timeout(
            60_000
        )  # nothing is waited for by the clock; a loaded machine is slow
        self.page = self.context.new_page()
        self.complaints = []
        self.foreign = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._watch)
        # taken from the browser from the start: asked for only when needed, it may come after the press of the key
        self.page.on("filechooser", lambda _chooser: None)

    def _hear(self, message):
        # a refusal is answered with a status of its own, which the browser reports
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _watch(self, request):
        host = re.match(r"\w+://([^:/]+)", request.url)
        if host and host[1] not in {"localhost", "127.0.0.1"}:
            self.foreign.append(request.url)

    def open(self, path):
        """Go to a page."""
        self.page.goto(self.base + path)
        return self.page

    def press(self, words):
        """Press the button or link that says so."""
        self.page.get_by_role("button", name=words).or_(
            self.page.get_by_role("link", name=words)
        ).first.click()

    def fill(self, **fields):
        """Fill fields by their name."""
        for name, value in fields.items():
            self.page.fill(f"[name={name}]", value)

    def speak(self, name):
        """Change the language by the switch in the band."""
        self.page.click(f"button[name=language][value={name}]")
        self.page.wait_for_selector(f"html[lang={name}]")

    def see(self, width, scheme):
        """Look at the page on another screen."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)

    def too_wide(self):
        """The page's address if it is wider than the screen."""
        wide = self.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
        return [f"{self.page.url} at {self.page.viewport_size['width']}"] if wide else []

    def violations(self):
        """What axe finds on this page, as one line each."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", STANDARD
        )
        return [
            f"{self.page.url}: {one['id']}: {one['nodes'][0]['target']} ({len(one['nodes'])}) {one['nodes'][0]['failureSummary']}"
            for one in found["violations"]
        ]


@pytest.fixture
def visitor(chromium):
    """Makes visitors; all leave at the end."""
    came = []

    def come(base, **screen):
        came.append(Visitor(chromium, base, **screen))
        return came[-1]

    yield come
    for one in came:
        one.context.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Folder for pictures: that of the docs when they are wanted anew (`make pictures`), else one of the test's own."""
    kept = os.environ.get("KEEP_PICTURES")
    folder = ROOT / "docs" / "pictures" if kept else tmp_path_factory.mktemp("pictures")
    folder.mkdir(exist_ok=True)
    yield folder
    sizes = {one.name: one.stat().st_size for one in folder.glob("*.png")}
    assert {name: size for name, size in sizes.items() if size >= HEAVIEST} == {}
