"""Measures starts of a server: from the start of its process to "Ready", and to the first token of the first request.

    python3 start.py N COMMAND...

Starts COMMAND N times, one after another, and ends each server by SIGTERM after its first answer.
"""
import http.client
import json
import re
import subprocess
import sys
import time

starts, command = int(sys.argv[1]), sys.argv[2:]
if not any(part.startswith("--server.port=") for part in command):
    command.append("--server.port=0")
ready, first = [], []
for _ in range(starts):
    begin = time.time()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = ""
    for line in server.stdout:
        output += line
        found = re.search(r"Ready at http://[^:]+:(\d+) with model (\S+)", line)
        if found:
            break
    else:
        sys.exit("It ended before it was ready:\n" + output)
    ready.append(time.time() - begin)
    request = {"model": found[2], "prompt": "The quick brown fox", "max_tokens": 4, "temperature": 0, "stream": True}
    client = http.client.HTTPConnection("127.0.0.1", int(found[1]))
    client.request("POST", "/v1/completions", json.dumps(request), {"Content-Type": "application/json"})
    answer = client.getresponse()
    if answer.status != 200 or not answer.readline().startswith(b"data: {"):
        sys.exit("It did not answer the first request")
    first.append(time.time() - begin)
    answer.read()
    server.terminate()
    server.communicate()
for name, times in ("ready", ready), ("first token", first):
    print(f"{name}: " + ", ".join(f"{seconds:.1f}" for seconds in times) + " s", flush=True)
