"""Themes that can be read, a terminal without Unicode, one without colours, and a hint that goes away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from shipui.config.settings import ScreenSettings
from shipui.model.promotion import Status
from shipui.tui import themes
from shipui.tui.appearance import Appearance, appearance
from tests.tui.driving import Screens, opened
from tests.tui.fake_desk import FakeDesk, promotion

UTF8 = {"TERM": "xterm-256color"}


def run(coroutine) -> None:
    asyncio.run(coroutine)


def _luminance(colour: Color) -> float:
    """As WCAG 2 defines it."""
    parts = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in colour.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def everything() -> FakeDesk:
    return FakeDesk([promotion(number, status, "Überall → ✓ 宽") for number, status in enumerate(Status, 1)])


def segments(screens: Screens) -> list:
    return [segment for strip in screens.app.screen._compositor.render_strips() for segment in strip]


@pytest.mark.parametrize("theme", themes.OURS, ids=lambda theme: theme.name)
def test_text_can_be_read_on_every_ground(theme: Theme) -> None:
    def colour(name: str) -> Color:
        return Color.parse(theme.variables.get(name) or getattr(theme, name))

    for text in ("foreground", "muted", "primary", "success", "warning", "error", "busy"):
        for ground in ("background", "surface", "panel"):
            ratio = contrast(colour(text), colour(ground))
            assert ratio >= 4.5, f"{text} on {ground}: {ratio:.1f}"
    for name in ("production", "loud"):
        ratio = contrast(colour(f"{name}-text"), colour(name))
        assert ratio >= 4.5, f"{name}: {ratio:.1f}"


def test_the_theme_key_goes_through_all_of_them() -> None:
    async def scenario() -> None:
        async with opened(everything(), appearance=Appearance(theme=themes.LIGHT.name)) as screens:
            seen = []
            for _ in themes.ORDER:
                seen.append(screens.app.theme)
                await screens.press("f2")
            assert seen[0] == themes.LIGHT.name
            assert sorted(seen) == sorted(themes.ORDER)

    run(scenario())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_without_unicode_everything_is_ascii_and_stands_where_it_stood(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        async with opened(everything(), size, appearance=Appearance(ascii=True)) as screens:
            await screens.shows("o waiting", "* approved", "+ deployed", "x rejected", "enter Open")
            await screens.press("question_mark")
            await screens.shows("Help: the queue")
            assert screens.text.isascii()
            assert {
                sum(segment.cell_length for segment in strip)
                for strip in screens.app.screen._compositor.render_strips()
            } == {size[0]}

    run(scenario())


def test_no_color_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def scenario() -> None:
        async with opened(everything()) as screens:
            await screens.shows("✓ deployed")
            coloured = [
                segment
                for segment in segments(screens)
                if segment.style
                and any(
                    each is not None and not each.is_default for each in (segment.style.color, segment.style.bgcolor)
                )
            ]
            assert coloured == []
            badge = next(segment for segment in segments(screens) if "PRODUCTION" in segment.text)
            assert badge.style.reverse

    run(scenario())


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        ({}, UTF8, (themes.DARK.name, False)),
        ({"theme": "light"}, UTF8, (themes.LIGHT.name, False)),
        ({"theme": "light"}, {**UTF8, "SHIPUI_THEME": "colour-blind"}, (themes.COLOUR_BLIND.name, False)),
        ({"glyphs": "ascii"}, UTF8, (themes.DARK.name, True)),
        ({}, {**UTF8, "SHIPUI_ASCII": "1"}, (themes.DARK.name, True)),
        ({"glyphs": "ascii"}, {**UTF8, "SHIPUI_ASCII": "0"}, (themes.DARK.name, False)),
        ({}, {"TERM": "linux"}, (themes.DARK.name, True)),
    ],
)
def test_the_environment_goes_before_the_settings(
    settings: dict, environment: dict[str, str], expected: tuple[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locale.getpreferredencoding", lambda do_setlocale=True: "UTF-8")
    found = appearance(ScreenSettings(**settings), environment)
    assert (found.theme, found.ascii) == expected


def test_the_hint_for_newcomers_is_put_away_for_good(tmp_path: Path) -> None:
    look = Appearance(hints=tmp_path / "state" / "hints")

    async def scenario() -> None:
        async with opened(everything(), appearance=look) as screens:
            await screens.shows("New here?")
            await screens.press("escape")
            await screens.until(lambda: "New here?" not in screens.text, "the hint stays")
        async with opened(everything(), appearance=look) as screens:
            await screens.shows("waiting")
            assert "New here?" not in screens.text

    run(scenario())
