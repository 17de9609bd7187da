"""The name the desk has for what a unit of work is run over, so that no layer above the store knows the library below
it."""

from sqlalchemy import Connection

Unit = Connection
