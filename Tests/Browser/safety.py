"""What nobody must be able to do by the page or the server."""

import http.server
import signal
import threading
import time
import urllib.error
import urllib.request

from base import DRAWN, SETTLED, WIDTHS, DashboardTest
from studies import Dashboard


class Hostile(DashboardTest):
    def test_what_a_study_holds_is_shown_and_not_done(self):
        for path in ["/", "/studies/hostile", "/studies/hostile?tab=parameters", "/studies/hostile?tab=failures", "/studies/hostile?tab=trials",
                     "/studies/hostile?tab=space", "/studies/hostile/trials/0", "/studies/hostile/trials/1", "/studies/hostile/trials/0,1",
                     "/studies/%3Cscript%3Ealert(1)%3C%2Fscript%3E"]:
            for width in WIDTHS:
                page = self.open(path, width)
                page.wait(SETTLED)
                time.sleep(0.3)
                self.assertNotIn("owned", page.value("document.title"), path)
                self.assertEqual(page.value("document.querySelectorAll('#main script, #main img, #main td b').length"), 0, path)
                self.assertEqual([text for text in page.complaints() if "404" not in text], [], path)
                self.well(page)

    def test_a_log_of_anything_is_text(self):
        page = self.open("/studies/hostile/trials/0")
        page.wait("document.querySelector('.log.tall').textContent.length > 1000")
        self.assertLess(page.value("document.querySelector('.log.tall').textContent.length"), 1 << 20)
        earlier = "[...document.querySelectorAll('.tools button')].find((one) => one.textContent === 'Earlier')"
        for _ in range(100):
            if page.value(f"{earlier}.disabled"):
                break
            page.click(earlier)
            time.sleep(0.2)
        self.assertIn("<script>document.title", page.value("document.querySelector('.log.tall').textContent.slice(0, 10000)"))
        self.picture(page, "hostile")

    def test_a_page_of_another_origin_neither_reads_nor_steers(self):
        class Quiet(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>elsewhere</title><h1>elsewhere</h1>")

            def log_message(self, *words):
                pass

        other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
        threading.Thread(target=other.serve_forever, daemon=True).start()
        page = self.world.browser.page()
        self.pages.append(page)
        page.open(f"http://localhost:{other.server_port}/")
        tried = page.value("""(async (address) => {
            const attempt = (words) => fetch(address + words[0], words[1]).then(async (answer) => answer.type === 'opaque' ? 'opaque' : await answer.text(), () => 'refused');
            const json = { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': 'x' }, body: '{"kind": "stop"}' };
            const plain = { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'text/plain' }, body: '{"kind": "stop"}' };
            const frame = document.createElement('iframe');
            frame.src = address + '/';
            document.body.append(frame);
            await new Promise((done) => { frame.onload = done; setTimeout(done, 3000); });
            let seen = 'nothing';
            try { seen = frame.contentDocument?.body.innerText || 'nothing'; } catch { seen = 'nothing'; }
            return [await attempt(['/api/studies']), await attempt(['/api/session']), await attempt(['/api/studies/forty/requests', json]),
                    await attempt(['/api/studies/forty/requests', plain]), seen];
        })""" + f"({self.world.server.address!r})")
        self.assertEqual(tried[:3], ["refused"] * 3)
        self.assertIn(tried[3], ["refused", "opaque"])
        self.assertEqual(tried[4], "nothing")
        own = self.open("/studies/forty?tab=space")
        self.assertEqual(own.value("fetch('/api/studies/forty').then((one) => one.json()).then((one) => one.pending.length)"), 0)
        other.shutdown()
        other.server_close()

    def test_another_name_is_refused(self):
        """As when a name of somebody else's leads here (DNS rebinding)."""
        request = urllib.request.Request(self.world.server.address + "/api/studies", headers={"Host": "evil.example"})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        self.assertEqual(refused.exception.code, 421)


class Server(DashboardTest):
    def test_it_only_shows(self):
        shown = Dashboard(self.world.binary, self.world.folder.name, "--read-only", "forty")
        try:
            page = self.open("/studies/forty", address=shown.address)
            page.wait(DRAWN)
            self.assertEqual(page.value("document.querySelectorAll('.steering').length"), 0)
            page = self.open("/", address=shown.address)
            page.wait("document.querySelectorAll('.studies tbody tr').length === 1")
            self.well(page)
        finally:
            code, seconds = shown.close()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 5)

    def test_another_host_asks_for_the_token(self):
        guarded = Dashboard(self.world.binary, self.world.folder.name, "--host", "0.0.0.0")
        try:
            port = guarded.address.split(":")[2].split("/")[0]
            token = guarded.address.split("token=")[1]
            plain = f"http://127.0.0.1:{port}"
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(plain + "/api/studies")
            self.assertEqual(refused.exception.code, 401)
            page = self.open(f"/?token={token}", address=plain)
            page.wait("document.querySelectorAll('.studies tbody tr').length >= 5")
            self.assertNotIn("token", page.value("location.href"))
            self.assertEqual(page.value("document.cookie"), "")
            self.well(page)
        finally:
            guarded.close()

    def test_it_ends_with_pages_open(self):
        ended = Dashboard(self.world.binary, self.world.folder.name)
        page = self.open("/studies/forty", address=ended.address)
        page.wait("document.querySelector('#live').textContent === 'live'")
        ended.process.send_signal(signal.SIGINT)
        begin = time.time()
        self.assertEqual(ended.process.wait(20), 0)
        self.assertLess(time.time() - begin, 5)
        page.wait("document.querySelector('#live').textContent.includes('does not answer')")
