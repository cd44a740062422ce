"""Tells how long one key's short calls take while another key sends legal work that is expensive.

    python3 isolation.py SECONDS COMMAND…

COMMAND starts the demo's server, as `java -jar target/dlora.jar`; it gets a home, a port and a root of adapters of its own.
Work of the other key, each for SECONDS after as long a time without any: JSON schemas that take long to compile, chats of an adapter
whose chat template takes long to render, and runs of an adapter's gate. Prints a row each: calls, their median and longest time in
both, and the ratio of the medians.
"""
import concurrent.futures
import json
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

seconds, command = float(sys.argv[1]), sys.argv[2:]
demo = pathlib.Path(__file__).resolve().parents[2] / "app/src/main/resources/demo/adapters"
slow_template = (
    "{%- set ns = namespace(n=0) -%}{%- for i in range(300) -%}{%- for j in range(200) -%}{%- set ns.n = ns.n + j -%}{%- endfor -%}{%- endfor -%}"
    "{{ messages[-1].content }}"
)


def call(path, body=None, key=None, method=None, timeout=120):
    headers = {"Content-Type": "application/json", "X-DLoRA-Request": "1"}
    if key:
        headers["Authorization"] = "Bearer " + key
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text[:1] in b"{[" else text
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()[:300]


def chat(model, content, key, **more):
    return call("/v1/chat/completions", {"model": model, "max_tokens": 2, "messages": [{"role": "user", "content": content}], **more}, key)


def schemas(n, key):
    branches = [{"type": "string", "pattern": f"^[^{chr(97 + i % 26)}{n % 10}]{{{250 + (n * 31 + i) % 50}}}$"} for i in range(30)]
    schema = {"type": "object", "properties": {f"p{n}": {"anyOf": branches}}, "required": [f"p{n}"], "additionalProperties": False}
    return chat("dlora-demo", "x", key, response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": schema}})[0]


def templates(n, key):
    return chat("slow", "hello", key)[0]


def gates(n, key):
    return call("/admin/adapters/upper/versions/1/gate", {}, key, "POST")[0]


def short_calls(end):
    times = []
    while time.time() < end or not times:
        began = time.time()
        status, answer = chat("dlora-demo", "hi", victim)
        assert status == 200, answer
        times.append(time.time() - began)
        time.sleep(0.05)
    return times


with tempfile.TemporaryDirectory() as folder:
    roots = pathlib.Path(folder) / "roots"
    for name in ("upper", "rot13"):
        shutil.copytree(demo / name, roots / name)
    shutil.copytree(demo / "upper", roots / "slow")
    (roots / "slow" / "chat_template.jinja").write_text(slow_template)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = [f"--server.port={port}", f"--dlora.home={folder}/home", f"--dlora.adapters.roots={roots}"]
    with open(f"{folder}/log", "w") as log:
        server = subprocess.Popen([*command, *settings], stdout=log, stderr=log)
    try:
        for _ in range(240):
            try:
                if call("/health")[0] == 200 and call("/admin/keys")[0] == 200:
                    break
            except OSError:
                pass
            time.sleep(0.5)
        status, answer = call("/admin/keys", {"name": "root", "scopes": ["admin"]})
        assert status == 201, answer
        root = answer["key"]
        victim = call("/admin/keys", {"name": "victim", "scopes": ["inference"]}, root)[1]["key"]
        other = call("/admin/keys", {"name": "other", "scopes": ["inference", "adapters"]}, root)[1]["key"]
        prompts = [{"messages": [{"role": "user", "content": f"text {i}"}], "max_tokens": 64, "expected": "never"} for i in range(16)]
        status, answer = call("/admin/adapters/upper/gate", {"prompts": prompts}, root, "PUT")
        assert status == 200, answer
        short_calls(time.time() + 10)
        for work in (schemas, templates, gates):
            quiet = short_calls(time.time() + seconds)
            end = time.time() + seconds
            numbers = iter(range(10**9))
            statuses = {}

            def attack():
                while time.time() < end:
                    status = work(next(numbers), other)
                    statuses[status] = statuses.get(status, 0) + 1

            with concurrent.futures.ThreadPoolExecutor(40) as pool:
                attacks = [pool.submit(attack) for _ in range(40)]
                busy = short_calls(end)
                concurrent.futures.wait(attacks)
            for attempt in attacks:
                attempt.result()
            print(
                f"{work.__name__}: quiet {len(quiet)} calls, median {statistics.median(quiet) * 1000:.0f} ms, longest {max(quiet) * 1000:.0f} ms; "
                f"beside {len(busy)} calls, median {statistics.median(busy) * 1000:.0f} ms, longest {max(busy) * 1000:.0f} ms; "
                f"ratio {statistics.median(busy) / statistics.median(quiet):.2f}; answers of the work {statuses}",
                flush=True,
            )
    finally:
        server.terminate()
        server.wait()
