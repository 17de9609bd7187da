"""Reading a Textual screen as a person does: its rows as plain text. Tests of widgets and screens ask it."""

from textual.app import App
from textual.widget import Widget


def rows_on(app: App[None]) -> list[str]:
    """Each row of the terminal as text, without spaces at its end."""
    strips = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips]


def rows_of(widget: Widget) -> list[str]:
    """The rows of one widget's content as they stand on the screen, without scroll bars and spaces at their ends."""
    region = widget.scrollable_content_region
    strips = widget.screen._compositor.render_strips()[region.y : region.bottom]
    return [strip.crop(region.x, region.right).text.rstrip() for strip in strips]
