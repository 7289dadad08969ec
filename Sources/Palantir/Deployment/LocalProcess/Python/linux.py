"""What Linux knows of processes beyond Python's `os`: prctl, memory, children."""

import ctypes
import os
import resource

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, argument: int) -> None:
    """Changes a property of this process; OSError if Linux refuses."""
    zero = ctypes.c_ulong(0)
    if _libc.prctl(ctypes.c_int(option), ctypes.c_ulong(argument), zero, zero, zero) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def private_bytes() -> int:
    """This process's memory that no other process shares."""
    with open("/proc/self/smaps_rollup") as file:
        private = [line for line in file if line.startswith(("Private_Clean:", "Private_Dirty:"))]
    return sum(int(line.split()[1]) for line in private) * 1024


def data_bytes() -> int:
    """About what RLIMIT_DATA counts for this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[5]) * resource.getpagesize()


def give_back_free_memory() -> None:
    """What the allocator holds in reserve counts as used."""
    if trim := getattr(_libc, "malloc_trim", None):  # glibc's.
        trim(ctypes.c_size_t(0))


def child_pids() -> list[int]:
    """The children of this (single-threaded) process, adopted ones too; none where the kernel does not tell."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []
