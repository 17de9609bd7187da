"""Styles of line-drawn widgets: what the sheet says of a component class, as Rich draws it.
Feed, header and sum line use it."""

from collections.abc import Callable

from rich.style import Style
from textual.color import Color
from textual.widget import Widget


def ink(widget: Widget, prefix: str, name: str) -> Style:
    """The style of component class `<prefix>--<name>`, only what the sheet sets for it; colours with alpha are mixed
    with the widget's ground, because Rich knows no alpha. Raises KeyError for a class the widget does not declare."""
    styles = widget.get_component_styles(f"{prefix}--{name}")
    ground = widget.background_colors[1]
    behind = ground + styles.background if styles.has_rule("background") else None
    front = None
    if styles.has_rule("auto_color") and styles.auto_color:
        front = (behind or ground).get_contrast_text(styles.color.a)
    elif styles.has_rule("color"):
        front = styles.color
    colours = Style.from_color(
        None if front is None else _opaque((behind or ground) + front).rich_color,
        None if behind is None else _opaque(behind).rich_color,
    )
    return colours + styles.text_style


class Inks:
    """Styles by name, each mixed once: a sheet is asked for dozens of them for every line that is drawn. Whoever holds
    them calls `forget` when the theme or the focus changes."""

    def __init__(self, mix: Callable[[str], Style]) -> None:
        self._mix = mix
        self._mixed: dict[str, Style] = {}

    def __call__(self, name: str) -> Style:
        """Raises KeyError for a name the sheet has no class for."""
        style = self._mixed.get(name)
        if style is None:
            style = self._mixed[name] = self._mix(name)
        return style

    def forget(self) -> None:
        """Ask the sheet again."""
        self._mixed.clear()


def _opaque(colour: Color) -> Color:
    return colour.with_alpha(1.0) if colour.ansi is None else colour
