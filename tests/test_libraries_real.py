"""The library tables against the real packages: every name they state exists, and is awaited where it says so."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections import Counter
from fnmatch import fnmatchcase

import pytest

from nplusone_lint.libraries.catalogue import LIBRARIES
from nplusone_lint.libraries.vocabulary import Library, Method, Type

REQUIRED = {
    "aiosqlite", "asyncpg", "celery", "databases", "httpx", "redis", "requests", "rq", "sqlite3",
    "django", "flask_sqlalchemy", "peewee", "sqlalchemy", "sqlmodel", "tortoise",
}  # fmt: skip
"""Packages that must be there when this runs; tables of others are held where their package is installed."""

DYNAMIC = {
    "Insert, Update and Delete share one row": "sqlalchemy.Dml sqlalchemy.Dml.*",
    "Select, Query and Dml share one chain": (
        "sqlalchemy.Select.with_entities sqlalchemy.Select.populate_existing sqlalchemy.Select.enable_eagerloads "
        "sqlalchemy.Select.yield_per sqlalchemy.Select.autoflush sqlalchemy.Select.reset_joinpoint "
        "sqlalchemy.Select.enable_assertions sqlalchemy.Select.with_session sqlalchemy.Select.select_entity_from "
        "sqlalchemy.Select.add_entity sqlalchemy.Select.returning sqlalchemy.Select.on_conflict_do_* "
        "sqlalchemy.Select.from_select sqlalchemy.orm.Query.from_select "
        "sqlalchemy.Select.values sqlalchemy.orm.Query.fetch sqlalchemy.orm.Query.with_only_columns "
        "sqlalchemy.orm.Query.correlate_except sqlalchemy.orm.Query.*join_from sqlalchemy.orm.Query.lateral "
        "sqlalchemy.orm.Query.returning sqlalchemy.orm.Query.on_conflict_do_*"
    ),
    "Session and AsyncSession share their rows": (
        "sqlalchemy.orm.Session.stream sqlalchemy.orm.Session.stream_scalars sqlalchemy.orm.Session.run_sync "
        "sqlalchemy.ext.asyncio.AsyncSession.query sqlalchemy.ext.asyncio.AsyncSession.bulk_*"
    ),
    "a base class of the project's own adds it": "sqlalchemy.orm.DeclarativeBase.select",
    "Flask-SQLAlchemy's queries add it": "sqlalchemy.orm.Query.*_or_404 sqlalchemy.orm.Query.paginate",
    "what stands behind it is there when the ORM runs": "tortoise.connections.get",
    "Flask-SQLAlchemy 2 has it": "flask_sqlalchemy.Pagination flask_sqlalchemy.BaseQuery",
    "SQLAlchemy 1.4 has it": (
        "sqlalchemy.engine.Engine.execute sqlalchemy.orm.Query.from_self sqlalchemy.orm.Query.select_entity_from "
        "sqlalchemy.orm.*eagerload sqlalchemy.orm.*joinedload_all"
    ),
    "every package of the table is crossed with every function": "sqlalchemy.future.*",
    "managers and QuerySets share their rows": (
        "django.db.models.QuerySet.get_queryset django.db.models.Manager.delete django.db.models.Manager.adelete"
    ),
    "the manager of a relation is made when it is asked for": (
        "django.db.models.*.add django.db.models.*.aadd django.db.models.*.remove django.db.models.*.aremove "
        "django.db.models.*.set django.db.models.*.aset django.db.models.*.clear django.db.models.*.aclear"
    ),
    "the wrapper hands it on to the driver's cursor": (
        "django.db.backends.utils.CursorWrapper.fetch* django.db.backends.utils.CursorWrapper.close"
    ),
    "django-redis adds it": "django.core.cache.cache.delete_pattern",
    "Celery 4 has it": "celery.task.*",
    "the decorator gives it to the function": "rq.decorators.job.delay",
    "Django 6.1 has it": "django.db.models.*.fetch_mode",
    "a client's methods are made from the service's description": (
        "botocore.client.BaseClient.* aiobotocore.client.AioBaseClient.*"
    ),
    "a resource's class is made from the service's description": "boto3.resources.base.ServiceResource.*",
    "PyMongo 2 and 3 have it": (
        "pymongo.cursor.Cursor.count pymongo.collection.Collection.insert pymongo.collection.Collection.update "
        "pymongo.collection.Collection.save pymongo.collection.Collection.remove "
        "pymongo.collection.Collection.count pymongo.collection.Collection.find_and_modify "
        "pymongo.collection.Collection.ensure_index"
    ),
    "the row of a linked document stands for its link": "beanie.Document.fetch",
    "it needs Tornado": "motor.MotorClient motor.motor_tornado.*",
    "protoc writes stubs": "grpc.Stub grpc.aio.Stub",
    "views of one row and of many share their rows": "django.views.generic.ListView.get_object",
    "Django 6 has it": "django.core.paginator.AsyncPaginator django.core.paginator.Paginator.a*",
    "it needs a library that is not written in Python": "django.contrib.gis.admin.GISModelAdmin",
    "the managers of users add it": "django.db.models.Manager.*create_* django.db.models.Manager.*get_by_natural_key",
    "aioredis 1 has it": "aioredis.create_redis aioredis.create_redis_pool",
}
"""Why the tables have names that the installed packages do not show; `*` stands for any text."""

EXCUSED = [pattern for patterns in DYNAMIC.values() for pattern in patterns.split()]

TYPES = [(library, kind) for library in LIBRARIES for kind in library.types]
FUNCTIONS = [(library, function) for library in LIBRARIES for function in library.functions]


@pytest.fixture(scope="module", autouse=True)
def _settings_of_django() -> None:
    """Django's modules cannot all be imported without settings."""
    if is_installed("django"):
        from django.conf import settings

        if not settings.configured:
            settings.configure(
                INSTALLED_APPS=[
                    "django.contrib.contenttypes",
                    "django.contrib.auth",
                    "django.contrib.admin.apps.SimpleAdminConfig",
                ],
                DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            )
            import django

            django.setup()


def is_excused(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in EXCUSED)


def is_installed(name: str) -> bool:
    return importlib.util.find_spec(name.partition(".")[0]) is not None


def imported(name: str) -> object:
    """What a dotted name stands for: the longest prefix that is a module, then attributes. None if it is not there."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = inspect.getattr_static(found, part, None) or getattr(found, part, None)
        return found
    return None


def real_class(kind: Type) -> object:
    """The class of a table's type, if its package is installed and the class no excused one."""
    if is_excused(kind.name) or not is_installed(kind.name):
        pytest.skip(f"{kind.name} cannot be imported here")
    return imported(kind.name)


def type_name(pair: object) -> str:
    return pair.name if isinstance(pair, (Type, Method, Library)) else str(pair)


def repeated(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


every_library = pytest.mark.parametrize("library", LIBRARIES, ids=type_name)
every_type = pytest.mark.parametrize(("library", "kind"), TYPES, ids=type_name)


def test_required_packages_are_installed() -> None:
    assert {name for name in REQUIRED if not is_installed(name)} == set()
    assert {library.name for library in LIBRARIES} >= REQUIRED


@every_library
def test_names_are_unique(library: Library) -> None:
    assert repeated([name for kind in library.types for name in (kind.name, *kind.aka)]) == []
    assert repeated([function.name for function in library.functions]) == []


def test_no_two_libraries_name_one_thing() -> None:
    assert repeated([library.name for library in LIBRARIES]) == []
    assert repeated([name for _, kind in TYPES for name in (kind.name, *kind.aka)]) == []
    assert repeated([function.name for _, function in FUNCTIONS]) == []


@every_type
def test_methods_of_a_type_are_unique(library: Library, kind: Type) -> None:
    assert repeated([method.name for method in kind.methods]) == []


@every_library
def test_imports_are_those_of_the_names(library: Library) -> None:
    names = [name for kind in library.types for name in (kind.name, *kind.aka)]
    names += [function.name for function in library.functions]
    assert {name.partition(".")[0] for name in names if "*" not in name} <= set(library.imports)


@every_library
def test_handles_are_types_of_the_tables(library: Library) -> None:
    rows = [*library.functions, *(method for kind in library.types for method in kind.methods)]
    words = [row.returns for row in rows if isinstance(row.returns, str)]
    words += [
        word for kind in library.types for word in (kind.calls, *kind.attributes.values()) if isinstance(word, str)
    ]
    made = {word.removeprefix("handle:") for word in words if word.startswith("handle:")}
    made |= {name for kind in library.types for name in (kind.enters, kind.base) if name}
    assert made <= {kind.name for _, kind in TYPES}


@every_type
def test_type_exists(library: Library, kind: Type) -> None:
    names = [name for name in (kind.name, *kind.aka) if is_installed(name) and not is_excused(name)]
    assert [name for name in names if imported(name) is None] == []


@every_type
def test_methods_exist(library: Library, kind: Type) -> None:
    real = real_class(kind)
    names = [method.name for method in kind.methods if not is_excused(f"{kind.name}.{method.name}")]
    names = [name for name in names if name != "*"]  # any other method
    assert [name for name in names if not hasattr(real, name)] == []


@every_type
def test_coroutine_functions_are_awaited(library: Library, kind: Type) -> None:
    real = real_class(kind)
    coroutines = {
        method.name for method in kind.methods if inspect.iscoroutinefunction(getattr(real, method.name, None))
    }
    assert coroutines - {method.name for method in kind.methods if method.awaited} == set()


@every_type
def test_only_asynchronous_types_have_awaited_methods(library: Library, kind: Type) -> None:
    if not kind.asynchronous and not any(method.name.startswith("a") for method in kind.methods if method.awaited):
        assert [method.name for method in kind.methods if method.awaited] == []


@pytest.mark.parametrize(("library", "function"), FUNCTIONS, ids=type_name)
def test_function_exists(library: Library, function: Method) -> None:
    if is_excused(function.name) or not is_installed(function.name):
        pytest.skip(f"{function.name} cannot be imported here")
    assert imported(function.name) is not None


@pytest.mark.parametrize("pattern", EXCUSED)
def test_excuses_are_used(pattern: str) -> None:
    names = {name for _, kind in TYPES for name in (kind.name, *kind.aka)}
    names |= {f"{kind.name}.{method.name}" for _, kind in TYPES for method in kind.methods}
    names |= {function.name for _, function in FUNCTIONS}
    assert any(fnmatchcase(name, pattern) for name in names)
