"""A real JupyterLab in a headless Chromium, for tests of what a person sees and does in a notebook."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import nbformat
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

OPENING = 120  # seconds: a cold JupyterLab on a loaded machine has taken 78
ACTING = 60
SETTINGS = {
    "notification": ("apputils-extension", {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}),
    # Cells out of sight are in the page as well, so that a test finds them without scrolling.
    "tracker": ("notebook-extension", {"windowingMode": "none"}),
}
FIND = "const panel = [...(window.jupyterapp?.shell.widgets('main') ?? [])].find(w => w.context?.path === path);"
# An output is in the model before it is on the screen, and a widget says that it loads until its view is there.
READY = f"""path => {{ {FIND} return panel?.context.isReady && panel.sessionContext.isReady &&
    panel.sessionContext.session?.kernel?.status === 'idle' &&
    panel.content.widgets.every(cell => !cell.outputArea ||
        cell.outputArea.widgets.length === cell.model.outputs.length &&
        ![...cell.outputArea.node.querySelectorAll('.jp-OutputArea-output')].some(
            output => output.textContent.startsWith('Loading widget'))) }}"""
RUN_ALL = """await jupyterapp.commands.execute('notebook:run-all-cells');
    return panel.content.widgets.map(cell => cell.model.outputs?.toJSON() ?? [])"""
RUN_ONE = """const said = [], failed = [];
    const future = context.session.kernel.requestExecute({code, store_history: false});
    future.onIOPub = ({header, content}) => {
        if (header.msg_type === 'stream' && content.name === 'stdout') said.push(content.text);
        if (['execute_result', 'display_data'].includes(header.msg_type)) said.push(content.data['text/plain'] ?? '');
        if (header.msg_type === 'error') failed.push(...content.traceback) };
    await future.done;
    return [said.join(''), failed]"""


class CellFailed(Exception):
    """What the kernel said when a cell or a snippet raised."""

    def __init__(self, traceback: list[str]) -> None:
        super().__init__(re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback)))


class Notebook:
    """An open notebook: ``page`` is Playwright's page, the rest asks its kernel."""

    def __init__(self, page: Page, file: Path, path: str) -> None:
        self.page, self.file, self._path = page, file, path
        self.page_errors: list[str] = []
        page.on("pageerror", lambda error: self.page_errors.append(str(error)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None and not self.page.is_closed():
                self.screenshot(self.file.with_suffix(".png"))
        finally:
            self.close()

    def _do(self, body: str, seconds: float = ACTING, **given: object) -> Any:
        """Run a script on the notebook's ``panel`` and ``context`` and wait for what it promises."""
        # Playwright itself waits for a promise for ever.
        script = f"""([path, milliseconds, {{{", ".join(given)}}}]) => {{
            {FIND} const context = panel?.sessionContext;
            return Promise.race([(async () => {{ {body} }})(), new Promise((_, reject) => setTimeout(
                () => reject(new Error(`not done after ${{milliseconds}} ms`)), milliseconds))]) }}"""
        return self.page.evaluate(script, [self._path, seconds * 1000, given])

    def wait_until_ready(self) -> None:
        """Wait until the notebook is open, its kernel idle, and all outputs on the screen."""
        self.page.wait_for_function(READY, arg=self._path, timeout=OPENING * 1000)

    def run_all(self, seconds: float = OPENING) -> list[list[dict[str, Any]]]:
        """Run all cells and return the outputs of each, once they are on the screen; raise what a cell raised."""
        outputs = self._do(RUN_ALL, seconds)
        for output in (output for cell in outputs for output in cell):
            if output["output_type"] == "error":
                raise CellFailed(output["traceback"])
        self.wait_until_ready()
        return outputs

    def run(self, code: str, seconds: float = ACTING) -> str:
        """Run a snippet in the notebook's kernel, beside its cells, and return what it prints and what it is."""
        said, failed = self._do(RUN_ONE, seconds, code=code)
        if failed:
            raise CellFailed(failed)
        return said.rstrip("\n")

    def run_until(self, code: str, answer: str, seconds: float = ACTING) -> None:
        """Run a snippet until it answers so."""
        # What widgets say is heard on a subshell of the kernel, so a snippet sent after a click may well run before
        # the click is heard. Every turn waits for the kernel's reply.
        end = time.monotonic() + seconds
        while (found := self.run(code)) != answer:
            if time.monotonic() > end:
                raise AssertionError(f"{code} is still {found!r} after {seconds} seconds, not {answer!r}")

    def write(self, cells: list[str]) -> None:
        """Write into the cells that are there, from the first, without running them."""
        self._do(
            "code.forEach((text, nth) => panel.content.widgets[nth].model.sharedModel.setSource(text))", code=cells
        )

    def cell(self, number: int) -> Locator:
        """Return a cell with its outputs, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def screenshot(self, file: Path) -> None:
        """Write what is on the screen to a PNG."""
        self.page.screenshot(path=file)

    def restart(self) -> None:
        """Restart the kernel and wait until it answers; outputs stay until the cells are run again."""
        self._do("await context.restartKernel()", OPENING)
        self.wait_until_ready()
        self.run("None", OPENING)

    def close(self) -> None:
        """End the kernel and close the page."""
        if not self.page.is_closed():
            try:
                self._do("await context?.shutdown()")
            finally:
                self.page.close()


class Lab:
    """A JupyterLab that serves the folders of the session's tests, and the browser that looks at it."""

    def __init__(self, url: str, token: str, root: Path, log: Path, browser: BrowserContext) -> None:
        self.url, self.root, self.log, self.browser, self._token = url, root, log, browser, token

    def open(self, file: Path) -> Notebook:
        """Open a notebook that lies in a test's ``tmp_path``, without running it."""
        path = file.relative_to(self.root).as_posix()
        notebook = Notebook(self.browser.new_page(), file, path)
        notebook.page.set_default_timeout(ACTING * 1000)
        # In a workspace of its own: what another one restores keeps run-all-cells waiting.
        address = f"{self.url}/lab/workspaces/{secrets.token_hex(8)}/tree/{quote(path)}?reset&token={self._token}"
        try:
            notebook.page.goto(address, timeout=OPENING * 1000)
            notebook.wait_until_ready()
        except Exception as error:
            error.add_note("".join(self.log.read_text().splitlines(keepends=True)[-30:]))
            notebook.__exit__(type(error))
            raise
        return notebook

    def notebook(self, cells: list[str], folder: Path, name: str = "x.ipynb") -> Notebook:
        """Write a notebook into a test's ``tmp_path``, open it, and run all its cells."""
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=kernel)
        nbformat.write(written, folder / name)
        notebook = self.open(folder / name)
        try:
            notebook.run_all()
        except BaseException as error:
            notebook.__exit__(type(error))
            raise
        return notebook


@contextmanager
def _served(home: Path, root: Path) -> Iterator[tuple[str, str, Path]]:
    """Run a JupyterLab whose settings, workspaces and state lie in ``home``; yield its address, token and log."""
    settings = home / "settings"
    for name, (extension, values) in SETTINGS.items():
        file = settings / "@jupyterlab" / extension / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    token, log = secrets.token_hex(16), home / "server.log"
    own = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    own |= {"IPYTHONDIR": str(home / "ipython"), "JUPYTER_TOKEN": token}
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER_", "JUPYTERLAB_"))}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--LabApp.expose_app_in_browser=True"]
    command += ["--LabApp.extension_manager=readonly", "--LanguageServerManager.autodetect=False"]
    command += ["--ServerApp.allow_root=True", "--ServerApp.ip=127.0.0.1"]
    command += [f"--ServerApp.port={port}", f"--ServerApp.root_dir={root}"]
    # Where the tests are killed, nobody ends the server: it ends by itself after a while.
    command += ["--MappingKernelManager.cull_idle_timeout=3600", "--ServerApp.shutdown_no_activity_timeout=3600"]
    server = subprocess.Popen(
        command,
        cwd=root,
        env=theirs | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # so that Ctrl-C reaches the tests alone, and they end it
    )
    assert server.stdout is not None
    said, lines, urls = threading.Event(), server.stdout, list[str]()

    def listen() -> None:
        with log.open("wb", buffering=0) as written, lines:
            for line in lines:
                written.write(line)
                # Another port than the one asked for, if somebody else was quicker to take that.
                if found := re.search(rb"(http://127\.0\.0\.1:\d+)/lab", line):
                    urls.append(found[1].decode())
                    said.set()
        said.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        said.wait(OPENING)
        if not urls:
            pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")
        yield urls[0], token, log
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        listener.join(30)


def missing(why: str) -> Any:
    """Skip; where a browser must be there, its absence is a failure."""
    return (pytest.fail if os.environ.get("INVOICEKIT_BROWSER") == "required" else pytest.skip)(why)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a browser, one for all tests of a session, or skip."""
    if importlib.util.find_spec("playwright") is None:
        missing("Playwright is not installed")
    playwright_api = importlib.import_module("playwright.sync_api")
    home = tmp_path_factory.mktemp("chromium")
    with playwright_api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        names = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
        found = own if Path(own).is_file() else next(filter(None, map(shutil.which, names)), None)
        if found is None:
            missing(f"there is no Chromium here: neither Playwright's own nor any of {', '.join(names)}")
        env = os.environ | dict.fromkeys(("XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(home))
        playwright_api.expect.set_options(timeout=ACTING * 1000)
        # Its sandbox needs another user than root, and rights that containers do not give.
        with playwright.chromium.launch(executable_path=found, chromium_sandbox=False, env=env) as browser:
            yield browser


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Lab]:
    """Return a JupyterLab with a browser, one for all tests of a session, or skip."""
    if importlib.util.find_spec("jupyterlab") is None:
        missing("JupyterLab is not installed")
    home, root = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.getbasetemp()
    with _served(home, root) as (url, token, log):
        context = chromium.new_context(viewport={"width": 1400, "height": 1000}, locale="en-US")
        yield Lab(url, token, root, log, context)
        context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the script of axe-core, or skip: it comes from npm, not from PyPI."""
    folder = os.environ.get("INVOICEKIT_AXE", "")
    script = Path(folder) / "node_modules" / "axe-core" / "axe.min.js"
    if not folder or not script.is_file():
        missing("axe-core is not here: npm install --prefix FOLDER axe-core, and INVOICEKIT_AXE=FOLDER")
    return script.read_text(encoding="utf-8")
