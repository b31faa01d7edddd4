"""Web frameworks: how a handler's annotations name what it is given.

https://fastapi.tiangolo.com/tutorial/dependencies/, https://docs.litestar.dev/latest/usage/dependency-injection.html,
https://uriyyo-fastapi-pagination.netlify.app/
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library

LIBRARY = Library(
    "web",
    ("fastapi", "litestar", "dependency_injector", "fastapi_pagination"),
    generics=("Page", "Paginated"),
    injectors=("Depends", "Security", "Provide", "Inject"),
)
