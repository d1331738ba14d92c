#!/usr/bin/env python3
"""Opens the report of `drip diff --html` in headless Chromium, by its driver: content, drill-down, print, nothing fetched.

    web.py DRIP SCREENSHOT-FOLDER

Wants chromium and chromedriver (make check-web installs them). Speaks WebDriver itself: a few JSON requests over HTTP.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
results = []


def check(what, ok, more=""):
    results.append(bool(ok))
    if not ok:
        print(f"{what}: FAILED {more}")


class Browser:
    def __init__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=9517", "--silent"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.base = "http://127.0.0.1:9517"
        for _ in range(100):
            try:
                urllib.request.urlopen(self.base + "/status", timeout=5)
                break
            except OSError:
                time.sleep(0.1)
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1600", "--hide-scrollbars"]}
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.base += "/session/" + made["sessionId"]

    def call(self, method, path, body=None):
        data = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data=data, method=method, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())["value"]

    def js(self, script):
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(20)


def report(drip, path):
    corpus = path + ".ndjson"
    with open(corpus, "wb") as f:
        subprocess.run([sys.executable, os.path.join(ROOT, "tests", "oracle", "gen.py"), "--seed", "5", "--count", "1500", "--drugs",
                        "--papers"], stdout=f, check=True)
    new = os.path.join(os.path.dirname(path), "contract")
    os.makedirs(new, exist_ok=True)
    with open(os.path.join(new, "contract.drip"), "w", encoding="utf-8") as f:
        f.write("drip 1\nlayer contract over invented_contract version \"2027\"\nsource c \"Contract of 2027 <script>alert(1)</script>\"\n"
                "set asp_percent = 4  cite c\nset further_percent = 60  cite c\nset push_limit = 20 min  cite c\n")
    done = subprocess.run([drip, "diff", "-p", "invented_contract", "-q", os.path.join(new, "contract.drip"), "--by", "claim", "--json",
                           "--html", path, corpus], stdout=subprocess.PIPE, env=dict(os.environ, DRIP_PATH=ROOT), timeout=300)
    return json.loads(done.stdout)


def look(browser, said, path, shots):
    browser.call("POST", "/url", {"url": "file://" + path})
    headline = browser.js("return document.querySelector('h1').textContent")
    check("the headline counts", f"{said['moved']:,} encounters move" in headline, headline)
    check("every kind is in the table", browser.js("return document.querySelectorAll('td a').length") == len(said["kinds"]))
    check("and has its details", browser.js("return document.querySelectorAll('details').length") == len(said["kinds"]))
    bars = browser.js("return [...document.querySelectorAll('svg rect')].map(r => [+r.getAttribute('x'), +r.getAttribute('width')])")
    check("the waterfall has bars", len(bars) > 3)
    check("within their column", all(x >= 358 and x + w <= 764 for x, w in bars), str(bars))
    check("the first details are open", browser.js("return document.querySelectorAll('details[open]').length") == 3)
    shut = "document.querySelectorAll('details')[4]"
    check("others are shut", browser.js(f"return {shut}.querySelector('.sides').checkVisibility({{contentVisibilityAuto: true}})") is False)
    browser.js(f"{shut}.querySelector('summary').click()")
    check("a click opens one", browser.js(f"return {shut}.querySelector('.sides').getBoundingClientRect().height") > 40)
    sides = browser.js("return [...document.querySelectorAll('details')].every(d => d.querySelectorAll('.side').length == 2)")
    check("before and after beside each other", sides)
    left, right = browser.js("return [...document.querySelector('.sides').children].map(e => e.getBoundingClientRect().left)")
    check("side by side", right > left + 200)
    check("something is gone and something new", browser.js(
        "return document.querySelectorAll('.side .gone').length > 0 && document.querySelectorAll('.side .new').length > 0"))
    check("nothing runs over the edge", browser.js("return document.documentElement.scrollWidth <= innerWidth"))
    check("nothing is fetched", browser.js("return performance.getEntriesByType('resource').length") == 0)
    check("no script", browser.js("return document.scripts.length") == 0)
    check("nothing is complained of", browser.call("POST", "/se/log", {"type": "browser"}) == [])
    with open(os.path.join(shots, "diff.png"), "wb") as f:
        f.write(base64.b64decode(browser.call("GET", "/screenshot")))
    pdf = base64.b64decode(browser.call("POST", "/print", {"background": True}))
    with open(os.path.join(shots, "diff.pdf"), "wb") as f:
        f.write(pdf)
    check("it prints", pdf.startswith(b"%PDF") and len(pdf) > 20000)
    browser.call("POST", "/window/rect", {"width": 500, "height": 900})
    check("on a narrow screen one above the other", browser.js(
        "const [a, b] = document.querySelector('.sides').children; return b.getBoundingClientRect().top >= a.getBoundingClientRect().bottom"))
    check("and nothing runs over the edge", browser.js("return document.documentElement.scrollWidth <= innerWidth + 1"))
    with open(os.path.join(shots, "diff-narrow.png"), "wb") as f:
        f.write(base64.b64decode(browser.call("GET", "/screenshot")))


def main():
    drip, shots = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    os.makedirs(shots, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "report.html")
        said = report(drip, path)
        browser = Browser()
        try:
            look(browser, said, path, shots)
        finally:
            browser.close()
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
