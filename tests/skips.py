"""Where skips are forbidden, a skip is a failure: a machine that has everything must leave nothing out."""

import os
from collections.abc import Generator

import pytest

VARIABLE = "IMGBOT_FORBID_SKIPS"
OPTION = "--forbid-skips"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that does what the variable does."""
    parser.addoption(OPTION, action="store_true", help=f"turn every skip into a failure (or set {VARIABLE})")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at each test."""
    report = yield
    if not hasattr(report, "wasxfail"):  # pytest reports an expected failure as a skip, too
        _forbid(report, item.config)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Look at each module."""
    report = yield
    _forbid(report, collector.config)
    return report


def _forbid(report: pytest.TestReport | pytest.CollectReport, config: pytest.Config) -> None:
    if report.skipped and (config.getoption(OPTION) or os.environ.get(VARIABLE)):
        report.outcome = "failed"
        report.longrepr = f"skipped, which is forbidden here: {report.longrepr}"
