"""Writes the feature table that Palantir reads, into SQLite or MySQL."""

import re
import sqlite3
from pathlib import Path
from urllib.parse import unquote, urlsplit

# By hand and not by pandas.to_sql, which makes `id` a TEXT column without an index: every look-up would then read the
# whole table, and decimals and dates would lose their types.
COLUMNS = {
    "id": "BIGINT NOT NULL PRIMARY KEY",
    "tenure_months": "INTEGER NOT NULL",
    "support_calls": "INTEGER",
    "monthly_charge": "DECIMAL(10,2)",
    "contract": "VARCHAR(32) NOT NULL",
    "plan": "VARCHAR(32) NOT NULL",
    "city": "VARCHAR(64)",
    "paperless": "BOOLEAN NOT NULL",
    "signup_date": "DATE NOT NULL",
}


def write_feature_table(url, table, rows):
    """Replaces `table` by one that holds `rows`. A reader sees the old rows or the new, never a mix."""
    # The name becomes part of statements, where nothing can be bound.
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,49}", table):
        raise ValueError(f"{table!r} is not a table name of letters, digits and _")
    if url.startswith("sqlite:///"):
        write_to_sqlite(Path(url.removeprefix("sqlite:///")), table, rows)
    elif url.startswith(("mysql://", "mariadb://")):
        write_to_mysql(url, table, rows)
    else:
        raise ValueError("--features takes sqlite:///path or mysql://user:password@host:port/database")


def create_statement(table, columns):
    return f"CREATE TABLE {table} ({', '.join(f'{name} {type}' for name, type in columns.items())})"


def insert_statement(table, placeholder):
    return f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES ({', '.join([placeholder] * len(COLUMNS))})"


def write_to_sqlite(path, table, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    # The hub may be reading the file: wait for it rather than fail. Without isolation level, transactions are ours.
    database = sqlite3.connect(path, timeout=30, isolation_level=None)
    # SQLite has neither decimals nor dates: the columns' types decide how it keeps these texts.
    values = [[v if v is None or isinstance(v, int) else str(v) for v in row.values()] for row in rows]
    try:
        database.execute("BEGIN IMMEDIATE")
        database.execute(f"DROP TABLE IF EXISTS {table}")
        # As INTEGER, and under no other name, the key is SQLite's own row number: the quickest look-up.
        database.execute(create_statement(table, COLUMNS | {"id": "INTEGER NOT NULL PRIMARY KEY"}))
        database.executemany(insert_statement(table, "?"), values)
        database.execute("COMMIT")
    finally:
        database.close()  # Rolls back what was not committed.


def write_to_mysql(url, table, rows):
    import pymysql  # Only here: SQLite needs no driver.

    parts = urlsplit(url)
    database = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.removeprefix("/")),
        charset="utf8mb4",
    )
    # MySQL commits at each CREATE or DROP, so a transaction cannot hold this together; RENAME of both at once can.
    new, old = f"{table}__new", f"{table}__old"
    with database, database.cursor() as cursor:
        # Left over if an earlier run was cut short.
        cursor.execute(f"DROP TABLE IF EXISTS {new}, {old}")
        cursor.execute(create_statement(new, COLUMNS) + " CHARACTER SET utf8mb4")
        cursor.executemany(insert_statement(new, "%s"), [list(row.values()) for row in rows])
        database.commit()
        if cursor.execute("SHOW TABLES LIKE %s", [table.replace("_", r"\_")]):
            cursor.execute(f"RENAME TABLE {table} TO {old}, {new} TO {table}")
            cursor.execute(f"DROP TABLE {old}")
        else:
            cursor.execute(f"RENAME TABLE {new} TO {table}")
