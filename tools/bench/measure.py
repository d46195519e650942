"""Runs programs in turns and keeps the figures that they print."""
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time


class Failed(Exception):
    """A program that ought to print figures did not."""


def run(command, environment=None):
    """What `command` prints; raises Failed where it ends badly."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          env={**os.environ, **(environment or {})}) as child:
        try:
            out, errors = child.communicate()
        except BaseException:
            child.terminate()  # It may have to clean up; it is waited for.
            raise
    if child.returncode != 0:
        reason = (errors or out).strip().splitlines()[-1:] or ["no message"]
        raise Failed(f"{pathlib.Path(command[0]).name}: {reason[0]}")
    return out


class Program:
    """Prints `key=value` words. `environment`: variables that it wants beside the usual ones."""

    def __init__(self, *command, environment=None):
        self.command = [str(word) for word in command]
        self.environment = environment

    def figures(self):
        words = re.findall(r"(\w+)=([-+.\deE]+)(?=\s|$)", run(self.command, self.environment))
        return {key: float(value) for key, value in words}


class Parts(Program):
    """A Google Benchmark program: figures are named `benchmark/argument key`."""

    def __init__(self, program, choice, seconds):
        super().__init__(program, f"--benchmark_filter={choice}", "--benchmark_format=json",
                         f"--benchmark_min_time={seconds}")

    def figures(self):
        figures = {}
        for entry in json.loads(run(self.command))["benchmarks"]:
            for key, value in entry.items():
                if isinstance(value, (int, float)):
                    figures[f"{entry['name']} {key}"] = float(value)
        return figures


class Start(Program):
    """From start to exit, in a folder that does not survive: `wall_s` and `cpu_s`, each the least
    of a number of starts, which is what remains when nothing else disturbs."""

    def __init__(self, starts, *command, environment=None):
        super().__init__(*command, environment=environment)
        self.starts = starts

    def figures(self):
        walls, cpus = [], []
        for _ in range(self.starts):
            with tempfile.TemporaryDirectory(prefix="natsim-bench-") as folder:
                command = [word.replace("FOLDER", folder) for word in self.command]
                used, start = _children_seconds(), time.monotonic()
                run(command, self.environment)
                walls.append(time.monotonic() - start)
                cpus.append(_children_seconds() - used)
        return {"wall_s": min(walls), "cpu_s": min(cpus)}


def _children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Missing:
    """A peer that is not on this machine."""

    def __init__(self, why):
        self.why = why

    def figures(self):
        raise Failed(self.why)


class Figure:
    """A number that a program prints, of all its runs. `scale` turns it into `unit`."""

    def __init__(self, program, key, unit="", scale=1.0):
        self.program, self.key, self.unit, self.scale = program, key, unit, scale

    def values(self, results):
        return [figures[self.key] * self.scale for figures in results.get(self.program, [])]


def in_turns(programs, rounds, tell):
    """Runs each of `programs` once a round. Returns program -> its figures, and program -> why it
    failed. A program that fails is not run again."""
    results = {program: [] for program in programs}
    failures = {}
    for turn in range(rounds):
        for i, program in enumerate(programs):
            tell(f"{turn + 1}/{rounds} {i + 1}/{len(programs)}")
            if program in failures:
                continue
            try:
                results[program].append(program.figures())
            except Failed as failure:
                failures[program] = str(failure)
                del results[program]
    tell("")
    return results, failures


def progress(title):
    """Returns a function that shows, on a terminal, how far `title` has come."""
    def tell(text):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{title} {text}" if text else "\r\033[K")
            sys.stderr.flush()
    return tell


def spread(values):
    """Half of what lies between the least and the greatest, as a share of the median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / 2 / middle if middle else 0.0
