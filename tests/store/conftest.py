"""The store of an owner and of a desk's role, for every test of roles."""

from tests.store.both import both, owned_url

__all__ = ["both", "owned_url"]
