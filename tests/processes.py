"""Real processes for tests of what processes do to one another."""

import json
import os
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Arguments come by standard input, which has no limit to their length. Each process says when its Django is set up and
# then waits, so that many begin their work at one moment.
BEGIN = """
import json, sys, django
sys.argv[1:] = json.loads(sys.stdin.readline())
django.setup()
print("ready", flush=True)
sys.stdin.readline()
"""


class Spawner:
    """Starts processes that run a script on the test's database. `sys.argv[1:]` of a script are its arguments."""

    def __init__(self, database_url):
        self.environment = os.environ | {"DATABASE_URL": database_url}
        self.started = []

    def __call__(self, script, *args, **environment):
        """Start one process and return it (a Popen) as its script begins."""
        process = self._start(script, args, environment)
        begin([process])
        return process

    def together(self, count, script, *args, seconds=120):
        """Run `count` processes that begin at one moment, each with its number before `args`; return their outputs."""
        processes = [self._start(script, (number, *args), {}) for number in range(count)]
        begin(processes)
        return [output_of(process, seconds=seconds) for process in processes]

    def _start(self, script, args, environment):
        process = subprocess.Popen(
            [sys.executable, "-c", BEGIN + textwrap.dedent(script)],
            cwd=ROOT,
            env=self.environment | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        process.stdin.write(json.dumps([str(argument) for argument in args]) + "\n")
        process.stdin.flush()
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
def server(database_url, *, seconds=30):
    """Serve the site with the server of production, on a free port; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    options = f"--interface wsgi --port {port} --blocking-threads 4 --log-level warning".split()
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", *options, "editorial.wsgi:application"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url, "SITE_URL": url},
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
