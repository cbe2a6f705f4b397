"""What the dashboard's tests in the browser share: the studies, the server, the browser, and what holds for every page."""

import json
import os
import tempfile
import time
import unittest

from chromium import Chromium
from studies import Dashboard, Studies

DRAWN = "document.querySelectorAll('.figure .main-svg').length > 0"
SETTLED = "document.querySelectorAll('.plot').length === [...document.querySelectorAll('.plot')].filter((card) => card.querySelector('.main-svg, .notes p')).length"
WIDTHS = [1440, 390]


class World:
    """Made once for all tests. `pictures`: a folder for what was seen; `is_short`: fewer trials and widths."""

    def __init__(self, binary, pictures=None, is_short=False):
        self.binary, self.pictures, self.is_short = binary, pictures, is_short
        self.folder = tempfile.TemporaryDirectory(prefix="autolora-dashboard-")
        self.studies = Studies(binary, self.folder.name)
        self.studies.forty(cap=12 if is_short else 40)
        self.studies.hostile()
        self.studies.failed()
        self.studies.empty()
        self.studies.damaged()
        self.studies.several(8 if is_short else 20)
        self.server = Dashboard(binary, self.folder.name)
        self.browser = Chromium()

    def close(self):
        self.browser.close()
        self.server.close()
        self.folder.cleanup()


class DashboardTest(unittest.TestCase):
    world = None

    def setUp(self):
        self.pages = []

    def tearDown(self):
        for page in self.pages:
            self.world.browser.send("Target.closeTarget", targetId=page.target)

    def open(self, path, width=1440, height=1000, address=None):
        page = self.world.browser.page(width, height)
        self.pages.append(page)
        page.open((address or self.world.server.address) + path)
        page.wait("document.querySelector('#main h1, #main .problem')")
        return page

    def press(self, page, text):
        """Presses the button with these words; it may be yet to come."""
        button = f"[...document.querySelectorAll('button')].find((one) => one.textContent === {text!r} && !one.disabled)"
        page.wait(button)
        page.click(button)

    def fill(self, page, **values):
        """Writes into the fields of the dialog that is open, by their names."""
        page.wait("document.querySelector('dialog[open]')")
        for name, value in values.items():
            page.value(f"document.querySelector('dialog[open] [name={json.dumps(name)}]').value = {json.dumps(value)}")

    def send(self, page):
        """Sends the dialog that is open, and waits until it is closed."""
        page.click("document.querySelector('dialog[open] button[type=submit]')")
        page.wait("!document.querySelector('dialog')")

    def picture(self, page, name):
        if self.world.pictures:
            os.makedirs(self.world.pictures, exist_ok=True)
            time.sleep(0.3)
            page.picture(f"{self.world.pictures}/{name}.png")

    def well(self, page):
        """No complaint on the console, nothing that reaches beyond the page's width, and no word broken for want of room."""
        self.assertEqual(page.complaints(), [])
        width = page.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.assertLessEqual(width, 0, "the page is wider than the window")
        self.assertEqual(page.value("[...document.querySelectorAll('.badge')].filter((one) => one.offsetHeight > 34).length"), 0, "a state is in several lines")
