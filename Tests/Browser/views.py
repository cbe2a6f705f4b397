"""Every view of every kind of study, at two widths."""

from base import DRAWN, SETTLED, WIDTHS, DashboardTest

TABS = ["overview", "curves", "parameters", "resources", "timeline", "failures", "trials", "space"]


class Views(DashboardTest):
    def test_studies_are_listed(self):
        for width in WIDTHS:
            page = self.open("/", width)
            page.wait("document.querySelectorAll('.studies tbody tr').length >= 5")
            text = page.text()
            for name in ["forty", "hostile", "failed", "empty", "damaged"]:
                self.assertIn(name, text)
            self.assertIn("not a study that can be read", text)
            page.value("document.querySelector('input[type=search]').value = 'fort'; document.querySelector('input[type=search]').dispatchEvent(new Event('input'))")
            page.wait("document.querySelectorAll('.studies tbody tr').length === 1")
            self.assertIn("find=fort", page.value("location.search"))
            page.open(self.world.server.address + "/")
            page.wait("document.querySelectorAll('.studies tbody tr').length >= 5")
            self.picture(page, f"studies-{width}")
            self.well(page)

    def test_every_view_of_a_study(self):
        for width in WIDTHS:
            for tab in TABS if width == WIDTHS[0] or not self.world.is_short else TABS[:1]:
                page = self.open(f"/studies/forty?tab={tab}", width)
                page.wait(SETTLED)
                if tab in ("overview", "curves", "parameters", "resources", "timeline"):
                    page.wait(DRAWN)
                    self.assertGreater(page.value("document.querySelectorAll('details.values td').length"), 0, f"{tab} has no table")
                if tab == "trials":
                    page.wait("document.querySelectorAll('.trials tbody tr').length >= 12")
                if tab == "failures":
                    page.wait("document.querySelector('.failure, .empty')")
                self.picture(page, f"study-{tab}-{width}")
                self.well(page)

    def test_dark(self):
        page = self.world.browser.page()
        self.pages.append(page)
        page.dark()
        page.open(self.world.server.address + "/studies/forty")
        page.wait(DRAWN)
        self.assertEqual(page.value("document.documentElement.dataset.theme"), "dark")
        self.picture(page, "study-dark")
        page.click("document.getElementById('theme')")
        page.wait("document.documentElement.dataset.theme === 'light'")
        self.well(page)

    def test_a_trial_and_several_side_by_side(self):
        for width in WIDTHS:
            page = self.open("/studies/forty/trials/0", width)
            page.wait(DRAWN)
            text = page.text()
            for word in ["learning_rate", "Have it again", "autolora export forty --trial 0", "begins with", "Confusion matrix"]:
                self.assertIn(word, text)
            page.click("[...document.querySelectorAll('summary')].find((one) => one.textContent === 'config.json')")
            page.wait("document.body.innerText.includes('\"parameters\"')")
            self.picture(page, f"trial-{width}")
            self.well(page)
            page = self.open("/studies/forty/trials/0,1,2", width)
            page.wait(DRAWN)
            self.assertGreater(page.value("document.querySelectorAll('.differs').length"), 0)
            self.picture(page, f"sides-{width}")
            self.well(page)

    def test_studies_compared(self):
        for width in WIDTHS:
            for x in ["trial", "step", "seconds"]:
                page = self.open(f"/compare?studies=forty,failed,several&x={x}", width)
                page.wait(DRAWN)
                page.wait("document.body.innerText.includes('Best parameters')")
                self.picture(page, f"compare-{x}-{width}")
                self.well(page)

    def test_several_metrics(self):
        for width in WIDTHS:
            for tab in TABS[:5]:
                page = self.open(f"/studies/several?tab={tab}", width)
                page.wait(SETTLED)
                page.wait(DRAWN)
                if tab == "overview":
                    page.wait("[...document.querySelectorAll('.plot h2')].some((one) => one.textContent.includes('trainable_parameters'))")
                self.picture(page, f"several-{tab}-{width}")
                self.well(page)

    def test_an_empty_a_failed_and_a_damaged_study(self):
        for name, words in [("empty", "0 of"), ("failed", "failed"), ("damaged", "not a study that can be read")]:
            for tab in TABS if not self.world.is_short else ["overview", "trials"]:
                for width in WIDTHS:
                    page = self.open(f"/studies/{name}?tab={tab}", width)
                    page.wait(f"document.body.innerText.includes({words!r})")
                    page.wait(SETTLED)
                    self.picture(page, f"{name}-{tab}-{width}")
                    self.well(page)

    def test_one_filter_for_all(self):
        page = self.open("/studies/forty?tab=trials")
        page.wait("document.querySelectorAll('.trials tbody tr').length >= 12")
        all_rows = page.value("document.querySelector('.pages').innerText")
        page.click("document.querySelector('.state.pruned input')")
        page.wait(f"document.querySelector('.pages').innerText !== {all_rows!r}")
        self.assertIn("states=", page.value("location.search"))
        self.assertEqual(page.value("[...document.querySelectorAll('.trials .badge')].filter((one) => one.textContent === 'pruned').length"), 0)
        page.click("document.getElementById('tab-overview')")
        page.wait(DRAWN)
        self.assertIn("states=", page.value("location.search"))
        self.well(page)

    def test_an_address_that_was_typed(self):
        page = self.open("/studies/forty?tab=bogus&top=7&states=zz&trials=x")
        page.wait(SETTLED)
        self.assertEqual(page.value("document.querySelector('[role=tab][aria-selected=true]').textContent"), "Overview")
        self.assertEqual(page.value("[...document.querySelectorAll('.filter input')].filter((one) => !one.checked).length"), 0)
        self.well(page)
        page = self.open("/nope")
        page.wait("document.querySelector('.problem')?.textContent.includes('no such page')")

    def test_by_keyboard(self):
        page = self.open("/studies/forty")
        page.wait(DRAWN)
        page.value("document.getElementById('tab-overview').focus()")
        page.key("ArrowRight")
        page.wait("location.search.includes('tab=curves') && document.activeElement.id === 'tab-curves'")
        unnamed = page.value("""[...document.querySelectorAll('button, a, input, select, [role=img], [role=region]')].filter((one) =>
            one.offsetParent && !one.closest('.modebar-container') && !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length)).map((one) => one.outerHTML)""")
        self.assertEqual(unnamed, [])
