"""Tells what open consoles cost: rounds in turn, with subscribers of a page's live parts, and without.

    python3 console_live.py URL USER PASSWORD ROUNDS BENCH-OPTION...

USER may sign in at the console of the server at URL. In every second round SUBSCRIBERS (50) streams of /console/live are open, which read
the panels of the page PAGE (/console). JAR (target/dlora.jar) sends the requests: `bench --url=URL BENCH-OPTION...`.
Prints the output tokens/s of each round, and the median of the ratios of neighbouring rounds.
"""
import html
import http.cookiejar
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import urllib.parse
import urllib.request

url, user, password, rounds = sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3], int(sys.argv[4])
options = sys.argv[5:]
jar = os.environ.get("JAR", "target/dlora.jar")
subscribers = int(os.environ.get("SUBSCRIBERS", "50"))
page = os.environ.get("PAGE", "/console")

browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
browser.addheaders = [("Accept", "text/html")]


def read(path, fields=None):
    body = urllib.parse.urlencode(fields).encode() if fields else None
    with browser.open(url + path, body) as answer:
        return answer.read().decode()


token = re.search(r'name="_csrf" value="([^"]+)"', read("/console/login")).group(1)
if 'class="signed-in"' not in read("/console/login", {"name": user, "password": password, "_csrf": token}):
    sys.exit("The sign-in failed.")
found = re.search(r'sse-connect="([^"]+)"', read(page))
if not found:
    sys.exit(f"{page} has no live parts.")
live = html.unescape(found.group(1))


class Subscriber(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.stream = browser.open(urllib.request.Request(url + live, headers={"Accept": "text/event-stream"}))
        self.events = self.bytes = 0
        self.start()

    def run(self):
        try:
            for line in self.stream:
                self.bytes += len(line)
                self.events += line.startswith(b"event:")
        except (OSError, ValueError, AttributeError):
            pass  # closed

    def end(self):
        self.stream.fp.raw._sock.shutdown(2)
        self.join()
        self.stream.close()


def measure(count):
    streams = [Subscriber() for _ in range(count)]
    try:
        out = subprocess.run(["java", "-jar", jar, "bench", f"--url={url}", "--json", *options], check=True, capture_output=True, text=True).stdout
    finally:
        for stream in streams:
            stream.end()
    report = json.loads(out.strip().splitlines()[-1])
    read_bytes, events = sum(s.bytes for s in streams), sum(s.events for s in streams)
    if count and not events:
        sys.exit("The subscribers got nothing.")
    print(f"{count:3d} subscribers: {report['output_tok_s']:8.1f} tokens/s" + (f", {events} events, {read_bytes / 1e6:.1f} MB" if count else ""), flush=True)
    return report["output_tok_s"]


ratios = []
for turn in range(rounds):
    # In an order that turns, so that a drift of the machine is in neither side.
    order = (0, subscribers) if turn % 2 == 0 else (subscribers, 0)
    figures = {count: measure(count) for count in order}
    ratios.append(figures[subscribers] / figures[0])
print(f"with over without, median of {rounds}: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
