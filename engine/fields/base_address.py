"""What an e-mail address is, for the field type and for whoever writes to one."""

from __future__ import annotations

import re

from engine.fields.base_text import whole

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"

LONGEST = 254
"""In characters."""

ADDRESS = rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+"
"""A name, @, a domain with a dot: stricter than the standard, and alike in every engine of patterns."""

_FITS = re.compile(whole(ADDRESS))


def is_address(given: str) -> bool:
    """Whether somebody can be written to there, as far as its shape tells."""
    return len(given) <= LONGEST and _FITS.search(given) is not None
