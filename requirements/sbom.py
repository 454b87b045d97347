"""Print what an installed imgbot is made of, as CycloneDX 1.6 in JSON, from the lock file beside this one.

``python requirements/sbom.py > imgbot.cdx.json`` needs nothing but Python. The same lock file gives the same bytes.
"""

import ast
import json
import re
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOCK = Path(__file__).parent / "run.txt"
VERSION = Path(__file__).parent.parent / "bot" / "__init__.py"
NAMESPACE = uuid.UUID("1f0c5d2e-5d0a-4b0e-9a55-0f7a2f0a4c11")
"""Ours: the serial number follows from it and from the contents."""
US = "imgbot"


class NoLockFile(ValueError):  # noqa: N818 -- what the file is
    """A line is none that ``uv pip compile --generate-hashes`` writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One locked package: the SHA-256 of each of its files, when it is installed, and who needs it."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = field(default=())

    @property
    def purl(self) -> str:
        """Its package URL (github.com/package-url/purl-spec)."""
        return f"pkg:pypi/{self.name}@{self.version}"


def packages(lock: str) -> Iterator[Package]:
    """Yield what a lock file pins. Raises NoLockFile where a package has no version or no hash."""
    for block in re.split(r"\n(?=[a-zA-Z0-9])", lock.strip()):
        head, *rest = block.splitlines()
        found = re.fullmatch(r"(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>.+?))? \\", head)
        hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
        if found is None or not hashes:
            raise NoLockFile(f'"{head}" is no package with its version and hashes.')
        comments = [line.strip().removeprefix("#").strip() for line in rest if line.strip().startswith("#")]
        needed = [word.split()[0] for comment in comments if (word := comment.removeprefix("via").strip())]
        yield Package(
            name=found["name"],
            version=found["version"],
            marker=found["marker"] or "",
            hashes=hashes,
            needed_by=tuple(needed),
        )


def version_of(source: str) -> str:
    """Return the version that ``bot/__init__.py`` says."""
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__version__")], value=ast.Constant(value=str() as version)):
                return version
    raise ValueError("bot/__init__.py has no __version__.")


def sbom(lock: str, version: str) -> dict[str, object]:
    """Return the bill of materials of imgbot in this *version* (cyclonedx.org/docs/1.6/json)."""
    locked = list(packages(lock))
    us = Package(name=US, version=version, marker="")
    needs = {us.name: us.purl} | {package.name: package.purl for package in locked}
    graph = {
        purl: sorted(package.purl for package in locked if name in package.needed_by) for name, purl in needs.items()
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, f'{version} {lock}')}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": us.purl, "name": US, "version": version}},
        "components": [_component(package) for package in locked],
        "dependencies": [{"ref": purl, "dependsOn": needed} for purl, needed in graph.items()],
    }


def _component(package: Package) -> dict[str, object]:
    said: dict[str, object] = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
    }
    if package.marker:
        said["properties"] = [{"name": "python:marker", "value": package.marker}]
    return said


if __name__ == "__main__":
    made = sbom(LOCK.read_text(encoding="utf-8"), version_of(VERSION.read_text(encoding="utf-8")))
    json.dump(made, sys.stdout, indent=2)
    print()
