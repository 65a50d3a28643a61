"""Our own colours: dark, light, and one that the colour-blind can tell apart. Contrast of text is at least 4.5 to 1; glyphs and words
say the same without any colour."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="shipui-dark",
    primary="#7AA2C8",
    secondary="#8C9BB0",
    accent="#D9B26F",
    foreground="#D6DAE0",
    background="#14181D",
    surface="#1A1F26",
    panel="#232A33",
    success="#8FBF8A",
    warning="#D9B26F",
    error="#E08585",
    dark=True,
    variables={
        "production": "#B24E3C",
        "production-text": "#FFFFFF",
        "muted": "#8A94A3",
        "line": "#39424E",
        "cursor": "#2C3B4D",
        "busy": "#86B4DE",
        "loud": "#B8372B",
        "loud-text": "#FFFFFF",
        "input-cursor-text-style": "reverse",
    },
)
LIGHT = Theme(
    name="shipui-light",
    primary="#2F5F8F",
    secondary="#5A6675",
    accent="#8A5A00",
    foreground="#1E242B",
    background="#FAFAF8",
    surface="#F1F1EE",
    panel="#E5E6E3",
    success="#2C6B34",
    warning="#7E5400",
    error="#A32F2A",
    dark=False,
    variables={
        "production": "#9C3A2B",
        "production-text": "#FFFFFF",
        "muted": "#5C6570",
        "line": "#C9CCCB",
        "cursor": "#D4E0EC",
        "busy": "#1F5C99",
        "loud": "#A3241A",
        "loud-text": "#FFFFFF",
        "input-cursor-text-style": "reverse",
    },
)
COLOUR_BLIND = Theme(
    name="shipui-colour-blind",
    primary="#7AB8E0",
    secondary="#98A4B3",
    accent="#F0E05A",
    foreground="#E2E5EA",
    background="#14181D",
    surface="#1A1F26",
    panel="#232A33",
    success="#5CB8F0",
    warning="#F0E05A",
    error="#F2964B",
    dark=True,
    variables={
        "production": "#B85400",
        "production-text": "#FFFFFF",
        "muted": "#98A4B3",
        "line": "#39424E",
        "cursor": "#2C3B4D",
        "busy": "#E3A6C7",
        "loud": "#B85400",
        "loud-text": "#FFFFFF",
        "input-cursor-text-style": "reverse",
    },
)
"""Blue for good, orange for bad, yellow for beware, rose for busy: apart for every kind of colour blindness."""
ANSI = "ansi-dark"
OURS = (DARK, LIGHT, COLOUR_BLIND)
NAMED = {"dark": DARK.name, "light": LIGHT.name, "colour-blind": COLOUR_BLIND.name, "ansi": ANSI}
"""As the settings name them."""
ORDER = tuple(NAMED.values())
"""What the theme key goes through; the last has the terminal's own colours, and halves the bytes on a slow line."""
DEFAULTS = {
    "production": "ansi_red",
    "production-text": "ansi_bright_white",
    "muted": "ansi_bright_black",
    "line": "ansi_bright_black",
    "cursor": "ansi_blue",
    "busy": "ansi_cyan",
    "loud": "ansi_red",
    "loud-text": "ansi_bright_white",
}
"""Of our own variables, for themes that have none of them."""
