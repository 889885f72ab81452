"""Takes from a worker what it does not need: the network, other people's files, new rights, endless memory. Kernel calls only.

Two halves. `cut_off` holds for a process and everything it forks, so a zygote does it once and every worker is born with it. `enclose`
belongs to one attempt. Every step is recorded as `applied` or with the reason why not; nothing is assumed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from appliance.contract.job import AttemptLimits
from appliance.contract.run_directory import RunDirectory
from appliance.data_plane.landlock import NAMES, READ, READ_DEVICE, READ_TREE, TREE, WRITE_DEVICE, WRITE_FILE, Landlock
from appliance.errors import ConfinementUnavailable

APPLIED = "applied"
NETWORK_NAMESPACE = "network_namespace"
SYSTEM_CALLS = "system_calls"
LIMITS = "limits"
NO_NEW_PRIVILEGES = "no_new_privileges"
FILES = "files"

_CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER = 4, 38, 36
_CAPABILITY_VERSION = 0x20080522
_OPEN_FILES = 1024
_LAST_MEMORY = 64 << 20
"""Bytes beyond the limit that an attempt may take to tell that it met the limit."""
_FIRST_VICTIM = "500"

_DENIED = {
    # socket, io_uring_setup (it opens sockets too), shmget, msgget, semget, mq_open, ptrace, process_vm_readv, process_vm_writev;
    # then what Landlock does not guard: chmod, fchmod, fchmodat, fchmodat2, chown, fchown, lchown, fchownat, truncate. Last: prlimit64
    "x86_64": (0xC000003E, 317, (41, 425, 29, 68, 64, 240, 101, 310, 311, 90, 91, 268, 452, 92, 93, 94, 260, 76), 302),
    "aarch64": (0xC00000B7, 277, (198, 425, 194, 186, 190, 180, 117, 270, 271, 52, 53, 452, 54, 55, 45), 261),
}
_LOAD_WORD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | errno.EACCES
_X32_CALLS = 0x40000000
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1, 4


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction))]


class Confinement:
    """The confinement of this process and of what it forks. `steps` says what was done so far."""

    def __init__(self) -> None:
        self.steps: dict[str, str] = {}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._landlock: Landlock | None = None

    def cut_off(self) -> None:
        """The steps that children inherit: new user, network and IPC namespaces, no new privileges, filtered system calls, few open files.

        The process must have one thread. It never raises: read `steps`."""
        if sys.platform != "linux":
            reason = f"{sys.platform} has no such thing"
            self.steps |= dict.fromkeys((NETWORK_NAMESPACE, SYSTEM_CALLS, NO_NEW_PRIVILEGES, FILES), reason)
        else:
            self._volunteer_as_victim()
            self._record(NETWORK_NAMESPACE, self._enter_namespaces)
            self._record(NO_NEW_PRIVILEGES, lambda: self._prctl(_PR_SET_NO_NEW_PRIVS, 1))
            self._record(SYSTEM_CALLS, self._filter_system_calls)
            self._record(FILES, self._prepare_landlock)
        self._record(LIMITS, _limit_files)

    def enclose(self, directory: RunDirectory, limits: AttemptLimits, *, allow_unconfined: bool) -> dict[str, str]:
        """The steps of one attempt: memory, and no file but the interpreter, the libraries and its own run directory. Returns all steps.

        The files and folders that it may write must be there. Raises ConfinementUnavailable when the network could not be cut off."""
        if sys.platform == "linux":
            self._prctl(_PR_SET_CHILD_SUBREAPER, 1)
        self._record(LIMITS, lambda: _limit_memory(limits.memory_bytes))
        if self._landlock is not None:
            self._record(FILES, lambda: self._restrict_files(directory, limits))
        if not allow_unconfined and APPLIED not in (self.steps.get(NETWORK_NAMESPACE), self.steps.get(SYSTEM_CALLS)):
            reasons = f"{self.steps.get(NETWORK_NAMESPACE)}; {self.steps.get(SYSTEM_CALLS)}"
            raise ConfinementUnavailable(
                f"This machine cannot cut a worker off from the network: {reasons}.",
                hint="Allow user namespaces or seccomp, or set allow_unconfined = true to run jobs without that protection.",
            )
        return dict(self.steps)

    def _record(self, step: str, act: Callable[[], None]) -> None:
        try:
            act()
        except (OSError, ValueError) as error:
            self.steps[step] = f"unavailable: {os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error}"
        else:
            self.steps[step] = APPLIED

    def _enter_namespaces(self) -> None:
        self._check(self._libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC))
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
        self._check(self._libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)())))
        self._prctl(_PR_SET_DUMPABLE, 1)  # the kernel withdrew it with the old rights; without it /proc/self belongs to root

    def _filter_system_calls(self) -> None:
        architecture, seccomp, denied, limit = _DENIED.get(os.uname().machine, (0, 0, (), 0))
        if not denied:
            raise ValueError(f"no filter is known for {os.uname().machine}")
        instructions = _filter(architecture, denied, limit)
        program = _Program(len(instructions), (_Instruction * len(instructions))(*instructions))
        flags = _SECCOMP_FILTER_FLAG_SPEC_ALLOW
        self._check(self._libc.syscall(seccomp, _SECCOMP_SET_MODE_FILTER, flags, ctypes.byref(program)))

    def _prepare_landlock(self) -> None:
        self._landlock = Landlock(self._libc)
        for tree in _readable_trees():
            self._landlock.allow(tree, READ_TREE)
        for path in ("/proc", "/sys", "/etc"):
            self._landlock.allow(Path(path), READ)
        for path in ("/dev/urandom", "/dev/random"):
            self._landlock.allow(Path(path), READ_DEVICE)
        self._landlock.allow(Path("/dev/null"), WRITE_DEVICE)

    def _restrict_files(self, directory: RunDirectory, limits: AttemptLimits) -> None:
        landlock = self._landlock
        assert landlock is not None
        if limits.gpus:
            for name in os.listdir("/dev"):
                if name.startswith("nvidia"):
                    landlock.allow(Path("/dev", name), WRITE_DEVICE)
        landlock.allow(directory.path, READ | NAMES)
        for folder in (directory.staging, directory.artifacts, directory.tmp):
            landlock.allow(folder, TREE)
        for file in (directory.events, directory.log, directory.heartbeat, directory.path / "outcome.tmp"):
            landlock.allow(file, WRITE_FILE)
        landlock.restrict()

    def _volunteer_as_victim(self) -> None:
        """When the machine runs out of memory the kernel takes a worker, never the server."""
        try:
            Path("/proc/self/oom_score_adj").write_text(_FIRST_VICTIM)
        except OSError:
            return

    def _prctl(self, option: int, value: int) -> None:
        self._check(self._libc.prctl(option, value, 0, 0, 0))

    def _check(self, result: int) -> None:
        if result != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def _filter(architecture: int, denied: tuple[int, ...], limit: int) -> list[_Instruction]:
    """Deny `denied`, `limit` for another process and every call of another architecture with EACCES, allow the rest.

    Word 0 is the call's number, 4 the architecture, 16 the first argument: `limit` sets the limits of any process of the same user."""
    wide = architecture == _DENIED["x86_64"][0]
    deny = 7 + wide + len(denied)  # index of the last instruction
    program = [_Instruction(_LOAD_WORD, 0, 0, 4), _Instruction(_JUMP_EQUAL, 0, deny - 2, architecture), _Instruction(_LOAD_WORD, 0, 0, 0)]
    if wide:
        program.append(_Instruction(_JUMP_GREATER_EQUAL, deny - len(program) - 1, 0, _X32_CALLS))
    for number in denied:
        program.append(_Instruction(_JUMP_EQUAL, deny - len(program) - 1, 0, number))
    program += [_Instruction(_JUMP_EQUAL, 0, 2, limit), _Instruction(_LOAD_WORD, 0, 0, 16), _Instruction(_JUMP_EQUAL, 0, 1, 0)]
    return [*program, _Instruction(_RETURN, 0, 0, _ALLOW), _Instruction(_RETURN, 0, 0, _DENY)]


def _limit_files() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    ceiling = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, ceiling))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_memory(memory_bytes: int) -> None:
    """Private writable memory beyond what this process had when it was born, plus a little to tell of its end."""
    ceiling = _private_bytes() + memory_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (ceiling, ceiling + _LAST_MEMORY))


def release_last_memory() -> None:
    """Let this process use the last memory that is kept for writing the outcome."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def _private_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _readable_trees() -> list[Path]:
    """The interpreter, its libraries and this package: never a folder that merely stands on `sys.path`, which may be anyone's."""
    libraries = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    standard = os.path.dirname(os.path.abspath(os.__file__))
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    places = {sys.prefix, sys.base_prefix, sys.base_exec_prefix, "/usr", "/lib", "/lib64", "/bin", package, standard, *libraries}
    kept: list[Path] = []
    for place in map(Path, sorted({os.path.realpath(place) for place in places if os.path.isdir(place)} - {"/"})):
        if not any(place.is_relative_to(tree) for tree in kept):
            kept.append(place)
    return kept
