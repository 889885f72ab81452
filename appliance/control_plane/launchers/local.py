"""Workers of this machine: forked from warm zygotes where that is proven to work, started as programs elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from appliance.contract.job import Preload
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.launchers.launcher import Launch, Watch
from appliance.control_plane.launchers.spawn import SpawnLauncher
from appliance.control_plane.launchers.watch import Watches
from appliance.control_plane.launchers.zygotes import ZygoteKeeper

PRELOADS: Mapping[Preload, Sequence[str]] = {
    Preload.BASE: ("appliance.data_plane.models", "appliance.data_plane.models.noop"),
    Preload.TABULAR: (
        "numpy",
        "scipy.stats",
        "sklearn.tree",
        "threadpoolctl",
        "pyarrow",
        "pyarrow.compute",
        "pyarrow.csv",
        "pyarrow.json",
        "pyarrow.parquet",
        "appliance.configurations",
        "appliance.data_plane.inspection",
        "appliance.data_plane.models.tabular",
        "appliance.data_plane.models.noop",
        "appliance.data_plane.tables",
        "appliance.data_plane.synthesis",
        "appliance.data_plane.quality",
    ),
}
"""What each zygote imports; a module that is not installed is passed over."""


class LocalLauncher:
    """The launcher of one machine. Needs an asyncio event loop; workers outlive it.

    `complaints`: a folder for what zygotes write to their standard error; None: nowhere. `preloads`: the modules of each zygote;
    none at all: every worker is started as a program."""

    def __init__(self, complaints: Path | None = None, preloads: Mapping[Preload, Sequence[str]] | None = None) -> None:
        if preloads is None:
            preloads = PRELOADS if sys.platform == "linux" else {}
        self._watches = Watches()
        self._spawn = SpawnLauncher(self._watches)
        self._keepers = {
            preload: ZygoteKeeper(modules, complaints / f"zygote-{preload}.log" if complaints else None)
            for preload, modules in preloads.items()
        }

    async def start(self) -> None:
        for keeper in self._keepers.values():
            keeper.start()

    async def stop(self) -> None:
        self._watches.let_go()
        for keeper in self._keepers.values():
            await keeper.stop()

    async def launch(self, launch: Launch) -> Watch:
        keeper = self._keepers.get(launch.preload)
        channel = await keeper.fork(launch) if keeper is not None else None
        if channel is None:
            return await self._spawn.launch(launch)
        return self._watches.follow(launch.directory, channel)

    def attach(self, directory: RunDirectory) -> Watch | None:
        return self._watches.attach(directory)

    async def stop_attempt(self, directory: RunDirectory, grace_s: float) -> None:
        await self._watches.stop_attempt(directory, grace_s)

    @property
    def confinement(self) -> Mapping[str, str]:
        """The steps of confinement that workers are born with, as a proven zygote reported them; empty while none is warm."""
        for keeper in self._keepers.values():
            if keeper.confinement:
                return keeper.confinement
        return {}

    async def warm(self) -> Mapping[Preload, int | None]:
        """Wait until every zygote is proven or given up; its pid, or None for one that is replaced by starting programs."""
        pids: dict[Preload, int | None] = {}
        for preload, keeper in self._keepers.items():
            zygote = await keeper.usable()
            pids[preload] = zygote.pid if zygote else None
        return pids
