"""A pytest plugin that stands for the parts of vLLM that its HTTP tests import.

`tests.utils.RemoteOpenAIServer` starts this server instead of `vllm serve`. The model is a folder of links to SmolLM2 under the
name that the test gives, with the length of context that the test asks for. A flag of vLLM is the setting that does the same
(SETTINGS); flags without a counterpart are left out. `get_tokenizer` and `ModelConfig` read the served model, `vllm.version` is
this server's version. Modules of vLLM and PyTorch that only tests without a server use are empty. Tests that reach no server are
left out.
"""

import array
import asyncio
import importlib
import importlib.abc
import importlib.machinery
import inspect
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
import types
import zipfile
from pathlib import Path
from unittest import mock

import openai
import pytest
import requests
import transformers  # before the empty PyTorch is there, for which it looks

MODEL = Path(os.environ["VLLM_TESTS_MODEL"])
JAR = os.environ["VLLM_TESTS_JAR"]
THREADS = os.environ["VLLM_TESTS_THREADS"]
WORK = Path(os.environ["VLLM_TESTS_WORK"])
ROOT = WORK / "lora"
ADAPTERS = ROOT / "files"  # no root's own sub-folders, so only what is loaded is served
TEMPORARY = WORK / "tmp"
MODELS = WORK / "models"
START_SECONDS = 600  # as vLLM waits
CALL_SECONDS = 300


class AsyncClient(openai.AsyncOpenAI):
    """A client that ends what a failed test has left: a task that calls until the test stops it never waits once its client is closed."""

    async def close(self):
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await super().close()


class RemoteOpenAIServer:
    DUMMY_API_KEY = "token-abc123"

    def __init__(self, model, vllm_serve_args, *, env_dict=None, **_):
        options = flags(vllm_serve_args)
        folder = model_folder(model, options)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.host = "127.0.0.1"
        command = ["java", "-jar", JAR, f"--server.port={self.port}", f"--dlora.model={folder}"]
        command += [f"--dlora.served-name={options.get('--served-model-name', [model])[0]}"]
        command += ["--dlora.store=memory", f"--dlora.home={WORK / 'home'}"]
        ADAPTERS.mkdir(parents=True, exist_ok=True)
        TEMPORARY.mkdir(parents=True, exist_ok=True)
        command += [f"--dlora.adapters.roots={ROOT},{TEMPORARY}", "--dlora.adapters.roots-interval=0"]
        command += [f"--dlora.{name}={value}" for name, value in settings(options)]
        if THREADS != "0":
            command.append(f"--dlora.replicas[0].threads={THREADS}")
        self.log = open(WORK / "server.log", "a", encoding="utf-8")
        environment = os.environ | {"XDG_CACHE_HOME": str(WORK / "cache")}
        self.process = subprocess.Popen(command, cwd=MODELS, env=environment, stdout=self.log, stderr=subprocess.STDOUT)
        try:
            self.wait()
            for module in options.get("--lora-modules", []):
                self.load(module)
        except BaseException:
            self.close()
            raise

    def wait(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if requests.get(self.url_for("health"), timeout=5).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.3)
        raise RuntimeError(f"The server did not start; see {self.log.name}.")

    def load(self, module):
        if module.startswith("{"):
            name, path = (json.loads(module)[key] for key in ("name", "path"))
        else:
            name, path = module.split("=", 1)
        body = {"lora_name": name, "lora_path": path}
        requests.post(self.url_for("v1/load_lora_adapter"), json=body, timeout=CALL_SECONDS).raise_for_status()

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def url_root(self):
        return f"http://{self.host}:{self.port}"

    def url_for(self, *parts):
        return self.url_root + "/" + "/".join(part.strip("/") for part in parts if part)

    def client_options(self, options):
        return {"base_url": self.url_for("v1"), "api_key": self.DUMMY_API_KEY, "max_retries": 0, "timeout": CALL_SECONDS} | options

    def get_client(self, **options):
        return openai.OpenAI(**self.client_options(options))

    def get_async_client(self, **options):
        return AsyncClient(**self.client_options(options))


def flags(arguments):
    """Returns the values of each flag."""
    found, name = {}, None
    for argument in arguments:
        if argument.startswith("--"):
            name, _, value = argument.partition("=")
            found[name] = [value] if value else []
        elif name:
            found[name].append(argument)
    return found


# The settings below `dlora.` that do what flags of vLLM do.
SETTINGS = {
    "--max-model-len": lambda value: ("max-model-len", value),
    "--max-num-seqs": lambda value: ("max-batch", value),
    "--max-num-batched-tokens": lambda value: ("max-batch-tokens", value),
    "--no-enable-prefix-caching": lambda: ("prefix-cache", "false"),
    "--tool-call-parser": lambda value: ("tool-parser", value),
    "--reasoning-parser": lambda value: ("reasoning-parser", {"qwen3": "think"}[value]),
    "--enable-force-include-usage": lambda: ("answers.usage", "true"),
    "--return-tokens-as-token-ids": lambda: ("answers.tokens-as-ids", "true"),
    "--max-logprobs": lambda value: ("answers.max-logprobs", value),
    "--enable-per-request-metrics": lambda: ("answers.timings", "true"),
}


def settings(options):
    return [SETTINGS[flag](*values) for flag, values in options.items() if flag in SETTINGS]


def model_folder(model, options):
    """Returns a folder of links to the model, as vLLM would be told of it: by a name, or a path."""
    MODELS.mkdir(parents=True, exist_ok=True)
    if Path(model).is_absolute():
        return model
    folder = MODELS / model
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in MODEL.iterdir():
        (folder / file.name).symlink_to(file)
    config = json.loads((MODEL / "config.json").read_text())
    length = int(options.get("--max-model-len", [0])[0])
    if length > config["max_position_embeddings"]:
        (folder / "config.json").unlink()
        (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": length}))
    return model


def version():
    """Returns the version that the jar's manifest tells."""
    with zipfile.ZipFile(JAR) as jar:
        lines = jar.read("META-INF/MANIFEST.MF").decode().splitlines()
    return next(line.split(": ")[1] for line in lines if line.startswith("Implementation-Version: "))


def get_tokenizer(*_, **__):
    return transformers.AutoTokenizer.from_pretrained(MODEL)


class ModelConfig:
    def __init__(self, *_, **__):
        pass

    def get_vocab_size(self):
        return json.loads((MODEL / "config.json").read_text())["vocab_size"]


class Hub:
    """Gives a small random adapter of the served model for any repository."""

    def snapshot_download(self, repo_id, **_):
        folder = ADAPTERS / repo_id.replace("/", "--")
        if not folder.exists():
            write_adapter(folder, repo_id)
        return str(folder)


def write_adapter(folder, seed, rank=8):
    config = json.loads((MODEL / "config.json").read_text())
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    outputs = {"q_proj": hidden, "v_proj": config["num_key_value_heads"] * (hidden // heads)}
    draw = random.Random(seed)
    header, data = {}, bytearray()
    for layer in range(config["num_hidden_layers"]):
        for module, width in outputs.items():
            for name, shape in (("lora_A", [rank, hidden]), ("lora_B", [width, rank])):
                values = array.array("f", (draw.gauss(0, 0.02) for _ in range(shape[0] * shape[1])))
                key = f"base_model.model.model.layers.{layer}.self_attn.{module}.{name}.weight"
                header[key] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * len(values)]}
                data += values.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    partial = folder.with_name(folder.name + ".partial")
    partial.mkdir(parents=True, exist_ok=True)
    (partial / "adapter_model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
    adapter = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 16, "target_modules": list(outputs)}
    (partial / "adapter_config.json").write_text(json.dumps(adapter | {"bias": "none", "inference_mode": True}))
    partial.rename(folder)


class Empty(types.ModuleType):
    """A module whose members are whatever is asked for."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if f"{self.__name__}.{name}" in MEMBERS:
            return importlib.import_module(f"{self.__name__}.{name}")
        made = mock.MagicMock(name=f"{self.__name__}.{name}")
        setattr(self, name, made)
        return made


MEMBERS = {
    "vllm.tokenizers": {"get_tokenizer": get_tokenizer},
    "vllm.config": {"ModelConfig": ModelConfig},
    "vllm.transformers_utils.repo_utils": {"hf_api": Hub},
    "vllm.model_executor.model_loader.weight_utils": {"download_weights_from_hf": lambda *_, **__: str(MODEL)},
    "vllm.version": {"__version__": version()},
    "vllm.envs": {"VLLM_USE_RUST_FRONTEND": False},
    "torch": {
        "long": "int64",
        "iinfo": lambda _: types.SimpleNamespace(min=-(2**63), max=2**63 - 1),
    },
}


class EmptyFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    ROOTS = {"vllm", "torch", "pybase64", "anthropic", "fastapi", "numpy.typing"}

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.ROOTS:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Empty(spec.name)

    def exec_module(self, module):
        vars(module).update(MEMBERS.get(module.__name__, {}))


def install():
    sys.meta_path.insert(0, EmptyFinder())
    utils = Empty("tests.utils")
    utils.RemoteOpenAIServer = RemoteOpenAIServer
    utils.VLLM_PATH = Path(".").resolve()
    sys.modules["tests.utils"] = utils


install()


def reaches_server(item):
    # Some fixtures choose a server by its name while they run.
    if any(name.endswith(("server", "client")) for name in item.fixturenames):
        return True
    functions = [definition.func for definitions in item._fixtureinfo.name2fixturedefs.values() for definition in definitions]
    return any("RemoteOpenAIServer(" in source(function) for function in [item.function, *functions])


def source(function):
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return ""


def pytest_collection_modifyitems(config, items):
    left = [item for item in items if not reaches_server(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if reaches_server(item)]


RECORDED = set()


@pytest.hookimpl
def pytest_runtest_logreport(report):
    if report.nodeid in RECORDED or (report.when != "call" and report.passed):
        return
    RECORDED.add(report.nodeid)
    file, _, test = report.nodeid.partition("::")
    row = {"file": file, "test": test, "outcome": report.outcome, "reason": reason(report)}
    with open(os.environ["VLLM_TESTS_RESULTS"], "a", encoding="utf-8") as results:
        results.write(json.dumps(row) + "\n")


def reason(report):
    if report.passed:
        return ""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr)
    return text.strip().splitlines()[0][:400] if text.strip() else ""
