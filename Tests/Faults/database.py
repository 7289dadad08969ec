"""MariaDB with the feature tables; it keeps its port and its data when it is ended and started again."""

import asyncio
import os
import signal
import subprocess

from entities import TABLES, create_sql
from processes import free_port, signal_group


class Database:
    # The hub's own user, with no more than a hub needs: root has a connection in reserve.
    USER = "hub"
    # No log may hold it.
    PASSWORD = "canary-2209"

    def __init__(self, processes):
        self.processes = processes
        self.port = free_port()
        folder = processes.folder
        self.data, self.socket = folder / "mariadb", folder / "mariadb.sock"
        self.client = ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "--skip-column-names"]

    def create(self):
        user = os.environ.get("USER", "root")
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--auth-root-authentication-method=normal",
             f"--user={user}", "--skip-test-db"], check=True, capture_output=True)
        self.start()
        tables = " ".join(create_sql(table) for table in TABLES)
        self.run(f"CREATE DATABASE features; USE features; {tables} "
                 f"CREATE USER {self.USER}@'%' IDENTIFIED BY '{self.PASSWORD}'; GRANT SELECT ON features.* TO {self.USER}@'%'; CREATE USER other@'%';")

    def start(self):
        user = os.environ.get("USER", "root")
        self.process = self.processes.start("mariadb", [
            "mariadbd", "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}", f"--port={self.port}",
            "--bind-address=127.0.0.1", "--skip-log-bin", f"--user={user}", "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0"])
        self.processes.wait_for_port("mariadb", self.process, self.port)

    def dsn(self, port=None):
        return f"{self.USER}:{self.PASSWORD}@tcp(127.0.0.1:{port or self.port})/features"

    def run(self, sql):
        """What the statements answer, a line a row."""
        done = subprocess.run([*self.client, "-e", sql], check=True, capture_output=True, text=True)
        return done.stdout.split("\n")[:-1]

    async def ask(self, sql):
        return await asyncio.to_thread(self.run, sql)

    async def hold(self, sql, user="root"):
        """A session that lasts as long as these statements do."""
        command = [*self.client[:-2], f"--user={user}", "-e", sql]
        return await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def kill_connections(self):
        """Ends the hubs' connections; says how many."""
        ids = await self.ask(f"SELECT id FROM information_schema.processlist WHERE user = '{self.USER}'")
        if ids:
            # One may be gone by now.
            await asyncio.to_thread(
                subprocess.run, [*self.client, "--force", "-e", "".join(f"KILL {id};" for id in ids)],
                capture_output=True)
        return len(ids)

    def kill(self):
        signal_group(self.process, signal.SIGKILL)
        self.process.wait()
        self.processes.running.remove(self.process)

    async def end(self):
        await asyncio.to_thread(self.processes.end, self.process)

    async def start_again(self):
        await asyncio.to_thread(self.start)
