"""An outage pauses the run and fails nothing; a host that is not there fails by name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from archiver.errors import NetworkDown
from archiver.netguard import AddressRefused
from archiver.reach import MANY_IN_A_ROW, Reach
from archiver.remarks import as_noted


class World:
    """A clock that jumps when somebody sleeps, and hosts that can be switched off."""

    def __init__(self) -> None:
        self.now = 0.0
        self.down: dict[str, float] = {}
        self.asked: list[str] = []
        self.said: list[str] = []
        self.reach = Reach(
            patience=300, tell=self.said.append, clock=lambda: self.now, sleep=self.sleep
        )

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    def call(self, host: str) -> Callable[[], Awaitable[str]]:
        async def call() -> str:
            self.asked.append(host)
            await asyncio.sleep(0)
            if self.now < self.down.get(host, 0):
                raise refused()
            return f"{host} says hello"

        return call

    async def ask(self, host: str) -> str:
        return await self.reach.attempt(host, self.call(host), probe=self.call(host))


def refused(cause: OSError | None = None) -> aiohttp.ClientConnectorError:
    key = ConnectionKey("h", 80, False, True, None, None, None)
    return aiohttp.ClientConnectorError(key, cause or ConnectionRefusedError())


@pytest.mark.asyncio
async def test_requests_to_a_host_that_went_down_wait_while_one_probes() -> None:
    world = World()
    await world.ask("api")
    world.down["api"] = 40
    world.asked.clear()
    answers = await asyncio.gather(*(world.ask("api") for _ in range(20)))
    assert answers == ["api says hello"] * 20
    assert 40 <= world.now < 80
    assert len(world.asked) < 20 + 10 + 20
    assert len(world.said) == 2
    assert "refused" in world.said[0]
    assert "5 min" in world.said[0]
    assert "answers again" in world.said[1]


@pytest.mark.asyncio
async def test_an_outage_that_lasts_ends_the_run_for_everybody() -> None:
    world = World()
    await world.ask("api")
    world.down["api"] = 10_000
    results = await asyncio.gather(*(world.ask("api") for _ in range(5)), return_exceptions=True)
    assert all(isinstance(result, NetworkDown) for result in results)
    assert 300 <= world.now < 310
    with pytest.raises(NetworkDown, match="5 min"):
        await world.ask("api")


@pytest.mark.asyncio
async def test_a_host_never_reached_fails_at_once_while_others_work() -> None:
    world = World()
    world.down["dead"] = 10_000
    await world.ask("api")
    for _ in range(3 * MANY_IN_A_ROW):
        with pytest.raises(aiohttp.ClientConnectorError):
            await world.ask("dead")
    assert world.said == []
    assert world.now == 0


@pytest.mark.asyncio
async def test_many_hosts_unreachable_in_a_row_while_nothing_answers_is_an_outage() -> None:
    world = World()
    await world.ask("api")
    world.down = {"api": 30, "cdn": 30}
    for _ in range(MANY_IN_A_ROW - 1):
        with pytest.raises(aiohttp.ClientConnectorError):
            await world.ask("cdn")
    assert await world.ask("cdn") == "cdn says hello"
    assert world.now >= 30


@pytest.mark.asyncio
async def test_before_anything_was_reached_nothing_waits() -> None:
    world = World()
    world.down["api"] = 10_000
    for _ in range(2 * MANY_IN_A_ROW):
        with pytest.raises(aiohttp.ClientConnectorError):
            await world.ask("api")
    assert world.now == 0


@pytest.mark.asyncio
async def test_any_answer_and_any_other_fault_is_no_outage() -> None:
    world = World()
    await world.ask("api")

    async def cut() -> str:
        raise aiohttp.ServerDisconnectedError

    async def forbidden() -> str:
        raise refused(AddressRefused(as_noted("not public")))

    for call in (cut, forbidden):
        with pytest.raises(aiohttp.ClientError):
            await world.reach.attempt("api", call, probe=world.call("api"))
    assert world.said == []


@pytest.mark.asyncio
async def test_a_cancelled_prober_hands_its_task_over() -> None:
    world = World()
    await world.ask("api")
    world.down["api"] = 20
    first = asyncio.create_task(world.ask("api"))
    second = asyncio.create_task(world.ask("api"))
    for _ in range(5):
        await asyncio.sleep(0)
    first.cancel()
    assert await second == "api says hello"
    with pytest.raises(asyncio.CancelledError):
        await first


@pytest.mark.asyncio
async def test_a_probe_that_gets_a_broken_answer_shows_that_the_host_is_there() -> None:
    world = World()
    await world.ask("api")
    world.down["api"] = 0.5

    async def broken() -> str:
        raise aiohttp.ServerDisconnectedError

    assert await world.reach.attempt("api", world.call("api"), probe=broken) == "api says hello"

    async def late() -> str:
        if world.now < 10:
            raise TimeoutError
        return ""

    world.down["api"] = world.now + 1
    assert await world.reach.attempt("api", world.call("api"), probe=late) == "api says hello"
    assert world.now >= 10
