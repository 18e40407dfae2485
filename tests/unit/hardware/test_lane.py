"""One thread a device: serial, and deaf to cancelling once a job has begun."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import subprocess
import sys
import threading
import weakref

import pytest

from counter_tui.hardware.lane import Lane, LaneClosed


class Gate:
    """A job that says that it began and waits to be let through."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.open = threading.Event()
        self.ended = False

    def __call__(self) -> str:
        self.began.set()
        assert self.open.wait(10)
        self.ended = True
        return "through"


async def test_a_job_runs_on_the_lanes_thread() -> None:
    """Its result comes back to the event loop, its thread has the lane's name."""
    lane = Lane("card")
    assert await lane.run(lambda: threading.current_thread().name) == "card"
    lane.close()


def test_call_needs_no_event_loop() -> None:
    """The command line waits for a result without asyncio."""
    lane = Lane("card")
    assert lane.call(divmod, 7, 2) == (3, 1)
    lane.close()


async def test_jobs_are_serial_and_in_order() -> None:
    """Two conversations never interleave, and the first asked is the first done."""
    lane = Lane("card")
    done: list[int] = []
    running: list[int] = []

    def job(number: int) -> None:
        running.append(number)
        assert len(running) == 1
        done.append(number)
        running.pop()

    await asyncio.gather(*(lane.run(job, number) for number in range(50)))
    assert done == list(range(50))
    lane.close()


async def test_the_exception_of_a_job_is_raised_where_it_is_awaited() -> None:
    """Nothing is swallowed; the lane goes on with the next job."""
    lane = Lane("card")
    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 // 0)
    assert await lane.run(lambda: "next") == "next"
    lane.close()


async def test_a_job_that_began_runs_to_its_end_when_its_task_is_cancelled() -> None:
    """A PIN that is on its way to the card is not left halfway."""
    lane, gate = Lane("card"), Gate()
    task = asyncio.create_task(lane.run(gate))
    await asyncio.to_thread(gate.began.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open.set()
    await lane.run(lambda: None)
    assert gate.ended
    lane.close()


async def test_a_job_that_has_not_begun_is_dropped_when_its_task_is_cancelled() -> None:
    """Nobody waits for it any more, so the card is left alone."""
    lane, gate = Lane("card"), Gate()
    ran: list[str] = []
    first = asyncio.create_task(lane.run(gate))
    await asyncio.to_thread(gate.began.wait, 10)
    second = asyncio.create_task(lane.run(ran.append, "second"))
    await asyncio.sleep(0)  # lets the second task give its job to the lane
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    gate.open.set()
    assert await first == "through"
    await lane.run(lambda: None)
    assert ran == []
    lane.close()


async def test_close_lets_the_running_job_end_and_drops_the_rest() -> None:
    """Whoever waits for a dropped job is told."""
    lane, gate = Lane("card"), Gate()
    first = asyncio.create_task(lane.run(gate))
    await asyncio.to_thread(gate.began.wait, 10)
    second = asyncio.create_task(lane.run(lambda: "never"))
    await asyncio.sleep(0)  # lets the second task give its job to the lane
    lane.close(timeout_s=0)
    gate.open.set()
    assert await first == "through"
    with pytest.raises(asyncio.CancelledError):
        await second


def test_a_closed_lane_takes_no_job() -> None:
    """Closing is final and may be done twice."""
    lane = Lane("card")
    lane.close()
    lane.close()
    with pytest.raises(LaneClosed):
        lane.call(lambda: None)


def test_a_job_that_waits_for_its_own_lane_is_a_mistake() -> None:
    """It would wait for itself for ever; it is told instead."""
    lane = Lane("card")
    with pytest.raises(RuntimeError):
        lane.call(lambda: lane.call(lambda: None))
    lane.close()


def test_the_lane_forgets_what_a_job_was_given() -> None:
    """A PIN does not live on in the lane until the next job comes."""

    class Secret:
        pass

    lane, secret = Lane("card"), Secret()
    seen = weakref.ref(secret)

    def failing(_given: Secret) -> None:
        raise ValueError

    gc.disable()  # no cycle may keep it either
    try:
        lane.call(lambda given: None, secret)
        with contextlib.suppress(ValueError):  # pytest.raises would keep the frames itself
            lane.call(failing, secret)
        del secret
        lane.call(lambda: None)
        assert seen() is None
    finally:
        gc.enable()
    lane.close()


def test_a_hung_device_does_not_keep_the_program_from_ending() -> None:
    """The lane's thread dies with the program."""
    program = (
        "import threading, asyncio\n"
        "from counter_tui.hardware.lane import Lane\n"
        "lane, began = Lane('card'), threading.Event()\n"
        "def hang():\n"
        "    began.set()\n"
        "    threading.Event().wait()\n"
        "threading.Thread(target=lambda: lane.call(hang), daemon=True).start()\n"
        "began.wait()\n"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=20, check=False).returncode == 0
