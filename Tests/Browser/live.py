"""Studies that go on while somebody looks, and are steered from the page."""

import json
import time

from base import DRAWN, SETTLED, WIDTHS, DashboardTest


class Live(DashboardTest):
    def test_a_report_appears_within_a_second(self):
        run = self.world.studies.live()
        try:
            page = self.open("/studies/live/trials/0")
            page.wait("document.querySelector('#live').textContent === 'live'")
            time.sleep(1.5)
            waits = []
            for i in range(1, 6):
                run.report()
                begin = time.time()
                page.wait(f"[...document.querySelectorAll('.facts dd')].some((one) => one.textContent === '{i}') && document.querySelector('.facts .value').textContent === '{0.5 + i / 1000:.3f}'", 10)
                waits.append(time.time() - begin)
                time.sleep(1.1)
            print("a report appeared after", ", ".join(f"{wait:.2f} s" for wait in waits))
            self.assertLess(sorted(waits)[2], 1)
            self.assertIn('"step": 5', page.text())
            self.well(page)
        finally:
            run.end()

    def test_jobs_of_a_cluster(self):
        run = self.world.studies.live("jobs", trials=3, workers=3)
        job = lambda *words, **more: self.world.studies.job("jobs", *words, **more)
        fact = "[...document.querySelectorAll('.facts div')].find((one) => one.textContent.startsWith('Jobs'))"
        try:
            pages = {width: self.open("/studies/jobs", width) for width in WIDTHS}
            page = pages[WIDTHS[0]]
            page.wait("document.querySelectorAll('.trials tbody tr').length === 3")
            self.assertTrue(page.value(f"{fact}.hidden"), "a study of this machine has none")
            job(0, "4711", "running", node="n7", submitted=900, started=300)
            job(1, "4712", "pending", "Priority", submitted=754)
            job(2, None, "submitting", "QOSMaxSubmitJobPerUserLimit", submitted=60)
            for width, page in pages.items():
                page.wait(f"{fact}.innerText.includes('1 running, 2 pending')")
                self.assertRegex(page.value(f"{fact}.innerText"), r"the longest for 12 min 3\d s: Priority")
                for words in ["job 4711: running on n7", "job 4712: pending (Priority)", "its job: not in the queue yet (QOSMaxSubmitJobPerUserLimit)"]:
                    page.wait(f"document.querySelector('.trials').innerText.includes({words!r})")
                self.picture(page, f"jobs-{width}")
                self.well(page)
            page = pages[WIDTHS[0]]
            # It goes with the time, though nothing is said of the job.
            before = page.value(f"{fact}.innerText")
            page.wait(f"{fact}.innerText !== {json.dumps(before)}", 12)
            trial = self.open("/studies/jobs/trials/1")
            trial.wait("document.querySelector('.hint')?.innerText.startsWith('job 4712: pending (Priority) waits for 12 min')")
            self.picture(trial, "job-of-a-trial")
            begin = time.time()
            job(1, "4712", "running", node="<b>n8</b>", submitted=754, started=1)
            trial.wait("document.querySelector('.hint').innerText.startsWith('job 4712: running on <b>n8</b> runs for')")
            page.wait(f"{fact}.innerText.includes('2 running, 1 pending')")
            self.assertLess(time.time() - begin, 5)
            self.well(trial)
            self.well(page)
        finally:
            run.end()

    def test_every_view_of_a_study_that_runs(self):
        run = self.world.studies.live("running", trials=3)
        try:
            for width in WIDTHS:
                for tab in ["overview", "curves", "parameters", "resources", "timeline", "failures", "trials", "space"]:
                    page = self.open(f"/studies/running?tab={tab}", width)
                    page.wait("document.querySelector('#live').textContent === 'live' && document.querySelector('.badge.running')")
                    page.wait(SETTLED)
                    run.report()
                    page.wait(f"[...document.querySelectorAll('.facts dd')].some((one) => one.textContent === '{run.reports}')", 10)
                    self.picture(page, f"running-{tab}-{width}")
                    self.well(page)
        finally:
            run.end()


class Steering(DashboardTest):
    def api(self, page, path):
        return page.value(f"fetch('/api/studies/{path}').then((one) => one.json())")

    def test_a_study_that_runs_is_steered(self):
        run = self.world.studies.live("steered", trials=4)
        try:
            page = self.open("/studies/steered")
            page.wait(SETTLED)
            run.report()
            self.press(page, "Add a configuration")
            self.fill(page, **{"p:r": "16"})
            self.send(page)
            page.wait("document.querySelector('.toast').textContent.includes('r=16')")
            self.press(page, "Workers")
            self.fill(page, count="2")
            self.send(page)
            page.wait("document.querySelector('#toasts').textContent.includes('it was 1')")
            page.wait("[...document.querySelectorAll('.facts dd')].some((one) => one.textContent === '2')")
            # The dialog begins with what holds now.
            self.press(page, "Workers")
            page.wait("document.querySelector('dialog [name=count]').value === '2'")
            self.press(page, "Cancel")
            page.wait("!document.querySelector('dialog')")
            trial = self.open("/studies/steered/trials/0")
            self.press(trial, "Clone with changes")
            self.fill(trial, **{"p:learning_rate": "0.004"})
            trial.value("document.querySelector('dialog').close()")
            self.press(trial, "Clone with changes")
            self.fill(trial, **{"p:r": "32"})
            self.send(trial)
            sent = [json.loads(text) for text in trial.posts()]
            self.assertEqual(sent, [{"kind": "enqueue", "clone": 0, "settings": {"r": "32"}}], "only what was changed is asked for")
            self.press(trial, "Prune")
            self.fill(trial, reason="<b>too slow</b>")
            self.send(trial)
            trial.wait("document.querySelector('h1 .badge').textContent === 'pruned' && document.querySelector('.problem').textContent.includes('<b>too slow</b>')")
            self.assertEqual(trial.value("document.querySelectorAll('#main .steering button').length"), 3, "what is pruned is not pruned again")
            page.wait("document.querySelectorAll('.trials tbody tr').length === 3")
            self.well(trial)
            self.press(page, "Stop")
            self.fill(page, reason="enough")
            self.send(page)
            page.wait("document.querySelector('h1 .badge').textContent === 'interrupted'", 20)
            self.well(page)
            first, clone = (self.api(page, f"steered/trials/{number}") for number in [0, 2])
            self.assertEqual(clone["parameters"], {**first["parameters"], "r": 32})
            self.assertEqual(self.api(page, "steered/trials/1")["parameters"]["r"], 16)
        finally:
            run.end()
        for words in [["verify", "steered"], ["verify", "steered", "--replay"]]:
            self.world.studies.run(*words)

    def test_a_study_at_rest_takes_notes_and_tags_alone(self):
        page = self.open("/studies/forty")
        self.press(page, "Note")
        self.fill(page, text="<b>remember</b>")
        # Pressed twice, it is asked once.
        page.value("for (let i = 0; i < 3; i++) document.querySelector('dialog form').requestSubmit()")
        page.wait("document.querySelector('.marks .note')?.textContent.includes('<b>remember</b>')")
        page.wait("!document.querySelector('dialog')")
        time.sleep(0.5)
        self.assertEqual(len(page.posts()), 1)
        self.assertEqual(page.value("document.querySelectorAll('.marks .note').length"), 1)
        self.press(page, "Tag")
        self.fill(page, text="kept")
        self.send(page)
        page.wait("document.querySelector('.marks .chip')?.textContent.includes('kept')")
        page.click("document.querySelector('.marks .chip button')")
        page.wait("!document.querySelector('.marks .chip')")
        page.click("document.querySelector('.marks .note button')")
        page.wait("!document.querySelector('.marks .note')")
        # What nobody runs is neither stopped nor given other workers.
        words = page.value("[...document.querySelectorAll('#main .steering button')].map((one) => one.textContent)")
        self.assertEqual(words, ["Add a configuration", "Note", "Tag"])
        self.well(page)

    def test_a_configuration_is_written_as_in_a_space_file_and_taken_back(self):
        page = self.open("/studies/forty")
        # A request that was answered while its dialog was open: the reason is said once, and the dialog stays.
        self.press(page, "Add a configuration")
        self.assertEqual(page.value("document.querySelector('dialog [name=\"p:lora_dropout\"]').placeholder"), "0 to 0.2")
        self.fill(page, **{"p:target_modules": '["query","value"]', "p:lora_dropout": "7"})
        page.click("document.querySelector('dialog button[type=submit]')")
        page.wait("document.querySelector('.toast.problem')")
        said = page.value("document.querySelector('.toast.problem').textContent")
        self.assertEqual(said.count("the nearest that is allowed"), 1, said)
        self.assertTrue(page.value("document.querySelector('dialog').open"))
        self.fill(page, **{"p:lora_dropout": "5e-2"})
        self.send(page)
        page.wait("document.querySelector('.toast:not(.problem)')")
        said = page.value("document.querySelector('.toast:not(.problem)').textContent")
        self.assertEqual(said.count("target_modules=[query, value]"), 1, said)
        self.assertIn("lora_dropout=0.05", said)
        sent = json.loads(page.posts()[-1])
        self.assertEqual(sent["settings"], {"target_modules": '["query","value"]', "lora_dropout": "5e-2"})
        # As `enqueue --set` takes them.
        page.value(f"import('/assets/api.js').then((api) => api.post('/api/studies/forty/requests', {{ kind: 'enqueue', settings: {{ target_modules: '[query, value]', r: '8' }} }}))")
        page.wait("document.querySelectorAll('.queue li').length === 2")
        self.picture(page, "queued")
        self.assertIn("[query, value]", page.value("document.querySelector('.queue li').textContent"))
        for left in [1, 0]:
            page.click("document.querySelector('.queue li button')")
            page.wait(f"document.querySelectorAll('.queue li').length === {left}")
        self.well(page)

    def test_a_long_note_leaves_the_page_its_room(self):
        page = self.open("/studies/several")
        self.press(page, "Note")
        self.fill(page, text="long " * 1000)
        self.send(page)
        page.wait("document.querySelector('.marks .note')")
        self.assertLess(page.value("document.querySelector('.marks .note').offsetHeight"), 150)
        page.click("document.querySelector('.marks .note button')")
        page.wait("!document.querySelector('.marks .note')")
        self.well(page)


class Brushing(DashboardTest):
    def test_a_box_in_a_plot_chooses_trials_for_all(self):
        page = self.open("/studies/forty")
        page.wait(SETTLED)
        page.wait(DRAWN)
        total = page.value("Number(document.querySelector('.pages').innerText.match(/of (\\d+)/)[1])")
        page.value("Plotly.relayout(document.querySelector('.figure'), { dragmode: 'select' }).then(() => true)")
        left, top, width, height = page.value("""(() => { const box = document.querySelector('.figure .nsewdrag').getBoundingClientRect();
            return [box.left, box.top, box.width, box.height]; })()""")
        page.drag(left + 2, top + 2, left + width / 3, top + height - 2)
        page.wait("location.search.includes('trials=')")
        brushed = page.value("new URLSearchParams(location.search).get('trials').split(',').map(Number)")
        self.assertTrue(0 < len(brushed) < total, brushed)
        self.assertLess(max(brushed), total / 2, "the box was over the first third")
        page.wait(f"document.querySelector('.filter .chip').textContent.startsWith('{len(brushed)} trial')")
        page.wait(f"document.querySelector('.pages').innerText.includes('of {len(brushed)} trial')")
        # The other plots, and the other tabs, show those alone.
        page.click("document.getElementById('tab-timeline')")
        page.wait(DRAWN)
        shown = page.value("[...new Set([...document.querySelectorAll('.values tbody tr')].map((row) => Number(row.cells[0].textContent)))]")
        self.assertTrue(set(shown) <= set(brushed) and shown, shown)
        # The address takes somebody else to the same view.
        again = self.open(page.value("location.pathname + location.search"))
        again.wait("document.querySelector('.filter .chip')")
        self.picture(page, "brushed")
        page.click("document.querySelector('.filter .chip')")
        page.wait("!location.search.includes('trials=')")
        self.well(page)

    def test_a_click_on_a_point_opens_its_trial(self):
        page = self.open("/studies/forty?tab=overview")
        page.wait(DRAWN)
        place = page.value("""(() => { const point = document.querySelector('.figure .scatterlayer .point').getBoundingClientRect();
            return [point.left + point.width / 2, point.top + point.height / 2]; })()""")
        page.drag(*place, *place)
        page.wait("/\\/trials\\/\\d+$/.test(location.pathname)")
        page.wait("document.querySelector('h1').textContent.startsWith('Trial')")
        self.well(page)

    def test_the_best_share_goes_for_plots_and_table(self):
        page = self.open("/studies/forty?tab=parameters&top=0.1")
        page.wait(SETTLED)
        page.wait(DRAWN)
        page.click("document.getElementById('tab-trials')")
        page.wait("document.querySelector('.pages').innerText.length > 0")
        count = page.value("document.querySelectorAll('.trials tbody tr').length")
        self.assertTrue(1 <= count <= 4, count)
        self.well(page)
