"""One thread per device, so that two conversations with it can never interleave."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class LaneClosed(RuntimeError):
    """A job was given to a lane that takes none any more: a mistake of the caller's."""


class Lane:
    """Does jobs for one device, one after another, on a thread of its own.

    A job that began runs to its end, whoever has stopped waiting for it; a job that has not
    begun is dropped when its task is cancelled. The thread is a daemon: a device that hangs
    cannot keep the program from ending.
    """

    def __init__(self, name: str) -> None:
        """Nothing runs before the first job.

        Args:
            name: of the thread, e.g. "card".
        """
        self.name = name
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def run(self, job: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do a job on the lane and await its result.

        Raises:
            LaneClosed: the lane was closed before.
            asyncio.CancelledError: also when the lane was closed before the job began.
            BaseException: whatever the job raises.
        """
        return await asyncio.wrap_future(self._enqueue(job, *args, **kwargs))

    def call(self, job: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do a job on the lane and wait for its result, without an event loop.

        Raises:
            LaneClosed: the lane was closed before, or before the job began.
            RuntimeError: called from a job of this lane, which would wait for itself.
            BaseException: whatever the job raises.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError(f"a job of lane {self.name!r} waits for its own lane")
        try:
            return self._enqueue(job, *args, **kwargs).result()
        except CancelledError:
            raise LaneClosed(self.name) from None

    def close(self, timeout_s: float = 2.0) -> None:
        """Take no more jobs, drop those that have not begun, let the running one end.

        Waits for the running job up to `timeout_s`, then leaves it to itself. Idempotent.
        """
        with self._lock:
            already_closed, self._closed = self._closed, True
            if not already_closed:
                self._jobs.put(None)
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)

    def _enqueue(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise LaneClosed(self.name)
            self._jobs.put(_Job(future, partial(job, *args, **kwargs)))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self.name, daemon=True)
                self._thread.start()
        return future

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._closed:
                job.future.cancel()
            job.run()
            # The last job's arguments (a PIN among them) are not kept until the next one.
            del job


class _Job(Generic[T]):
    """Something to do, and where its result goes."""

    def __init__(self, future: Future[T], work: Callable[[], T]) -> None:
        self.future = future
        self.work = work

    def run(self) -> None:
        """Do it, unless nobody waits for it any more."""
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            done = self.work()
        except BaseException as error:  # noqa: BLE001 - handed on to whoever waits
            self.future.set_exception(error)
            # The error knows this frame; a frame that knew the future, which knows the error,
            # would keep the job's arguments alive until the collector comes by.
            del self
        else:
            self.future.set_result(done)
