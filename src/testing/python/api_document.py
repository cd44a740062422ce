#!/usr/bin/env python3
"""Check the OpenAPI document of a dLoRA server, and the server against the document.

    pip install openapi-spec-validator schemathesis
    python api_document.py JAR FOLDER [MAX_EXAMPLES]

It starts JAR with the bundled demo model, validates the document, and lets schemathesis send calls that the document allows and
calls that it does not. An answer with a status of 500 or more fails, and so does one whose status, type or members are not documented.
schemathesis draws them in its deterministic mode, so a run can be repeated. FOLDER takes the server's home, its log and schemathesis's report.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

SECONDS = 100  # of schemathesis; what it has not sent by then is left out

# A call may make a key, and then every call needs one.
KEY = "key-of-the-settings-" + os.urandom(12).hex()

# A stream without an end.
ENDLESS = "/admin/events"

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


class EmptyHub(BaseHTTPRequestHandler):
    """A hub without repositories: the calls name some, and must not reach the network."""

    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *args):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_health(server, url, log):
    for _ in range(180):
        try:
            with urllib.request.urlopen(url + "/health", timeout=1):
                return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(1)
    sys.exit("the server is not ready; its log:\n" + log.read_text()[-4000:])


def validate(url):
    request = urllib.request.Request(url + "/v3/api-docs", headers={"Authorization": "Bearer " + KEY})
    with urllib.request.urlopen(request, timeout=60) as answer:
        document = json.load(answer)
    problems = list(OpenAPIV31SpecValidator(document).iter_errors())
    for problem in problems:
        print("document:", "/".join(map(str, problem.absolute_path)), problem.message)
    print(f"document: {len(document['paths'])} paths, {len(problems)} problems")
    return not problems


def fuzz(url, folder, examples):
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run", url + "/v3/api-docs", "--url", url, "--header", "Authorization: Bearer " + KEY,
        "--checks", CHECKS, "--exclude-path", ENDLESS, "--phases", "examples,coverage,fuzzing",
        "--max-examples", str(examples), "--generation-deterministic", "--workers", "1",
        "--max-time", str(SECONDS), "--request-timeout", "30", "--no-shrink", "--suppress-health-check", "all",
        "--max-failures", "50", "--continue-on-failure", "--warnings", "off", "--no-color",
    ]
    try:
        return subprocess.run(command, cwd=folder, timeout=SECONDS * 2).returncode == 0
    except subprocess.TimeoutExpired:
        print("schemathesis did not end in time")
        return False


def main(jar, folder, examples=8):
    jar, folder = Path(jar).resolve(), Path(folder).resolve()
    shutil.rmtree(folder / "home", ignore_errors=True)
    hub = ThreadingHTTPServer(("127.0.0.1", 0), EmptyHub)
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    port, log = free_port(), folder / "server.log"
    environment = os.environ | {"DLORA_SECURITY_ADMINKEY": KEY, "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}", "HF_HOME": str(folder / "hub")}
    settings = [f"--server.port={port}", f"--dlora.home={folder / 'home'}", "--dlora.store=auto", "--dlora.max-model-len=64", "--dlora.max-queue=16"]
    with log.open("w") as output:
        server = subprocess.Popen(["java", "-jar", str(jar), *settings], env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        await_health(server, url, log)
        passed = validate(url) & fuzz(url, folder, int(examples))
        await_health(server, url, log)
    finally:
        server.terminate()
        server.wait()
        hub.shutdown()
    defects = [line for line in log.read_text().splitlines() if " ERROR " in line]
    print("\n".join(defects[:20]))
    sys.exit(0 if passed and not defects else 1)


main(*sys.argv[1:])
