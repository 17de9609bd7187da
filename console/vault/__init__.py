"""Sealing: what is kept encrypted apart from a tip (reporters, attachments). The desk and the intake call it."""

from console.vault.vault import Vault, number_of

__all__ = ["Vault", "number_of"]
