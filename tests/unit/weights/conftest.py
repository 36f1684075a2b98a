"""A small catalogue, weights drawn for it, and a server that has them."""

import functools
import hashlib
import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tcvc_studio.networks.cic import Cic
from tcvc_studio.networks.compact import CompactBackbone
from tcvc_studio.networks.fusion import FeatureFusion
from tcvc_studio.networks.idc import Idc
from tcvc_studio.weights.catalogue import read_catalogue
from tcvc_studio.weights.store import Store
from tests.parity_weights import drawn_state

WIDTHS = (8, 12, 12, 16, 16)


@dataclass
class Server:
    """Answers by path: bytes, or a function that writes the answer."""

    url: str = ""
    answers: dict[str, bytes | Callable] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, *args, server_state: Server) -> None:
        self.state = server_state
        super().__init__(*args)

    def do_GET(self) -> None:
        self.state.asked.append(self.path)
        answer = self.state.answers.get(self.path)
        if answer is None:
            self.send_error(404)
        elif callable(answer):
            answer(self)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    """A server on this machine alone, reached without a proxy."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    state = Server()
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, server_state=state))
    web.daemon_threads = True
    state.url = f"http://127.0.0.1:{web.server_port}"
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    web.shutdown()
    web.server_close()
    thread.join()


def sha(data: bytes | Path) -> str:
    return hashlib.sha256(data if isinstance(data, bytes) else data.read_bytes()).hexdigest()


def entry(name: str, **fields: object) -> str:
    """One table of a catalogue."""
    defaults = {"title": name.upper(), "role": "backbone", "architecture": name, "file": f"{name}.pth",
                "bytes": 0, "sha256": [], "licence": "BSD-2-Clause", "notice": "Copyright somebody."}  # fmt: skip
    lines = [f'name = "{name}"']
    for key, value in {**defaults, **fields}.items():
        text = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
        lines.append(f"{key} = {text}")
    return "[[weights]]\n" + "\n".join(lines) + "\n"


@pytest.fixture
def make_store(tmp_path) -> Callable[..., Store]:
    """A store over a catalogue made of `entry` texts, in fresh folders."""

    def make(*entries: str) -> Store:
        shipped = tmp_path / "models"
        shipped.mkdir(exist_ok=True)
        (shipped / "catalogue.toml").write_text("# All of it.\n\n" + "\n".join(entries))
        return Store(read_catalogue(shipped / "catalogue.toml"), shipped, tmp_path / "user" / "weights")

    return make


@dataclass(frozen=True)
class Files:
    """Weights as files, of sizes that test quickly (but IDC and CIC, which have one size)."""

    compact: Path
    compact_fusion: Path
    cic_fusion: Path
    idc: Path
    cic: Path
    tcvc: Path


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> Files:
    folder = tmp_path_factory.mktemp("weights")
    found = Files(**{
        name: folder / f"{name}.{'safetensors' if name.startswith('compact') else 'pth'}"
        for name in Files.__dataclass_fields__
    })
    small = {"lightness_channels": 4, "weight_hidden": (8, 4), "refine_hidden": (8, 4), "reduced": 4}
    save_file(drawn_state(CompactBackbone(widths=WIDTHS)), found.compact)
    save_file(drawn_state(FeatureFusion(WIDTHS[0], stride=2, **small)), found.compact_fusion)
    torch.save(drawn_state(FeatureFusion(313, stride=4, **small)), found.cic_fusion)
    idc = drawn_state(Idc())
    # The published files are older than this counter and than torch's zip form.
    old = {name: value for name, value in idc.items() if "num_batches" not in name}
    torch.save(old, found.idc, _use_new_zipfile_serialization=False)
    torch.save(drawn_state(Cic()), found.cic)
    whole = {f"fea_key.{name}": value for name, value in drawn_state(Idc(), "fea_key.").items()}
    whole |= drawn_state(FeatureFusion(128))
    whole["flow_net.conv.weight"] = torch.zeros(2, 2, 3, 3)
    torch.save(whole, found.tcvc)
    return found
