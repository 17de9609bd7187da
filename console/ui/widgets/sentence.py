"""Words that change, in a box as wide and high as they are."""

from __future__ import annotations

from typing import Self

from textual.geometry import Region
from textual.widgets import Static


class Sentence(Static):
    """Textual knows a widget's box by the number of its changes, and counts those between two idle moments as one: when
    a frame was laid out in between, the words that came after it stood in the box of those before, their end cut."""

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As Textual's; every change of the size is counted."""
        if layout and self._layout_required:
            self._layout_updates += 1
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
