"""Workers of this machine: forked from warm zygotes where that is proven to work, started as programs elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from appliance.contract.job import Preload
from appliance.control_plane.launchers.launcher import Launch, Watch
from appliance.control_plane.launchers.spawn import SpawnLauncher
from appliance.control_plane.launchers.zygotes import ZygoteKeeper

_TABLES = (
    *("numpy", "pyarrow", "pyarrow.compute", "pyarrow.csv", "pyarrow.json", "pyarrow.parquet"),
    *("appliance.configurations", "appliance.data_plane.tables", "appliance.data_plane.inspection"),
)

PRELOADS: Mapping[Preload, Sequence[str]] = {
    Preload.BASE: (
        *_TABLES,
        "re2",
        "hyperscan",
        "phonenumbers",
        "appliance.data_plane.models.noop",
        "appliance.data_plane.models.classification",
        "appliance.data_plane.models.transformation",
    ),
    Preload.TABULAR: (
        *_TABLES,
        "scipy.stats",
        "sklearn.ensemble",
        "sklearn.tree",
        "threadpoolctl",
        "appliance.data_plane.models.tabular",
        "appliance.data_plane.models.training",
        "appliance.data_plane.models.noop",
        "appliance.data_plane.synthesis",
        "appliance.data_plane.quality",
    ),
}
"""What each zygote imports; a module that is not installed is passed over."""


class LocalLauncher(SpawnLauncher):
    """The launcher of one machine. Needs an asyncio event loop; workers outlive it.

    `complaints`: a folder for what zygotes write to their standard error; None: nowhere. `preloads`: the modules of each zygote;
    none at all: every worker is started as a program."""

    def __init__(self, complaints: Path | None = None, preloads: Mapping[Preload, Sequence[str]] | None = None) -> None:
        if preloads is None:
            preloads = PRELOADS if sys.platform == "linux" else {}
        super().__init__()
        self._keepers = {
            preload: ZygoteKeeper(modules, complaints / f"zygote-{preload}.log" if complaints else None)
            for preload, modules in preloads.items()
        }

    async def start(self) -> None:
        for keeper in self._keepers.values():
            keeper.start()

    async def stop(self) -> None:
        await super().stop()
        for keeper in self._keepers.values():
            await keeper.stop()

    async def launch(self, launch: Launch) -> Watch:
        keeper = self._keepers.get(launch.preload)
        channel = await keeper.fork(launch) if keeper is not None else None
        if channel is None:
            return await super().launch(launch)
        return self.follow(launch.directory, channel)

    @property
    def confinement(self) -> Mapping[str, str]:
        """The steps of confinement that workers are born with, as a proven zygote reported them; empty while none is warm."""
        return next((keeper.confinement for keeper in self._keepers.values() if keeper.confinement), {})

    async def warm(self) -> Mapping[Preload, int | None]:
        """Wait until every zygote is proven or given up; its pid, or None for one that is replaced by starting programs."""
        return {preload: zygote.pid if (zygote := await keeper.usable()) else None for preload, keeper in self._keepers.items()}
