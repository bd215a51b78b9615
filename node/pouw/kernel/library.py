#!/usr/bin/env python3
"""The kernel's plain product against oneDNN's int8 product, in interleaved pairs. `scripts/bench pouw --library` runs it.

Arguments: oneDNN's shared library, the built pouw-bench, threads. The last line of output is one JSON object.
"""

import ctypes
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time

SIDE, INNER = 4096, 4096  # what `pouw-bench --plain` multiplies
PAIRS = 5
TIMES = 5  # as often as `pouw-bench --plain` multiplies for one of its figures

# Names and numbers of oneDNN's C interface, version 3.
CPU, IN_ORDER, S32, S8 = 1, 1, 4, 5  # kind of an engine, flag of a stream, types of data
ARGUMENTS = {"source": 1, "weights": 33, "result": 17}


class Argument(ctypes.Structure):
    _fields_ = [("number", ctypes.c_int), ("memory", ctypes.c_void_p)]


class Library:
    """Products `A x Bt^T` of int8 into int32, by two of oneDNN's ways."""

    def __init__(self, path):
        self.calls = ctypes.CDLL(path)
        self.engine = self.new("engine_create", ctypes.c_int(CPU), ctypes.c_size_t(0))
        self.stream = self.new("stream_create", self.engine, ctypes.c_uint(IN_ORDER))
        self.a, self.bt = (ctypes.create_string_buffer(random_values(), SIDE * INNER) for _ in range(2))
        self.c = (ctypes.c_int32 * (SIDE * SIDE))()
        self.run = self.matmul()

    def call(self, name, *arguments):
        status = getattr(self.calls, f"dnnl_{name}")(*arguments)
        if status != 0:
            raise SystemExit(f"library.py: dnnl_{name} failed with status {status}")

    def new(self, name, *arguments):
        made = ctypes.c_void_p()
        self.call(name, ctypes.byref(made), *arguments)
        return made

    def describe(self, sizes, strides, kind):
        pair = ctypes.c_int64 * 2
        arguments = (ctypes.c_int(2), pair(*sizes), ctypes.c_int(kind), pair(*strides))
        return self.new("memory_desc_create_with_strides", *arguments)

    def matmul(self):
        """The primitive that PyTorch's int8 products come down to: from row-major matrices into a row-major one."""
        shapes = {
            "source": (self.describe((SIDE, INNER), (INNER, 1), S8), self.a),
            "weights": (self.describe((INNER, SIDE), (1, INNER), S8), self.bt),
            "result": (self.describe((SIDE, SIDE), (SIDE, 1), S32), self.c),
        }
        descriptor = self.new(
            "matmul_primitive_desc_create",
            self.engine,
            shapes["source"][0],
            shapes["weights"][0],
            None,
            shapes["result"][0],
            None,
        )
        primitive = self.new("primitive_create", descriptor)
        memories = [
            Argument(ARGUMENTS[name], self.new("memory_create", shape, self.engine, ctypes.cast(data, ctypes.c_void_p)))
            for name, (shape, data) in shapes.items()
        ]
        arguments = (Argument * len(memories))(*memories)

        def run():
            self.call("primitive_execute", primitive, self.stream, len(memories), arguments)
            self.call("stream_wait", self.stream)

        return run

    def gemm(self):
        """The routine of the BLAS kind. Its matrices are row-major, so Bt is the transposed one."""
        size, one, zero = ctypes.c_int64, ctypes.c_float(1), ctypes.c_float(0)
        byte, offset = ctypes.c_int8(0), (ctypes.c_int32 * 1)(0)
        letter = [ctypes.c_char(c) for c in (b"N", b"T", b"F")]
        self.call(
            "gemm_s8s8s32", *letter, size(SIDE), size(SIDE), size(INNER), one, self.a, size(INNER), byte,
            self.bt, size(INNER), byte, zero, self.c, size(SIDE), offset,
        )  # fmt: skip

    def check(self):
        """Exits unless a few cells are those of the product."""
        rows = [memoryview(data).cast("B").cast("b") for data in (self.a, self.bt)]
        for _ in range(20):
            i, j = random.randrange(SIDE), random.randrange(SIDE)
            a, b = (row[at * INNER : (at + 1) * INNER] for row, at in zip(rows, (i, j)))
            if sum(x * y for x, y in zip(a, b)) != self.c[i * SIDE + j]:
                raise SystemExit(f"library.py: cell {i}, {j} is wrong")


def random_values():
    """Of [-64, 64], near enough to uniform."""
    values = bytes((v % 129 - 64) & 0xFF for v in range(256))
    return random.randbytes(SIDE * INNER).translate(values)


def processor_seconds():
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def timed(work):
    clock, processor = time.perf_counter(), processor_seconds()
    work()
    return time.perf_counter() - clock, processor_seconds() - processor


def main():
    path, bench, threads = sys.argv[1:]
    library = Library(path)
    for way in (library.gemm, library.run):
        way()
        library.check()
        ctypes.memset(library.c, 0, ctypes.sizeof(library.c))
    # Whichever way is faster here.
    best = min((library.gemm, library.run), key=lambda way: min(timed(way)[1] for _ in range(3)))
    pairs = []
    for _ in range(PAIRS):
        theirs = [statistics.median(figures) for figures in zip(*(timed(best) for _ in range(TIMES)))]
        output = subprocess.run([bench, "--plain", "--threads", threads], check=True, capture_output=True, text=True)
        ours = json.loads(output.stdout.splitlines()[-1])
        pairs.append((theirs[0] / ours["seconds"], theirs[1] / ours["processor_seconds"]))
    wall, processor = (statistics.median(figures) for figures in zip(*pairs))
    name = "matmul" if best is library.run else "gemm_s8s8s32"
    print(f"plain product, {SIDE} x {SIDE} x {INNER}: {wall:.3f} of the speed of oneDNN's {name}, by processor time {processor:.3f}")
    figures = {"plain_library_share": round(wall, 4), "plain_library_share_processor_time": round(processor, 4)}
    print(json.dumps({"library": f"oneDNN {name}", **figures}))


# Threads that wait must not count as processor time.
if os.environ.get("OMP_WAIT_POLICY") != "passive":
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": sys.argv[-1]}
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)
main()
