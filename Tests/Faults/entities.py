"""The rows of the feature tables, and what a model must answer for each of them.

The answer is a function of the model's name and of the whole row, the id included: a mix-up of entities, rows, tables or
models cannot hide."""

import zlib

ENTITIES = 5000
TABLES = ("entities", "others")
# A part of every row that stands nowhere else: no log may hold it.
CANARY = "canary-7731"


def row(table, number):
    return {"id": number, "calls": number * 7, "charge": number / 4, "name": f"{CANARY} {table} {number}",
            "balance": number / 100}


def create_sql(table):
    return (f"CREATE TABLE {table} (id INT PRIMARY KEY, calls INT, charge DOUBLE, name VARCHAR(32), "
            f"balance DECIMAL(12,2)); INSERT INTO {table} SELECT seq, seq * 7, seq / 4, "
            f"CONCAT('{CANARY} {table} ', seq), seq / 100 FROM seq_1_to_{ENTITIES};")


def score(model, row):
    # Numbers as floats: 1, 1.0 and 1.00 are the same number of JSON.
    text = ",".join(
        f"{name}={value if isinstance(value, str) or value is None else float(value)}"
        for name, value in sorted(row.items()))
    return zlib.crc32(f"{model}:{text}".encode())
