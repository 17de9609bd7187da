"""An empty Textual app with SQLAlchemy imported: P10's limit. `python -m tests.bench.apps.imports`."""

import sqlalchemy.ext.asyncio  # noqa: F401 - its memory is what is wanted

from tests.bench.apps.empty import Empty

if __name__ == "__main__":
    Empty().run()
