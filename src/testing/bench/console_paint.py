"""Tells how long the console's pages take on a server with many adapters and a long history.

    python3 console_paint.py [--home HOME] [--rows N] [--times N] [--no-browser] COMMAND...

COMMAND is `java -jar target/dlora.jar --dlora.model=… --dlora.adapters.roots=…`, with roots of 1,000 adapters (make_adapters.py).
HOME (a new folder) becomes the server's home. The first run fills its history: a request is sent, and its row is copied with other times, adapters, keys, teams and users N times (200,000), in the H2 file
through H2's driver, which is in the jar; sums, changes and audit likewise. Later runs take the HOME as it is.
Then each page is asked for N times (5). Prints milliseconds of the server's answer (median and most, to the first and the last byte) and its bytes. With selenium and Chromium, also first contentful paint (FCP)
as the browser measured it, from an empty cache and then from a filled one. Ends with 1 if a median of either is above a second.
"""
import argparse
import glob
import html
import http.cookiejar
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import zipfile

parser = argparse.ArgumentParser()
parser.add_argument("--home")
parser.add_argument("--rows", type=int, default=200_000)
parser.add_argument("--times", type=int, default=5)
parser.add_argument("--no-browser", action="store_true")
parser.add_argument("command", nargs=argparse.REMAINDER)
arguments = parser.parse_args()
command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
if "-jar" not in command:
    sys.exit("COMMAND must have -jar and the jar")
jar = command[command.index("-jar") + 1]
home = os.path.abspath(arguments.home or tempfile.mkdtemp(prefix="dlora-paint-"))
USER, PASSWORD = "paint", "correct horse battery"

# Members of a copy that differ from the row that is copied. X is the number of the copy; later ones are older. Names follow a power law, as those of requests do.
ADAPTER = "'lora' || cast(floor(1000 * power(mod(x * 7919, 1000) / 1000.0, 3)) as int)"


def at(milliseconds):
    return f"dateadd(millisecond, {milliseconds} - x * @step, @now)"


def key(rarer=1):
    return f"(@millis - x * @step * {rarer}) * 1048576 + mod(x, 1000)"


COPIES = {
    "request": ("true", 1, {
        "id": key(), "request_id": "'fill-' || x", "client_id": "'client-' || mod(x, 1000)", "api_key": "'dlora_' || lpad(mod(x, 50), 12, '0')", "team": "'team' || mod(x, 8)",
        "end_user": "'user' || mod(x, 500)", "adapter": ADAPTER, "model": ADAPTER, "status": "case when mod(x, 100) = 0 then 'failed' else 'answered' end",
        "outcome": "case when mod(x, 100) = 0 then 'step_error' when mod(x, 3) = 0 then 'length' else 'stop' end", "ttft_band": "case when mod(x, 50) = 0 then '10s_to_1min' else 'under_1s' end",
        "duration_band": "case when mod(x, 500) = 0 then 'over_1min' else '1s_to_10s' end", "ttft_ms": "100 + mod(x, 400)", "duration_ms": "2000 + mod(x, 3000)", "arrived_at": at("0"), "queued_at": at("2"), "ready_at": at("3"), "begun_at": at("9"),
        "first_token_at": at("100 + mod(x, 400)"), "done_at": at("2000 + mod(x, 3000)")}),
    "cluster_event": ("kind = 'adapter_loaded'", 2, {"id": key(2), "adapter": ADAPTER}),
    "audit": ("true", 10, {"id": key(10), "subject": "'lora' || mod(x, 1000)", "action": "case mod(x, 2) when 0 then 'adapter.pin' else 'adapter.load' end"}),
}
SUMS = """
delete from usage_hour;
insert into usage_hour select base, h, a, k, t, count(*), sum(case status when 'answered' then 0 else 1 end), sum(prompt_tokens), sum(cached_tokens), sum(output_tokens)
  from (select r.*, date_trunc(hour, done_at) h, coalesce(adapter, '') a, coalesce(api_key, '') k, coalesce(team, '') t from request r) group by base, h, a, k, t;
delete from usage_day;
insert into usage_day select base, d, adapter, api_key, team, sum(requests), sum(failed), sum(prompt_tokens), sum(cached_tokens), sum(output_tokens)
  from (select u.*, date_trunc(day, hour_at) d from usage_hour u) group by base, d, adapter, api_key, team;
analyze;
"""


def copies(driver, url, rows):
    """The SQL that copies the newest row of each table."""
    # As many days as the history keeps, but two.
    script = f"set @millis = {int(time.time() * 1000)}; set @step = {28 * 86_400_000 // rows}; set @now = current_timestamp;\n"
    for table, (which, rarer, changed) in COPIES.items():
        found = run(driver, "org.h2.tools.Shell", url, "-sql", f"select column_name from information_schema.columns where table_name = '{table.upper()}' order by ordinal_position")
        columns = [line.strip().lower() for line in found.splitlines()[1:] if line.strip() and not line.startswith("(")]
        if not set(changed) <= set(columns):
            sys.exit(f"Table {table} has not all of {', '.join(changed)}: {found}")
        values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
        script += f"insert into {table} select {values} from (select * from {table} where {which} order by id desc limit 1) t, system_range(1, {rows // rarer}) r(x);\n"
    return script + SUMS


def run(driver, tool, url, *options):
    return subprocess.run(["java", "-Duser.timezone=UTC", "-cp", driver, tool, "-url", url, "-user", "sa", "-password", "", *options], check=True, capture_output=True, text=True).stdout


cookies = http.cookiejar.CookieJar()
browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
browser.addheaders = [("Accept", "text/html")]


class Server:
    def __init__(self):
        self.process = subprocess.Popen([*command, f"--dlora.home={home}", "--dlora.store=auto", "--server.port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output = ""
        for line in self.process.stdout:
            output += line
            found = re.search(r"Ready at (http://[^:]+:\d+) with model", line)
            if found:
                break
        else:
            sys.exit("It ended before it was ready:\n" + output)
        self.url = found[1]
        # Else a full pipe would stop it.
        threading.Thread(target=lambda: [None for _ in self.process.stdout], daemon=True).start()

    def call(self, path, body=None):
        headers = {"Content-Type": "application/json", "X-DLoRA-Request": "1"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode() if body is not None else None, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def when(self, ready, what):
        """Waits until something is there: the database opens beside the start."""
        for _ in range(600):
            try:
                found = ready()
                if found:
                    return found
            except urllib.error.HTTPError as e:
                if e.code not in (404, 503):
                    raise
            time.sleep(0.2)
        sys.exit(f"{what} was not there after 2 minutes")

    def end(self):
        self.process.terminate()
        self.process.wait()


def fill():
    server = Server()
    try:
        adapter = server.call("/admin/adapters?limit=1")["adapters"][0]["name"]
        server.when(lambda: server.call("/admin/users", {"name": USER, "role": "admin", "password": PASSWORD}), "the database")
        # A load that the history sees: those of the start come before it.
        server.call(f"/admin/adapters/{adapter}/evict", {})
        server.call("/v1/completions", {"model": adapter, "prompt": "The quick brown fox", "max_tokens": 8})
        server.when(lambda: server.call("/admin/requests")["requests"], "the request's row")
        server.when(lambda: server.call("/admin/changes?kind=adapter_loaded")["changes"], "the load's row")
    finally:
        server.end()
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(jar) as archive:
            name = next(name for name in archive.namelist() if re.search(r"/h2-[\d.]+\.jar$", name))
            driver = archive.extract(name, folder)
        url, script = f"jdbc:h2:file:{home}/dlora", os.path.join(folder, "fill.sql")
        with open(script, "w") as file:
            file.write(copies(driver, url, arguments.rows))
        run(driver, "org.h2.tools.RunScript", url, "-script", script)


def read(url, fields=None):
    """The milliseconds to the first and to the last byte, and the page."""
    body = urllib.parse.urlencode(fields).encode() if fields else None
    begin = time.perf_counter()
    with browser.open(url, body) as answer:
        first = time.perf_counter()
        page = answer.read()
    return 1000 * (first - begin), 1000 * (time.perf_counter() - begin), page.decode()


def sign_in(url):
    token = re.search(r'name="_csrf" value="([^"]+)"', read(url + "/console/login")[2])[1]
    if 'class="signed-in"' not in read(url + "/console/login", {"name": USER, "password": PASSWORD, "_csrf": token})[2]:
        sys.exit("The sign-in failed.")


def pages(server):
    busy = server.call("/admin/usage?limit=1000")["usage"]
    adapter = max(busy, key=lambda hour: hour["requests"])["adapter"]
    request = server.call("/admin/requests?limit=1&adapter=" + adapter)["requests"][0]["id"]
    name = urllib.parse.quote(adapter)
    return ["/console", "/console/adapters", "/console/adapters?sort=-rate&page=5", f"/console/adapter?name={name}", "/console/adapters/add", "/console/replicas", "/console/replica?id=0",
            "/console/migrations", "/console/migrations/move", "/console/requests", f"/console/requests?adapter={name}&status=failed", "/console/requests?order=duration", f"/console/requests?order=ttft&adapter={name}", "/console/requests?min_duration_ms=4990", f"/console/request?id={request}", f"/console/playground?model={name}",
            "/console/journal", f"/console/journal?adapter={name}", f"/console/journal?topic=all&adapter={name}", "/console/journal/log", "/console/access", "/console/access/teams", "/console/access/users", "/console/access/audit",
            "/console/access/usage?by=team&span=7d", "/console/access/usage?by=adapter&span=90d&per=hour", "/console/settings", "/console/capacity", "/console/first-run"]


def paints(url, paths):
    """FCP of each page in milliseconds, from an empty cache and from a filled one; nothing without selenium."""
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        print("No selenium: no first contentful paint.")
        return {}
    options = webdriver.ChromeOptions()
    binary = next((path for path in ("/usr/bin/chromium", "/usr/bin/google-chrome") if os.path.exists(path)), None)
    if binary:
        options.binary_location = binary
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,800"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(*glob.glob("/usr/bin/chromedriver")))
    try:
        driver.get(url + "/console/login")
        for cookie in cookies:
            driver.add_cookie({"name": cookie.name, "value": cookie.value, "path": cookie.path})

        def paint(path):
            driver.get(url + path)
            for _ in range(100):
                found = driver.execute_script("return performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)[0]")
                if found is not None:
                    return found
                time.sleep(0.1)
            return float("inf")

        found = {}
        for path in paths:
            driver.execute_cdp_cmd("Network.clearBrowserCache", {})
            cold = paint(path)
            found[path] = cold, statistics.median(paint(path) for _ in range(arguments.times))
        return found
    finally:
        driver.quit()


filled = os.path.join(home, "filled")
if not os.path.exists(filled):
    begin = time.time()
    fill()
    open(filled, "w").close()
    print(f"The history of {home} has {arguments.rows} requests more, made in {time.time() - begin:.0f} s.", flush=True)
server = Server()
try:
    server.when(lambda: server.call("/admin/requests?limit=1")["requests"], "the history")
    sign_in(server.url)
    slow = []
    paths = pages(server)
    rows = {}
    for path in paths:
        times = [read(server.url + path) for _ in range(arguments.times)]
        if "</html>" not in times[0][2]:
            sys.exit(f"{path} is no page:\n{html.unescape(times[0][2])[:2000]}")
        rows[path] = times
    painted = {} if arguments.no_browser else paints(server.url, paths)
    print("first and last byte: median (most) ms; FCP: empty cache, filled cache ms\n")
    print(f"{'page':64} {'first byte':>15} {'last byte':>15} {'bytes':>9} {'FCP':>12}")
    for path, times in rows.items():
        first, last = ([one[i] for one in times] for i in (0, 1))
        cold, warm = painted.get(path, (None, None))
        paint = f"{cold:6.0f}{warm:6.0f}" if cold is not None else ""
        print(f"{path:64} {statistics.median(first):7.0f} ({max(first):5.0f}) {statistics.median(last):7.0f} ({max(last):5.0f}) {len(times[0][2].encode()):9d} {paint:>12}")
        if statistics.median(last) > 1000 or (warm or 0) > 1000 or (cold or 0) > 1000:
            slow.append(path)
finally:
    server.end()
if slow:
    sys.exit("Above a second: " + ", ".join(slow))
