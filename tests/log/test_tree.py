"""Roots and proofs against the definition in the RFC, for every size up to 300."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.log import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from tegata.model.errors import UsageError, VerificationError
from tests.log.memory import MemoryLog, flip, numbered, slow_root

MAX = 300
LOG = MemoryLog(numbered(MAX))
ROOTS = [root(size, LOG.read) for size in range(MAX + 1)]
sizes = st.integers(1, MAX)


def test_roots_are_those_of_the_definition() -> None:
    assert [slow_root(LOG.entries[:size]) for size in range(0, MAX + 1, 7)] == ROOTS[::7]
    assert ROOTS[0] == EMPTY_ROOT
    assert len(set(ROOTS)) == MAX + 1


def test_append_stores_each_complete_subtree_once() -> None:
    log = MemoryLog(numbered(64))
    assert len(log.nodes) == 2 * 64 - 1
    assert log.reads == 64 - 1  # one read for each inner node


@pytest.mark.parametrize("size", range(1, MAX + 1, 13))
def test_every_inclusion_proof_of_a_size_verifies(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(index, size, LOG.read)
        verify_inclusion(leaf_hash(LOG.entries[index]), proof, ROOTS[size], index=index, size=size)


@pytest.mark.parametrize("new", range(1, MAX + 1, 13))
def test_every_consistency_proof_to_a_size_verifies(new: int) -> None:
    for old in range(1, new + 1):
        verify_consistency(ROOTS[old], ROOTS[new], consistency_proof(old, new, LOG.read), old=old, new=new)


@settings(deadline=None, max_examples=300)
@given(size=sizes, data=st.data())
def test_proofs_need_few_hashes(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    log = MemoryLog()
    log.nodes = LOG.nodes
    assert len(inclusion_proof(index, size, log.read)) <= size.bit_length()
    consistency_proof(index + 1, size, log.read)
    root(size, log.read)
    assert log.reads <= 2 * 2 * size.bit_length() + size.bit_length()


@settings(deadline=None, max_examples=300)
@given(size=sizes, data=st.data())
def test_a_changed_inclusion_proof_fails(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    parts = [leaf_hash(LOG.entries[index]), ROOTS[size], *inclusion_proof(index, size, LOG.read)]
    number, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[number] = flip(parts[number], bit)
    with pytest.raises(VerificationError):
        verify_inclusion(parts[0], parts[2:], parts[1], index=index, size=size)


@settings(deadline=None, max_examples=300)
@given(size=sizes, data=st.data())
def test_an_inclusion_proof_holds_at_one_position_only(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(-1, 2 * size).filter(lambda value: value != index))
    proof = inclusion_proof(index, size, LOG.read)
    with pytest.raises(VerificationError):
        verify_inclusion(leaf_hash(LOG.entries[index]), proof, ROOTS[size], index=other, size=size)


@settings(deadline=None, max_examples=300)
@given(new=sizes, data=st.data())
def test_a_changed_consistency_proof_fails(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    parts = [ROOTS[old], ROOTS[new], *consistency_proof(old, new, LOG.read)]
    number, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[number] = flip(parts[number], bit)
    with pytest.raises(VerificationError):
        verify_consistency(parts[0], parts[1], parts[2:], old=old, new=new)


@settings(deadline=None, max_examples=200)
@given(new=st.integers(2, MAX), data=st.data())
def test_a_forked_log_is_not_consistent(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    forked = data.draw(st.integers(0, old - 1))
    entries = LOG.entries[:new]
    entries[forked] = b"something else"
    fork = MemoryLog(entries)
    with pytest.raises(VerificationError):
        verify_consistency(ROOTS[old], root(new, fork.read), consistency_proof(old, new, fork.read), old=old, new=new)


def test_a_leaf_cannot_pass_for_an_inner_node() -> None:
    log = MemoryLog([b"a", b"b"])
    children = log.nodes[0, 0] + log.nodes[0, 1]
    with pytest.raises(VerificationError):
        verify_inclusion(leaf_hash(children), [], root(2, log.read), index=0, size=1)


def test_an_inner_hash_cannot_pass_for_the_root() -> None:
    log = MemoryLog(numbered(8))
    proof = inclusion_proof(0, 8, log.read)
    for height in range(3):
        with pytest.raises(VerificationError):
            verify_inclusion(log.nodes[0, 0], proof[:height], log.nodes[height, 0], index=0, size=8)
        with pytest.raises(VerificationError):
            verify_consistency(log.nodes[0, 0], log.nodes[height, 0], proof[:height], old=1, new=8)


def test_a_range_that_is_no_subtree_is_refused_although_the_hashes_fit() -> None:
    log = MemoryLog(numbered(4))
    left, third, fourth = log.nodes[1, 0], log.nodes[0, 2], log.nodes[0, 3]
    with pytest.raises(VerificationError):
        verify_subtree_consistency(
            node_hash(left, third), root(4, log.read), [third, fourth, left], start=1, end=3, size=4
        )
    with pytest.raises(VerificationError):
        verify_subtree_inclusion(log.nodes[0, 1], [third], node_hash(log.nodes[0, 1], third), index=1, start=1, end=3)


def test_hashes_of_another_length_are_refused_although_they_give_the_same_parent() -> None:
    log = MemoryLog([b"a", b"b"])
    both = log.nodes[0, 0] + log.nodes[0, 1]
    with pytest.raises(VerificationError):
        verify_inclusion(both[:40], [both[40:]], root(2, log.read), index=0, size=2)
    with pytest.raises(VerificationError):
        verify_consistency(both[:40], root(2, log.read), [both[40:]], old=1, new=2)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (6, 5)])
def test_there_is_no_proof_outside_the_log(index: int, size: int) -> None:
    with pytest.raises(UsageError):
        inclusion_proof(index, size, LOG.read)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (0, 0), (-1, 5)])
def test_there_is_no_consistency_proof_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(UsageError):
        consistency_proof(old, new, LOG.read)
