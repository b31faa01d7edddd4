"""Packages whose calls wait for one another for a reason that the code does not show.

Chat services limit how often a bot may speak and read (https://discord.com/developers/docs/topics/rate-limits,
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). A browser page, a terminal or a device
does one thing at a time (https://playwright.dev/python/docs/library). Workflow engines replay calls in their order
(https://docs.temporal.io/workflows#deterministic-constraints). A simulator or a test bench counts its steps.
"""

from __future__ import annotations

from nplusone_lint.libraries.vocabulary import Library

LIBRARY = Library(
    "paced",
    (),
    paced=(
        "discord", "disnake", "nextcord", "hikari", "interactions", "telegram", "telethon", "pyrogram", "aiogram",
        "telebot", "slack_bolt", "nonebot", "botbuilder", "nio", "twitchio", "vkbottle", "khl", "botpy", "graia",
        "temporalio", "prefect", "cadence", "dapr", "playwright", "pyppeteer", "selenium", "appium", "patchright",
        "asyncssh", "aioserial", "serial_asyncio", "bleak", "pymodbus", "pytest", "cocotb", "simpy", "textual",
    ),
)  # fmt: skip
