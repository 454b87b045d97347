"""What tests everywhere may ask for."""

import os
from collections.abc import Generator

import pytest

pytest_plugins = ["tests.databases", "tests.daemons"]

FORBID_SKIPS = "IMGBOT_FORBID_SKIPS"
"""Where this is set, a skip is a failure: a machine that has everything must leave nothing out."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where skips are forbidden."""
    report = yield
    if report.skipped and os.environ.get(FORBID_SKIPS) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and {FORBID_SKIPS} is set: {report.longrepr}"
    return report
