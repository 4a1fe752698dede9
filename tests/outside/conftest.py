"""Servers and clients for tests that know only the contract, the consent page, FHIR and SMART.

Nothing here or beside it imports the product: it is run as the `onestory` command and spoken to
over HTTP. One template directory (keys, schema, clients) is made once and copied for each server.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the modules beside this file

from houses import House, Situation, Template, situation_at, template_in
from made_up import Person
from postgres_server import Databases

# What is asked of both databases; the rest does not depend on where things are kept.
ON_BOTH = ("test_story", "test_kill", "test_attacks", "test_withheld", "test_backup")
ON_BOTH += ("test_receipts_and_previews", "test_three_at_once", "test_revocation_is_linearizable")
ON_POSTGRES = ("test_servers_on_postgres",)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        sqlite = pytest.param("sqlite", id=pytest.HIDDEN_PARAM)
        asked = metafunc.module.__name__.rpartition(".")[2]
        engines = [sqlite, "postgres"] if asked in ON_BOTH else [sqlite]
        if asked in ON_POSTGRES:
            engines = [pytest.param("postgres", id=pytest.HIDDEN_PARAM)]
        metafunc.parametrize("engine", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Databases | None:
    """Where the servers of a test keep their databases: None means a file of their own."""
    if request.param == "sqlite":
        return None
    databases: Databases = request.getfixturevalue("postgres")
    return databases


@pytest.fixture(scope="session")
def template_on_file(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return template_in(tmp_path_factory.mktemp("outside") / "template", None)


@pytest.fixture(scope="session")
def template_on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: Databases) -> Template:
    return template_in(tmp_path_factory.mktemp("outside") / "template", postgres)


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest, engine: Databases | None) -> Template:
    """Made once for each kind of database, however often the tests go from one to the other."""
    name = "template_on_file" if engine is None else "template_on_postgres"
    made: Template = request.getfixturevalue(name)
    return made


@pytest.fixture(scope="session")
def house_on_file(
    template_on_file: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with closing(template_on_file.house(tmp_path_factory.mktemp("outside") / "server")) as house:
        yield house


@pytest.fixture(scope="session")
def house_on_postgres(
    template_on_postgres: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("outside") / "server"
    with closing(template_on_postgres.house(folder)) as house:
        yield house


@pytest.fixture(scope="session")
def shared_house(request: pytest.FixtureRequest, engine: Databases | None) -> House:
    """One server for the whole session: for tests that only add people of their own."""
    name = "house_on_file" if engine is None else "house_on_postgres"
    house: House = request.getfixturevalue(name)
    return house


@pytest.fixture
def house(shared_house: House) -> House:
    return shared_house


@pytest.fixture
def new_house(template: Template, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Starts servers of this test's own."""
    houses: list[House] = []

    def start(name: str = "server", **environment: str) -> House:
        houses.append(template.house(tmp_path / name, **environment))
        return houses[-1]

    yield start
    for house in houses:
        house.close()


@pytest.fixture
def meet(house: House) -> Callable[..., Situation]:
    """Another person known to both services and the portal."""

    def another(
        where: House | None = None, person: Person | None = None, at_trust: str | None = None
    ) -> Situation:
        return situation_at(where or house, person, at_trust)

    return another


@pytest.fixture
def situation(house: House) -> Situation:
    return situation_at(house)
