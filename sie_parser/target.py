"""What is written appears whole or not at all, and nothing that stands beside it is touched.

It is made in a folder of its own next to its place and moved there when complete. What may be replaced does not
belong here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """Where to make the file or folder that takes the place of `target` when the block ends.

    An error in the block leaves `target` as it was. A link is followed. Raises `OSError` naming the folder where
    nothing can be made.
    """
    place = target.resolve()
    try:
        room = tempfile.TemporaryDirectory(prefix=".sie-", dir=place.parent)
    except OSError as error:
        reason = f"nothing can be written to the folder {place.parent}: {error.strerror}"
        raise type(error)(error.errno, reason, str(target)) from error
    with room as folder:
        new = Path(folder, "new")
        yield new
        if place.is_dir():
            place.replace(Path(folder, "before"))
        new.replace(place)
