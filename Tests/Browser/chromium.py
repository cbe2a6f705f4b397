"""A real browser, driven over the DevTools protocol: by a pipe, so that nothing but Python's own library is needed."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


def binary():
    """The browser's path; None: there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


class Chromium:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="autolora-chromium-")
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        words = [
            binary(), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe",
            "--disable-dev-shm-usage", "--disable-background-networking", "--hide-scrollbars", f"--user-data-dir={self.folder}",
        ]
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$0" "$@" 3<&{to_read} 4>&{from_write}'] + words, pass_fds=(to_read, from_write),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.out, self.input = to_write, from_read
        self.rest, self.number, self.events = b"", 0, []

    def send(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        number, end = self.number, time.time() + 60
        while time.time() < end:
            answer = self.next(end - time.time())
            if answer and answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
        raise TimeoutError(method)

    def next(self, timeout):
        """The next message; events are kept too. None: none came."""
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.input], [], [], max(0, timeout))
            if not ready:
                return None
            data = os.read(self.input, 1 << 16)
            if not data:
                raise RuntimeError("the browser has ended")
            self.rest += data
        text, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(text)
        if "method" in message:
            self.events.append(message)
        return message

    def page(self, width=1440, height=1000):
        return Page(self, width, height)

    def close(self):
        try:
            self.send("Browser.close")
        except (RuntimeError, TimeoutError, OSError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        os.close(self.out)
        os.close(self.input)
        shutil.rmtree(self.folder, ignore_errors=True)


class Page:
    def __init__(self, browser, width, height):
        self.browser = browser
        context = browser.send("Target.createBrowserContext")["browserContextId"]
        self.target = browser.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        self.session = browser.send("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.send(f"{domain}.enable")
        self.size(width, height)

    def send(self, method, **parameters):
        return self.browser.send(method, session=self.session, **parameters)

    def size(self, width, height=1000):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def dark(self, is_dark=True):
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}])

    def open(self, address):
        self.send("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def value(self, script):
        """What a script comes to, a promise's value too."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description", str(answer)))
        return answer["result"].get("value")

    def wait(self, script, seconds=20):
        """Until a script comes to something true."""
        end = time.time() + seconds
        while True:
            try:
                value = self.value(f"Boolean({script})")
            except RuntimeError:
                value = None
            if value:
                return value
            if time.time() > end:
                raise AssertionError(f"not so after {seconds} s: {script}\n{self.text()[:2000]}")
            time.sleep(0.02)

    def text(self):
        return self.value("document.body ? document.body.innerText : ''") or ""

    def click(self, script):
        """Clicks on the element that a script finds."""
        self.value(f"({script}).click()")

    def drag(self, left, top, right, bottom):
        """With the mouse's button held down; where it begins is where it ends, a click."""
        def mouse(kind, x, y, held):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=int(held), clickCount=1)
        mouse("mouseMoved", left, top, False)
        mouse("mousePressed", left, top, True)
        for step in range(1, 6) if (left, top) != (right, bottom) else []:
            mouse("mouseMoved", left + (right - left) * step / 5, top + (bottom - top) * step / 5, True)
        mouse("mouseReleased", right, bottom, False)

    def posts(self):
        """What the page has sent since its complaints were looked at, each body once."""
        self.value("1")
        return [event["params"]["request"].get("postData", "") for event in self.browser.events
                if event.get("sessionId") == self.session and event["method"] == "Network.requestWillBeSent"
                and event["params"]["request"]["method"] == "POST"]

    def key(self, name, text=""):
        for kind in ["keyDown", "keyUp"]:
            self.send("Input.dispatchKeyEvent", type=kind, key=name, code=name, text=text if kind == "keyDown" else "",
                      windowsVirtualKeyCode={"Tab": 9, "Enter": 13, "ArrowRight": 39, "Escape": 27}.get(name, 0))

    def picture(self, path, whole=True):
        data = self.send("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def complaints(self):
        """What the console has complained of since the last time."""
        self.value("1")
        found = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            method, parameters = event["method"], event["params"]
            if method == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                found.append(details.get("exception", {}).get("description") or details["text"])
            if method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
                found.append(" ".join(str(word.get("value", word.get("description"))) for word in parameters["args"]))
            if method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                found.append(f"{parameters['entry']['text']} ({parameters['entry'].get('url', '')})")
        self.browser.events = [event for event in self.browser.events if event.get("sessionId") != self.session]
        return found
