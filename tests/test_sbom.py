"""The bill of materials has what the lock file has, and says where nothing was loaded from."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "requirements" / "sbom.py"
LOCK = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")


def made(script: Path = SCRIPT) -> subprocess.CompletedProcess[str]:
    """Run the script as a person does: with Python alone."""
    return subprocess.run([sys.executable, "-I", str(script)], check=False, capture_output=True, text=True)


def test_every_locked_package_is_in_it_with_its_version_and_hashes() -> None:
    """Held against the lines of the lock file as pip reads them."""
    sbom = json.loads(made().stdout)
    pinned = dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", LOCK))
    assert {each["name"]: each["version"] for each in sbom["components"]} == pinned
    hashes = [hash_["content"] for each in sbom["components"] for hash_ in each["hashes"]]
    assert sorted(hashes) == sorted(re.findall(r"sha256:([0-9a-f]{64})", LOCK))
    assert {each["purl"] for each in sbom["components"]} == {f"pkg:pypi/{n}@{v}" for n, v in pinned.items()}


def test_it_says_who_needs_whom() -> None:
    """Each package is reached from imgbot; what imgbot needs is what it declares."""
    sbom = json.loads(made().stdout)
    needs = {each["ref"]: each["dependsOn"] for each in sbom["dependencies"]}
    reached, left = set[str](), [sbom["metadata"]["component"]["bom-ref"]]
    while left:
        ref = left.pop()
        left += [needed for needed in needs[ref] if needed not in reached]
        reached.add(ref)
    assert reached == set(needs)
    declared = (
        (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("dependencies = [")[2].partition("]\n")[0]
    )
    for name in re.findall(r'"([\w-]+)', declared):
        assert any(ref.startswith(f"pkg:pypi/{name}@") for ref in needs[sbom["metadata"]["component"]["bom-ref"]]), name


def test_it_is_the_same_each_time_and_names_no_registry() -> None:
    """Whoever makes it anew can compare it."""
    first = made().stdout
    assert first == made().stdout
    assert "://" not in first


@pytest.mark.parametrize("line", ["requests \\\n    --hash=sha256:" + "0" * 64, "requests==2.34.2"])
def test_what_is_not_locked_is_refused(tmp_path: Path, line: str) -> None:
    """A package without a version or without a hash is an error, and no package less."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "bot").mkdir()
    script = tmp_path / "requirements" / "sbom.py"
    script.write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "bot" / "__init__.py").write_text('__version__ = "1"\n', encoding="utf-8")
    (tmp_path / "requirements" / "run.txt").write_text(f"{line}\n", encoding="utf-8")
    ran = made(script)
    assert ran.returncode
    assert "NoLockFile" in ran.stderr
    assert not ran.stdout
