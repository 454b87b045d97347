"""Forbidden skips: the check that nothing is left out is itself checked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import OPTION, VARIABLE

ROOT = Path(__file__).parents[1]
SKIPS = {
    "a test": "import pytest\n\n\ndef test_one():\n    pytest.skip('no daemon')\n",
    "a marked test": "import pytest\n\n\n@pytest.mark.skip(reason='no daemon')\ndef test_one():\n    assert False\n",
    "a fixture": "import pytest\n\n\n@pytest.fixture\ndef daemon():\n    pytest.skip('no daemon')\n\n\n"
    "def test_one(daemon):\n    assert daemon\n",
    "a module": "import pytest\n\npytest.skip('no daemon', allow_module_level=True)\n",
}


def run(folder: Path, source: str, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with nothing but the plugin on one module."""
    module = folder / "test_module.py"
    module.write_text(source)
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables}
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, f"--rootdir={folder}", "-p", "tests.skips", *options]
    return subprocess.run(
        [*command, str(module)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("source", SKIPS.values(), ids=SKIPS)
def test_a_forbidden_skip_fails(tmp_path: Path, source: str) -> None:
    """The run fails and says what was skipped, whatever skipped it."""
    ran = run(tmp_path, source, OPTION)
    assert ran.returncode != 0
    assert "skipped, which is forbidden here" in ran.stdout
    assert "no daemon" in ran.stdout


def test_the_variable_forbids_too(tmp_path: Path) -> None:
    """Setting the variable does what the option does."""
    assert run(tmp_path, SKIPS["a fixture"], **{VARIABLE: "1"}).returncode == 1


def test_a_skip_is_one_where_it_is_not_forbidden(tmp_path: Path) -> None:
    """Without either a skip stays a skip."""
    ran = run(tmp_path, SKIPS["a fixture"])
    assert ran.returncode == 0
    assert "1 skipped" in ran.stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    """A test that is known to fail is not taken for one that was left out."""
    source = "import pytest\n\n\n@pytest.mark.xfail(reason='known')\ndef test_one():\n    assert False\n"
    assert run(tmp_path, source, OPTION).returncode == 0
