"""Real processes for tests of what processes do to one another."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests import forked

ROOT = Path(__file__).resolve().parent.parent

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([forked.__name__])


class Process:
    """A real process that runs a script, with those parts of a Popen that tests use."""

    def __init__(self, script, args, environment):
        theirs, mine = [], []
        for number, mode in enumerate("wrr"):
            reader, writer = FORKS.Pipe(duplex=False)
            their_end, my_end = (reader, writer) if number == 0 else (writer, reader)
            theirs.append(their_end)
            with my_end:
                mine.append(os.fdopen(os.dup(my_end.fileno()), mode))
        self.stdin, self.stdout, self.stderr = mine
        self.said = None
        self.fork = FORKS.Process(target=forked.begin, args=(script, args, environment, *theirs))
        self.fork.start()
        for end in theirs:
            end.close()

    @property
    def returncode(self):
        """The exit status, or None while it runs; the negative number of the signal that killed it."""
        return self.fork.exitcode

    def poll(self):
        return self.returncode

    def send_signal(self, number):
        os.kill(self.fork.pid, number)

    def kill(self):
        if self.poll() is None:
            self.send_signal(signal.SIGKILL)

    def communicate(self, timeout=None):
        """Wait for its end and return all that it printed and all its errors, or raise TimeoutExpired."""
        if self.said is None:
            self.stdin.close()
            readers = ThreadPoolExecutor(2)
            both = [readers.submit(stream.read) for stream in (self.stdout, self.stderr)]
            readers.shutdown(wait=False)
            self.fork.join(timeout)
            if self.poll() is None:
                raise subprocess.TimeoutExpired(self.fork.name, timeout)
            self.said = tuple(one.result(timeout) for one in both)
            self.stdout.close()
            self.stderr.close()
        return self.said


class Spawner:
    """Starts processes that run a script on the test's database. `sys.argv[1:]` of a script are its arguments."""

    def __init__(self, database_url):
        self.environment = {"DATABASE_URL": database_url}
        self.started = []

    def __call__(self, script, *args, **environment):
        """Start one process and return it as its script begins."""
        process = self._start(script, args, environment)
        begin([process])
        return process

    def together(self, count, script, *args, seconds=120):
        """Run `count` processes that begin at one moment, each with its number before `args`; return their outputs."""
        processes = [self._start(script, (number, *args), {}) for number in range(count)]
        begin(processes)
        return [output_of(process, seconds=seconds) for process in processes]

    def _start(self, script, args, environment):
        args = [str(argument) for argument in args]
        process = Process(textwrap.dedent(script), args, self.environment | environment)
        self.started.append(process)
        return process


def begin(processes):
    """Wait until each process is ready, then let all go."""
    for process in processes:
        if process.stdout.readline() != "ready\n":
            raise AssertionError(f"A process did not get ready:\n{process.communicate()[1]}")
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()


def output_of(process, *, seconds=120):
    """Wait for a process and return what it printed.

    Raises AssertionError with its own words where it failed, TimeoutExpired where it takes longer.
    """
    output, errors = process.communicate(timeout=seconds)
    assert process.returncode == 0, f"exit {process.returncode}\n{output}\n{errors}"
    return output.strip()


def wait_for_the_end_of(pid):
    """Wait until there is no process of this number any more, for 20 seconds."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("A process is left behind.")


@contextmanager
def spawner(database_url):
    """Yield a Spawner; in the end kill what it started and still runs."""
    spawn = Spawner(database_url)
    try:
        yield spawn
    finally:
        for process in spawn.started:
            process.kill()
            process.communicate()


@contextmanager
def server(database_url, *, seconds=30, **environment):
    """Serve the site with the server of production, on a free port; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    options = f"--interface wsgi --port {port} --blocking-threads 4 --log-level warning".split()
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", *options, "editorial.wsgi:application"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url, "SITE_URL": url} | environment,
    )
    try:
        wait_for(f"{url}/health", process, time.monotonic() + seconds)
        yield url
    finally:
        process.terminate()
        process.wait()


def wait_for(url, process, deadline):
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(f"Nothing answers at {url} (exit status {process.returncode}).")
