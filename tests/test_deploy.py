"""The files to deploy with are what their readers take."""

from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it has none
import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own, for three lines

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
RESOURCES = list(yaml.safe_load_all((ROOT / "docs/deploy/kubernetes.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource["kind"])
def test_kubernetes_takes_the_manifest(resource: dict[str, Any]) -> None:
    """Each resource fits the schema of the newest version, and has no key besides."""
    kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)


def test_a_pod_has_no_rights() -> None:
    """Neither root, nor capabilities, nor a root file system to write to, nor a word with the cluster."""
    (deployment,) = (resource for resource in RESOURCES if resource["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert deployment["spec"]["replicas"] == 2
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("name", ["imgbot", "docker-gate"])
def test_a_service_has_no_rights(name: str) -> None:
    """The same in Compose, and no port is published."""
    service = COMPOSE["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not any("ports" in each for each in COMPOSE["services"].values())


def test_only_the_gate_has_the_socket() -> None:
    """And only the bot has a way to the gate, which has none out."""
    services = COMPOSE["services"]
    with_socket = [name for name, each in services.items() if "docker.sock" in str(each.get("volumes"))]
    assert with_socket == ["docker-gate"]
    assert services["docker-gate"]["networks"] == ["docker"]
    assert [name for name, each in services.items() if "docker" in each["networks"]] == ["imgbot", "docker-gate"]
    assert COMPOSE["networks"]["docker"] == {"internal": True}
