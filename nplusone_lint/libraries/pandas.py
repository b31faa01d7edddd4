"""pandas: no round trips of its own, but functions that it calls once per row, cell or group.

`DataFrame.apply` calls per column unless told otherwise (`axis=1`): that is a handful. `iterrows` and `itertuples` are
ordinary loops.

https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.apply.html
https://pandas.pydata.org/docs/reference/api/pandas.Series.apply.html
https://pandas.pydata.org/docs/reference/groupby.html
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Invocation, Library, Method, Type, methods
from nplusone_lint.values import Constant, Function, LibraryMethod

FRAME = "pandas.DataFrame"
SERIES = "pandas.Series"
GROUPS = "pandas.core.groupby.DataFrameGroupBy"

READERS = "read_csv read_excel read_json read_parquet read_sql read_sql_query read_sql_table read_table read_feather"
SAME = (
    "copy head tail query filter dropna fillna drop drop_duplicates sort_values sort_index reset_index set_index "
    "rename merge join assign astype sample reindex"
)


def _given_function(call: Invocation) -> bool:
    return isinstance(call.argument(0), (Function, LibraryMethod))


def _per_row(call: Invocation) -> bool:
    """`frame.apply(function, axis=1)`"""
    axis = call.argument(1, "axis")
    return _given_function(call) and isinstance(axis, Constant) and axis.value in (1, "columns")


FRAME_TYPE = Type(
    FRAME,
    (
        Method("apply", calls_back=_per_row, evidence=_per_row),  # frame.apply(save, axis=1)
        *(Method(name, calls_back=_given_function) for name in ("map", "applymap")),  # frame.map(str.strip)
        *methods(SAME, returns=f"handle:{FRAME}"),  # frame.dropna()
        Method("groupby", returns=f"handle:{GROUPS}"),
        Method("__getitem__", returns=f"handle:{SERIES}"),  # frame["name"]
        Method("pop", returns=f"handle:{SERIES}"),
    ),
    likely_names=("df", "dataframe", "data_frame"),
)
SERIES_TYPE = Type(
    SERIES,
    (
        *(Method(name, returns=f"handle:{SERIES}", calls_back=_given_function) for name in ("apply", "map")),
        *methods("copy head tail dropna fillna drop_duplicates sort_values astype", returns=f"handle:{SERIES}"),
    ),
)
GROUPS_TYPE = Type(GROUPS, (Method("apply", calls_back=_given_function),))  # frame.groupby("shop").apply(report)

FUNCTIONS = tuple(Method(f"pandas.{name}", returns=f"handle:{FRAME}") for name in (*READERS.split(), "concat", "merge"))

LIBRARY = Library("pandas", ("pandas",), (FRAME_TYPE, SERIES_TYPE, GROUPS_TYPE), FUNCTIONS)
