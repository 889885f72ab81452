"""Landlock by its system calls: this process and its children keep exactly the paths they were allowed."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

EXECUTE, _WRITE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REG, _MAKE_FIFO, _MAKE_SYM, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 7, 1 << 8, 1 << 10, 1 << 12, 1 << 13, 1 << 14, 1 << 15

READ = _READ_FILE | _READ_DIR
"""Read files and list folders below."""
READ_TREE = READ | EXECUTE
"""The same, and run programs and load libraries."""
NAMES = _MAKE_REG | _REMOVE_FILE
"""Make, rename and remove files in a folder, without the right to write into one."""
TREE = READ | NAMES | _WRITE | _TRUNCATE | _REMOVE_DIR | _MAKE_DIR | _MAKE_FIFO | _MAKE_SYM | _REFER
"""Everything but devices and sockets, below a folder of one's own."""
WRITE_FILE = _READ_FILE | _WRITE | _TRUNCATE
READ_DEVICE = _READ_FILE
WRITE_DEVICE = _READ_FILE | _WRITE | _TRUNCATE | _IOCTL_DEV

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_QUERY, _PATH_BENEATH = 1, 1
_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP_BIND_AND_CONNECT, _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3, 3


class _Ruleset(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("rights", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class Landlock:
    """Collect what is allowed, then `restrict`. Paths are opened when they are allowed; what is not there is passed over.

    Raises OSError when the kernel has no Landlock (before 5.13, or switched off)."""

    def __init__(self, libc: ctypes.CDLL) -> None:
        self._libc = libc
        self._rules: list[tuple[int, int]] = []
        self._abi = self._call(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_QUERY)
        self._rights = _RIGHTS_BY_ABI[max(abi for abi in _RIGHTS_BY_ABI if abi <= self._abi)]

    def allow(self, path: Path, rights: int) -> None:
        """Allow `rights` on a file, or on everything below a folder."""
        try:
            self._rules.append((os.open(path, os.O_PATH | os.O_CLOEXEC), rights & self._rights))
        except (FileNotFoundError, PermissionError):  # what cannot be reached now cannot be reached later
            return

    def restrict(self) -> None:
        """From now on this thread, its later threads and children have these rights and no others. Needs no_new_privs. Raises OSError."""
        handled = _Ruleset(
            self._rights,
            _TCP_BIND_AND_CONNECT if self._abi >= 4 else 0,
            _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if self._abi >= 6 else 0,
        )
        size = 24 if self._abi >= 6 else 16 if self._abi >= 4 else 8
        ruleset = self._call(_CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(size), 0)
        for parent, rights in self._rules:
            self._call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(_PathRule(rights, parent)), 0)
            os.close(parent)
        self._rules.clear()
        self._call(_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)

    def _call(self, *arguments: object) -> int:
        result = int(self._libc.syscall(*arguments))
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result
