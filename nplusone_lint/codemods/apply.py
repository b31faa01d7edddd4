"""Changed files written to disk: each as a whole or not at all, with its encoding, mode and links.

A changed file is first written beside the old one, under a name of its own, and then takes its place. The old bytes are
compared with what was analysed just before that, so what somebody else wrote in the meantime is never lost.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from nplusone_lint import concrete
from nplusone_lint.source import Source, Unreadable, decode, read_bytes


class WriteError(Exception):
    """Files that could not be written; the message says which were and which were not."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file as it was analysed, and as it is to be."""

    before: Source
    after: Source

    @property
    def path(self) -> str:
        return self.before.path


def obstacle(source: Source) -> str:
    """Why the text of a file must not be changed; "" when nothing is in the way."""
    if not source.exact:
        return f"{source.path}: its text does not give the bytes back in its encoding `{source.encoding}`"
    opened = concrete.open_concrete(source)
    return f"{source.path}: {opened.message}" if isinstance(opened, concrete.Refused) else ""


def obstacle_on_disk(path: str, root: str) -> str:
    """Why a file must not be replaced, or "". Links that lead out of `root` are not followed."""
    real = os.path.realpath(path)
    try:
        status = os.stat(real)
    except OSError as error:
        return f"{path}: {error.strerror}"
    if not stat.S_ISREG(status.st_mode):
        return f"{path}: is not a regular file"
    if os.path.islink(path) and not _is_inside(real, os.path.realpath(root)):
        return f"{path}: is a link that leads out of the project"
    if status.st_nlink > 1:
        return f"{path}: has another name (a hard link), which would keep the old text"
    if not _may_write(real, status.st_mode):
        return f"{path}: is read-only"
    folder = os.path.dirname(real)
    if not _may_write(folder, os.stat(folder).st_mode):
        return f"{path}: stands in a folder that is read-only"
    return ""


def _is_inside(real: str, root: str) -> bool:
    return real.startswith(os.path.join(root, ""))


def _may_write(path: str, mode: int) -> bool:
    """As the system says; and a file without any such bit is meant to stay, even if the user is root."""
    return bool(mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)) and os.access(path, os.W_OK)


def encoded(change: Change) -> bytes:
    """The new bytes of a file, in the encoding that it has."""
    try:
        data = change.after.text.encode(change.before.encoding)
    except UnicodeEncodeError:
        raise WriteError(f"{change.path}: a fix has no form in the encoding `{change.before.encoding}`") from None
    if decode(change.path, data) != change.after:
        raise WriteError(f"{change.path}: would not be read as the fixed text")
    return data


def write(changes: Iterable[Change]) -> None:
    """Write all changed files, or none when one of them cannot be written.

    Only when the disk fails in the moment of the exchange may some be written and others not: then both are named.
    """
    drafts: list[_Draft] = []
    try:
        for change in changes:
            try:
                drafts.append(_drafted(change))
            except OSError as error:
                raise WriteError(f"{change.path}: {error.strerror or error}; no file was changed") from None
        _exchange(drafts)
    finally:
        for draft in drafts:
            with suppress(OSError):
                os.unlink(draft.temporary)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A changed file that waits beside the old one."""

    path: str
    real: str
    old: bytes
    temporary: str


def _drafted(change: Change) -> _Draft:
    real = os.path.realpath(change.path)
    old = read_bytes(real)
    if isinstance(old, Unreadable):
        raise OSError(old.message)
    if decode(change.path, old) != change.before:
        raise OSError("was changed by somebody else after it was read")
    new = encoded(change)
    status = os.stat(real)
    import tempfile

    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(real), prefix=".nplusone-", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        if (status.st_uid, status.st_gid) != (os.stat(temporary).st_uid, os.stat(temporary).st_gid):
            os.chown(temporary, status.st_uid, status.st_gid)
        os.chmod(temporary, stat.S_IMODE(status.st_mode))
    except BaseException:
        os.unlink(temporary)
        raise
    return _Draft(change.path, real, old, temporary)


def _exchange(drafts: Sequence[_Draft]) -> None:
    for number, draft in enumerate(drafts):
        try:
            if read_bytes(draft.real) != draft.old:
                raise OSError("was changed by somebody else after it was read")
            os.replace(draft.temporary, draft.real)
        except OSError as error:
            written = ", ".join(other.path for other in drafts[:number]) or "no file"
            missing = ", ".join(other.path for other in drafts[number:])
            raise WriteError(
                f"{draft.path}: {error.strerror or error}; changed: {written}; not changed: {missing}"
            ) from None
