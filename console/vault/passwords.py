"""Officers' passwords: hashed by argon2id, never kept. Both functions take some 0.1 s of CPU and 64 MiB: call them in a
thread.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
"""The second choice of RFC 9106 (section 4): 3 passes over 64 MiB, 4 lanes."""


_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$sZmikbAzte7+6llhg6VuJA$57JqxGHLozXxq1CcVTqjceYIfyhmWYx4rt8B+V6J7nA"
"""Of a password nobody knows: a wrong try costs as long where there is no password as where there is one."""


def hash_password(password: str) -> str:
    """The password's argon2id hash with its salt and parameters, in the PHC string format."""
    return _HASHER.hash(password)


def password_fits(hashed: str | None, password: str) -> bool:
    """Whether it is the password that `hashed` was made from, by the parameters `hashed` names; False for a damaged
    one, and, after as long, for None."""
    try:
        _HASHER.verify(hashed or _NOBODYS, password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None
