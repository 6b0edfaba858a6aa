import unicodedata

import pytest

from leukfeat._text import code_span, plain_markdown, visible


@pytest.mark.parametrize(
    "sign", "\x00\x1b\r\x7f\x9b\u00ad\u061c\u200b\u200d\u2028\u2029\u202e\u2060\u2066\ufeff"
)
def test_what_cannot_be_seen_is_replaced(sign):
    assert unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"}
    assert visible(f"a{sign}b") == "a\ufffdb"


def test_what_can_be_seen_stays():
    text = "Blast é 芽球 😀\n\t–"
    assert visible(text) == text
    assert visible("\ud800") == "?"


def test_markdown_is_shown_as_it_is():
    assert plain_markdown("a_b *c* <i>\n# d [e](f)") == r"a\_b \*c\* &lt;i&gt; # d \[e\]\(f)"
    assert code_span("a_b `c` |\n<i>") == "`a_b 'c' ¦ <i>`"
