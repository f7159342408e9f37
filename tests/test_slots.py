"""A transfer that stands still gives its place to another, and gets one back when it moves."""

from __future__ import annotations

import asyncio

import pytest

from archiver.slots import Slot, Slots


@pytest.mark.asyncio
async def test_a_transfer_that_stands_still_gives_its_place_to_another() -> None:
    slots = Slots(1, rate=1000, park_after=0.02)
    async with Slot(slots), asyncio.timeout(1), Slot(slots):
        assert slots.parked == 1
    assert slots.parked == 0
    assert not slots.places.locked()


@pytest.mark.asyncio
async def test_a_transfer_that_moves_keeps_its_place() -> None:
    slots = Slots(1, rate=1000, park_after=0.02)
    async with Slot(slots) as slot:
        for _ in range(10):
            assert not await slot.moved(10_000)
            await asyncio.sleep(0.005)
        assert slots.places.locked()
        assert slots.parked == 0


@pytest.mark.asyncio
async def test_a_parked_transfer_queues_again_once_bytes_come_in_earnest() -> None:
    slots = Slots(1, rate=1000, park_after=0.02)
    async with Slot(slots) as slot:
        await asyncio.sleep(0.05)
        assert slots.parked == 1
        assert not await slot.moved(100)
        assert await slot.moved(100_000)
        assert slots.parked == 0
        assert slots.places.locked()


@pytest.mark.asyncio
async def test_only_so_many_are_parked() -> None:
    slots = Slots(2, rate=1000, park_after=0.01, max_parked=1)
    async with Slot(slots), Slot(slots):
        await asyncio.sleep(0.05)
        assert slots.parked == 1
    assert slots.parked == 0


@pytest.mark.asyncio
async def test_a_transfer_cancelled_while_it_queues_again_leaves_no_trace() -> None:
    slots = Slots(1, rate=1000, park_after=0.01)

    async def slow() -> None:
        async with Slot(slots) as slot:
            await asyncio.sleep(0.03)
            await slot.moved(100_000)

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.02)
    async with Slot(slots) as holder:
        await holder.moved(100_000)
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert slots.parked == 0
    assert not slots.places.locked()
