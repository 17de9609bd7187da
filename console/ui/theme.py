"""The three themes (dark, light, high contrast) with the colours of statuses and urgencies; the app registers them,
every sheet may use their variables (`$status-new`, `$urgency-alarm`, `$quiet`, …). No meaning is carried by colour
alone."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="dark",
    primary="#7aa2d6",
    secondary="#8fa3ad",
    accent="#e0b25c",
    foreground="#d6dbe0",
    background="#10151a",
    surface="#161c22",
    panel="#1f2830",
    success="#86b98a",
    warning="#e0b25c",
    error="#f0726a",
    dark=True,
    variables={
        "status-new": "#8fc7ff",
        "status-investigating": "#e0b25c",
        "status-referred": "#c3a6e8",
        "status-solved": "#86b98a",
        "status-closed": "#8a949c",
        "urgency-priority": "#f2c46d",
        "urgency-alarm": "#ffffff",
        "alarm-background": "#a8322c",
        "quiet": "#8a949c",
        "pane-border": "#37444f",
        "pane-border-focused": "#e0b25c",
        "row-cursor": "#2b4a6b",
        "row-cursor-blurred": "#232d36",
        "row-marked": "#4a3c1c",
        "live": "#86b98a",
        "stale": "#e0b25c",
        "down": "#ff8a80",
        "block-cursor-background": "#2b4a6b",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "footer-key-foreground": "#e0b25c",
    },
)

LIGHT: Final = Theme(
    name="light",
    primary="#1f5c99",
    secondary="#4c5a66",
    accent="#8a5a00",
    foreground="#1b2126",
    background="#f6f5f1",
    surface="#fbfaf7",
    panel="#e8e6df",
    success="#22692c",
    warning="#8a5a00",
    error="#b3261e",
    dark=False,
    variables={
        "status-new": "#0b5cad",
        "status-investigating": "#8a5a00",
        "status-referred": "#6b3fa0",
        "status-solved": "#22692c",
        "status-closed": "#5d666d",
        "urgency-priority": "#8a4b00",
        "urgency-alarm": "#ffffff",
        "alarm-background": "#b3261e",
        "quiet": "#5d666d",
        "pane-border": "#b9b5a9",
        "pane-border-focused": "#1f5c99",
        "row-cursor": "#c5dcf3",
        "row-cursor-blurred": "#e1e4e6",
        "row-marked": "#f3e2b4",
        "live": "#22692c",
        "stale": "#8a5a00",
        "down": "#b3261e",
        "block-cursor-background": "#c5dcf3",
        "block-cursor-foreground": "#10151a",
        "block-cursor-text-style": "bold",
        "footer-key-foreground": "#1f5c99",
    },
)

CONTRAST: Final = Theme(
    name="contrast",
    primary="#00ffff",
    secondary="#ffb3ff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#00ff66",
    warning="#ffff00",
    error="#ff9d9d",
    dark=True,
    text_alpha=1.0,
    luminosity_spread=0.0,
    variables={
        "status-new": "#00ffff",
        "status-investigating": "#ffff00",
        "status-referred": "#ffb3ff",
        "status-solved": "#00ff66",
        "status-closed": "#ffffff",
        "urgency-priority": "#ffff00",
        "urgency-alarm": "#000000",
        "alarm-background": "#ffff00",
        "quiet": "#ffffff",
        "pane-border": "#ffffff",
        "pane-border-focused": "#ffff00",
        "row-cursor": "#0000c8",
        "row-cursor-blurred": "#303030",
        "row-marked": "#5a005a",
        "live": "#00ff66",
        "stale": "#ffff00",
        "down": "#ff9d9d",
        "text-muted": "#ffffff",
        "text-disabled": "#d0d0d0",
        "foreground-muted": "#ffffff",
        "block-cursor-background": "#ffff00",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "bold",
        "footer-key-foreground": "#ffff00",
    },
)

THEMES: Final = (DARK, LIGHT, CONTRAST)
THEME_OF: Final = {theme.name: theme for theme in THEMES}
THEME_NAMES: Final = tuple(THEME_OF)
VARIABLES: Final = dict(DARK.variables)
"""Every variable a sheet may use, with a value for themes that lack it."""
