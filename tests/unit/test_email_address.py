"""What is taken as an e-mail address."""

from __future__ import annotations

import pytest

from appliance.errors import BadRequest
from appliance.people.email_address import check_email, folded

BIDI, ZERO_WIDTH, UNASSIGNED = "\u202e", "\u200b", "\U000e0fff"
SPACES = (" a@b", "a@b ", "a b@c", "a@b c", "a\t@b", "a@b\n", "a\u00a0@b", "a\u2028@b")
INVISIBLE = ("a\x00@b", "a\x7f@b", f"a{BIDI}@b", f"{ZERO_WIDTH}a@b", f"a{UNASSIGNED}@b", "a\ud800@b")
LONG = ("a" * 253 + "@b", "a@" + "b" * 1_000_000, "\ufb2c" * 252 + "@b")


@pytest.mark.parametrize("email", ["a@b", "Åse.Ødegård+x@example.org", "a" * 252 + "@b", "o'brien@[::1]", "用户@例子.中国"])
def test_what_names_a_user_is_taken_as_it_is(email: str) -> None:
    assert check_email(email) == email


@pytest.mark.parametrize("email", ["", "@", "a@", "@b", "a", "a@b@c", "a@@b", *SPACES, *INVISIBLE, *LONG])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(BadRequest, match="e-mail address"):
        check_email(email)


def test_letters_are_compared_as_people_read_them() -> None:
    assert check_email("A\u030ase@b") == "Åse@b"
    assert folded("ÅSE@B") == folded("a\u030ase@b") == folded("Ａ\u030aｓｅ@ｂ")
    assert folded("straße@b") == folded("STRASSE@b")
    assert folded("ase@b") != folded("åse@b")
