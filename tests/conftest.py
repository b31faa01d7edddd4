"""The option that writes fixtures back, and where the project's folders are."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="write what the linter finds into the fixtures")


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    """Whether fixtures are to be written back."""
    return bool(request.config.getoption("--bless"))
