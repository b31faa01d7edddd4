"""Words for new names: of one and of many things, and of classes as variables are called."""

from __future__ import annotations

import keyword

IRREGULAR = {"person": "people", "child": "children", "status": "statuses", "datum": "data"}


def plural(noun: str) -> str:
    """`books` of `book`, `categories` of `category`"""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def plural_or_items(name: str) -> str:
    """`people` of `person`; of what is no word, `items`."""
    if len(name.strip("_")) < 3:
        return "items"
    for ending, many in IRREGULAR.items():
        if name.endswith(ending):
            return name.removesuffix(ending) + many
    return plural(name)


def in_plural(word: str) -> str:
    """`teams` of `team`; a noun that is in the plural stays."""
    if word.endswith("s") and in_singular(word) != word:
        return word
    return f"{word}es" if word.endswith("z") else plural(word)


def singular(noun: str) -> str:
    """`category` of `categories`: of a noun that is in the plural."""
    return noun[:-3] + "y" if noun.endswith("ies") else noun.removesuffix("s")


def in_singular(word: str) -> str:
    """`team` of `teams`; a noun that is in the singular stays: `address`, `status`."""
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


def snake(name: str) -> str:
    """`BookReview` → `book_review`"""
    text = ""
    for number, letter in enumerate(name):
        after_small = number > 0 and not name[number - 1].isupper()
        before_small = number > 0 and number + 1 < len(name) and name[number + 1].islower()
        if letter.isupper() and (after_small or before_small) and text[-1:] != "_":
            text += "_"
        text += letter.lower()
    return text


def variable(name: str) -> str:
    """`book_review` for a row of `BookReview`, `class_` for one of `Class`"""
    text = snake(name)
    return f"{text}_" if keyword.iskeyword(text) else text
