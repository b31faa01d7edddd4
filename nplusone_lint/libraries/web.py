"""Web frameworks: how a handler's annotations name what it is given, and where a project keeps its own things.

https://fastapi.tiangolo.com/tutorial/dependencies/, https://docs.litestar.dev/latest/usage/dependency-injection.html,
https://uriyyo-fastapi-pagination.netlify.app/, https://flask.palletsprojects.com/en/stable/appcontext/
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library

LIBRARY = Library(
    "web",
    ("fastapi", "litestar", "dependency_injector", "fastapi_pagination", "flask", "quart"),
    generics=("Page", "Paginated"),
    holders=("flask.g", "flask.current_app", "quart.g", "quart.current_app"),  # g.db, current_app.session
    routes=("get", "post", "put", "patch", "delete", "api_route", "route"),  # @router.post("/books")
    background="fastapi.BackgroundTasks",
    injectors=("Depends", "Security", "Provide", "Inject"),
)
