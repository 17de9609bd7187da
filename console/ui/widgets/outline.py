"""The rows of a tree that is held in pieces: which line stands on which row, and what must still be asked for.
Pure counting; `RoomTree` draws what it says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from console.model.view import Branch, BranchKind, Twigs

PIECE: Final = 50
# Children asked for at a time, about a screen full: reading 100 of a room of 5,000 takes 1 ms longer, of 9 in all.
MOST_HELD: Final = 20_000
# Branches held before those far from the view are dropped: some 5 MB.
UNFOLD_ALONE: Final = frozenset({BranchKind.DISTRICT, BranchKind.STATION})
"""What unfolds by itself when it is the only one there."""

BranchKey = tuple[BranchKind, int | None, int]


def key_of(branch: Branch) -> BranchKey:
    """What makes a branch the same branch after its label or count has changed."""
    return branch.kind, branch.station_id, branch.id


@dataclass(slots=True, eq=False)
class Limb:
    """An open branch, or the root (`branch` None): how many children it has, which are held, which are open themselves.

    `place` is its number among its parent's children. Until `known`, `total` stands for one placeholder row. `hits` is
    None for a branch of the tree itself; one that was put together from search results has exactly what was found below
    it, is never asked for more, and `hits` are the numbers of those children that were looked for.
    """

    branch: Branch | None
    above: Limb | None
    place: int
    depth: int
    total: int = 1
    known: bool = False
    held: dict[int, Branch] = field(default_factory=dict)
    open: dict[BranchKey, Limb] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    hits: set[int] | None = None
    _ordered: list[Limb] | None = None
    _rows: list[int] = field(default_factory=list)
    _height: int = 0

    @property
    def height(self) -> int:
        """Rows of all that is below this limb."""
        self._lay_out()
        return self._height

    def changed(self) -> None:
        """Rows came or went here: it and all above it are counted again."""
        limb: Limb | None = self
        while limb is not None:
            limb._ordered = None
            limb = limb.above

    def row_of(self, index: int) -> int:
        """The row, from this limb's first, of its child number `index`."""
        ordered = self._lay_out()
        before = bisect_right(ordered, index - 1, key=lambda limb: limb.place)
        if before == 0:
            return index
        last = ordered[before - 1]
        return self._rows[before - 1] + last.height + index - last.place

    def at(self, row: int) -> tuple[Limb, int] | int:
        """What stands on `row`: a child's number, or the open limb it falls into with the row inside that one."""
        ordered = self._lay_out()
        last = bisect_right(self._rows, row) - 1
        if last < 0:
            return row
        inside = row - self._rows[last]
        if 0 < inside <= ordered[last].height:
            return ordered[last], inside - 1
        return ordered[last].place + (inside - ordered[last].height if inside else 0)

    def child(self, index: int) -> Branch | None:
        """The child number `index` when it is held or open."""
        held = self.held.get(index)
        if held is not None:
            return held
        return next((limb.branch for limb in self.open.values() if limb.place == index), None)

    def _lay_out(self) -> list[Limb]:
        if self._ordered is None:
            self._ordered = sorted(self.open.values(), key=lambda limb: limb.place)
            self._rows = []
            rows = 0
            for limb in self._ordered:
                self._rows.append(limb.place + rows)
                rows += limb.height
            self._height = self.total + rows
        return self._ordered


@dataclass(frozen=True, slots=True)
class OutlineLine:
    """One row: child number `index` of `limb`; `branch` None while it is not held; `opened` when it is unfolded."""

    limb: Limb
    index: int
    branch: Branch | None
    opened: Limb | None

    @property
    def depth(self) -> int:
        return self.limb.depth

    @property
    def is_way(self) -> bool:
        """Whether it only leads to what was found."""
        return self.limb.hits is not None and self.index not in self.limb.hits

    @property
    def key(self) -> BranchKey | None:
        return None if self.branch is None else key_of(self.branch)


class Outline:
    """All rows of the tree; any of them is found in a few steps however many there are."""

    def __init__(self) -> None:
        self.root = Limb(None, None, 0, 0)
        self._limbs: dict[BranchKey | None, Limb] = {None: self.root}

    @classmethod
    def of(cls, paths: Sequence[Sequence[Branch]]) -> Outline:
        """What was found, unfolded down to each hit: paths from a district to a hit, in the tree's order."""
        outline = cls()
        root = outline.root
        root.total, root.known, root.hits = 0, True, set()
        for path in paths:
            limb = root
            for branch in path[:-1]:
                limb = outline._lead(limb, branch)
            hits = limb.hits
            if path and hits is not None:
                hits.add(_last_place(limb, path[-1]))
        return outline

    def _lead(self, limb: Limb, branch: Branch) -> Limb:
        """The limb of the last child, unfolded; a child is added when `branch` is not yet the last one."""
        place = _last_place(limb, branch)
        key = key_of(branch)
        if key not in limb.open:
            below = Limb(branch, limb, place, limb.depth + 1, total=0, known=True, hits=set())
            limb.open[key] = self._limbs[key] = below
            limb.changed()
        return limb.open[key]

    @property
    def rows(self) -> int:
        return self.root.height

    def knows(self, parent: Branch | None) -> bool:
        """Whether some of the parent's children have arrived since it was opened."""
        limb = self._limbs.get(None if parent is None else key_of(parent))
        return limb is not None and limb.known

    def line(self, row: int) -> OutlineLine:
        """The line on `row` (0 ≤ row < rows)."""
        limb = self.root
        found = limb.at(row)
        while isinstance(found, tuple):
            limb, row = found
            found = limb.at(row)
        return self.line_at(limb, found)

    def line_at(self, limb: Limb, index: int) -> OutlineLine:
        branch = limb.child(index)
        return OutlineLine(limb, index, branch, None if branch is None else limb.open.get(key_of(branch)))

    def row_of(self, limb: Limb, index: int) -> int:
        """The row of child number `index` of `limb`."""
        row = limb.row_of(index)
        while limb.above is not None:
            row += limb.above.row_of(limb.place) + 1
            limb = limb.above
        return row

    def row_of_path(self, path: Sequence[Branch]) -> int:
        """The row of the last branch of a path that `of` was made from."""
        limb = self.root if len(path) < 2 else self._limbs[key_of(path[-2])]
        return self.row_of_key(limb, key_of(path[-1])) or 0

    def row_of_key(self, limb: Limb, key: BranchKey) -> int | None:
        """The row of that child of `limb`, None when it is not held or the limb has been folded."""
        if self._limbs.get(None if limb.branch is None else key_of(limb.branch)) is not limb:
            return None
        opened = limb.open.get(key)
        if opened is not None:
            return self.row_of(limb, opened.place)
        return next((self.row_of(limb, index) for index, branch in limb.held.items() if key_of(branch) == key), None)

    def unfold(self, line: OutlineLine) -> Limb | None:
        """Open the branch of that line; None when it has nothing below or is open already."""
        branch = line.branch
        if branch is None or not branch.has_children or line.opened is not None:
            return None
        limb = Limb(branch, line.limb, line.index, line.limb.depth + 1)
        line.limb.open[key_of(branch)] = self._limbs[key_of(branch)] = limb
        line.limb.changed()
        return limb

    def fold(self, limb: Limb) -> None:
        """Close a limb and all open ones below it; what it held is forgotten."""
        if limb.branch is None or limb.above is None:
            return
        for below in list(limb.open.values()):
            self.fold(below)
        key = key_of(limb.branch)
        self._limbs.pop(key, None)
        limb.above.open.pop(key, None)
        limb.above.changed()

    def fill(self, parent: Branch | None, twigs: Twigs) -> Limb | None:
        """Put a piece of `parent`'s children in its place; None when the parent is not open (any more).

        Pieces held from before are dropped when the children have shifted under them; open branches move along. A
        district or station that comes alone is unfolded.
        """
        limb = self._limbs.get(None if parent is None else key_of(parent))
        if limb is None or limb.hits is not None:
            return None
        is_first = not limb.known
        piece = dict(enumerate(twigs.children, twigs.start))
        shift = twigs.total - limb.total if limb.known else 0
        moved = any(key_of(limb.held[n]) != key_of(branch) for n, branch in piece.items() if n in limb.held)
        if shift or moved:
            limb.held.clear()
            limb.asked.clear()
        limb.held |= piece
        limb.total, limb.known = twigs.total, True
        limb.asked -= {n // PIECE * PIECE for n in (twigs.start, *piece)}
        self._move_open(limb, piece, shift)
        limb.changed()
        if is_first and twigs.total == 1 and twigs.children and twigs.children[0].kind in UNFOLD_ALONE:
            self.unfold(self.line_at(limb, 0))
        return limb

    def _move_open(self, limb: Limb, piece: dict[int, Branch], shift: int) -> None:
        """Open children go where the piece shows them; those it should show and does not are gone."""
        places = {key_of(branch): n for n, branch in piece.items()}
        for key, opened in list(limb.open.items()):
            if key in places:
                opened.place = places[key]
                opened.branch = piece[opened.place]
                continue
            if opened.place in piece:
                opened.place += shift
            taken = any(other.place == opened.place for other in limb.open.values() if other is not opened)
            if taken or opened.place in piece or not 0 <= opened.place < limb.total:
                self.fold(opened)

    def wanted(self, first: int, count: int) -> Iterator[tuple[Branch | None, int]]:
        """(parent, start) of each piece these rows lack and nobody has asked for; from now on it counts as asked."""
        for row in range(max(first, 0), min(first + count, self.rows)):
            line = self.line(row)
            start = line.index // PIECE * PIECE
            if line.index not in line.limb.held and start not in line.limb.asked:
                line.limb.asked.add(start)
                yield line.limb.branch, start

    def pieces_of(self, first: int, count: int) -> set[tuple[Limb, int]]:
        """(limb, start) of each piece that these rows belong to."""
        lines = (self.line(row) for row in range(max(first, 0), min(first + count, self.rows)))
        return {(line.limb, line.index // PIECE * PIECE) for line in lines}

    def ask_again(self, first: int, count: int) -> Iterator[tuple[Branch | None, int]]:
        """(parent, start) of each piece in these rows, held or not; what is held stays until the new one comes."""
        for limb in self._limbs.values():
            limb.asked.clear()
        for limb, start in self.pieces_of(first, count):
            if limb.hits is None:
                limb.asked.add(start)
                yield limb.branch, start

    def forget_far(self, first: int, count: int) -> None:
        """When too much is held, drop the pieces these rows do not belong to."""
        if sum(len(limb.held) for limb in self._limbs.values()) <= MOST_HELD:
            return
        near = self.pieces_of(first, count)
        for limb in self._limbs.values():
            if limb.hits is not None:
                continue
            limb.held = {n: branch for n, branch in limb.held.items() if (limb, n // PIECE * PIECE) in near}


def _last_place(limb: Limb, branch: Branch) -> int:
    """The number of the last child, which is `branch` afterwards."""
    last = limb.held.get(limb.total - 1)
    if last is None or key_of(last) != key_of(branch):
        limb.held[limb.total] = branch
        limb.total += 1
        limb.changed()
    return limb.total - 1
