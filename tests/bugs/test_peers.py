"""The page about axis bugs says what torch, jaxtyping and einops do with them."""

from __future__ import annotations

import pytest

from tests.bugs.corpus import BUGS

for module in ("torch", "jaxtyping", "beartype", "einops"):
    pytest.importorskip(module)

from tests.bugs.peers import verdicts  # noqa: E402  (needs what is asked for above)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows():
    return verdicts.table()


def test_the_page_is_what_is_measured(rows):
    assert verdicts.PAGE.read_text() == verdicts.page(rows)


def test_the_page_counts_the_slips_beyond_types():
    from tests.bugs.corpus import BEYOND

    for bug in BEYOND:
        assert bug.what in verdicts.PAGE.read_text()


def test_every_bug_is_written_for_every_peer_or_has_a_reason():
    for bug in BUGS:
        for peer in verdicts.PEERS:
            assert verdicts.slip(peer, bug)


def test_the_others_let_most_of_the_bugs_run(rows):
    for peer in verdicts.PEERS:
        said = verdicts.counts(rows, peer)
        assert said[verdicts.CAUGHT] < said[verdicts.SILENT] + said[verdicts.SHAPE]
