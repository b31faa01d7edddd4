"""Text from the scanned repository, made harmless for a terminal, a log and a reader's eye."""

from __future__ import annotations

import re

HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1 controls: escape sequences, newlines that forge log lines
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u2028\u2029\ufeff"  # line separators, byte order mark
    "\ud800-\udfff"  # lone surrogates: undecodable file names, '\ud800' literals
    "\U000e0000-\U000e007f]"  # invisible tags
)
SURROGATE = re.compile("[\ud800-\udfff]")


def safe(text: str) -> str:
    """The text on one line, every harmful character as a visible escape (`\\x1b`, `\\u202e`)."""
    return HARMFUL.sub(_visible, text)


def encodable(text: str) -> str:
    """The text with lone surrogates as visible escapes, so that it has a UTF-8 form; nothing else changes."""
    return SURROGATE.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
