"""Everything that happens because time passed: one heap, one timer."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

import anyio
from anyio.abc import TaskGroup

from appliance.clock import Clock

Action = Callable[[], Coroutine[Any, Any, None]]


class Deadlines:
    """Actions by key, each due at a time of the monotonic clock. Arming a key again replaces what was armed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Hashable]] = []
        self._armed: dict[Hashable, tuple[int, Action]] = {}
        self._numbers = itertools.count()
        self._changed = anyio.Event()

    def arm(self, key: Hashable, delay_s: float, action: Action) -> None:
        """Run `action` in `delay_s` seconds (at once when that is not positive)."""
        number = next(self._numbers)
        self._armed[key] = (number, action)
        heapq.heappush(self._heap, (self._clock.monotonic() + delay_s, number, key))
        if self._heap[0][1] == number:
            self._changed.set()

    def disarm(self, *keys: Hashable) -> None:
        """Forget keys. Safe for unknown ones."""
        for key in keys:
            self._armed.pop(key, None)

    def __len__(self) -> int:
        return len(self._armed)

    async def run(self, group: TaskGroup) -> None:
        """Start due actions as tasks of `group`, until cancelled."""
        while True:
            self._changed = anyio.Event()
            for action in self._due():
                group.start_soon(action)
            timeout = self._heap[0][0] - self._clock.monotonic() if self._heap else None
            if timeout is None:
                await self._changed.wait()
            else:
                with anyio.move_on_after(timeout):
                    await self._changed.wait()

    def _due(self) -> list[Action]:
        now, due = self._clock.monotonic(), []
        while self._heap and (self._heap[0][0] <= now or not self._is_armed(self._heap[0])):
            entry = heapq.heappop(self._heap)
            if self._is_armed(entry):
                due.append(self._armed.pop(entry[2])[1])
        return due

    def _is_armed(self, entry: tuple[float, int, Hashable]) -> bool:
        return self._armed.get(entry[2], (None, None))[0] == entry[1]
