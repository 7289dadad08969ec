"""A hub of the kind that people write by hand, to measure Palantir beside: what a page of FastAPI does of its work.

It keeps connections to the database and the models, asks MLflow once for each model, and reads the rows of a request by
one statement. It neither merges requests nor checks what Palantir checks, notices no changed tags, has no deadlines.
"""

import os
import re
from contextlib import asynccontextmanager
from decimal import Decimal
from urllib.parse import urlsplit

import asyncmy
import orjson
from asyncmy.cursors import DictCursor
from fastapi import FastAPI, HTTPException, Response
from http_clients import CLIENTS
from pydantic import BaseModel


class PredictionRequest(BaseModel):
    model_name: str
    ids: list[int | str]


@asynccontextmanager
async def lifespan(app):
    database = urlsplit(os.environ["HUB_DATABASE"])
    app.state.models = {}
    async with (
        # More connections a worker did not make it quicker: the worker's own thread is what it waits for.
        asyncmy.create_pool(
            host=database.hostname, port=database.port, user=database.username, password=database.password or "",
            db=database.path[1:], minsize=4, maxsize=16, autocommit=True) as app.state.pool,
        CLIENTS[os.environ["HUB_CLIENT"]].open() as app.state.client,
    ):
        yield


app = FastAPI(lifespan=lifespan)


async def tags_of(name):
    if name not in app.state.models:
        status, answer = await app.state.client.get(
            f"{os.environ['HUB_MLFLOW']}/api/2.0/mlflow/registered-models/get", {"name": name})
        if status != 200:
            raise HTTPException(404, f"no model {name}")
        tags = {tag["key"]: tag["value"] for tag in orjson.loads(answer)["registered_model"].get("tags", [])}
        # It becomes part of a statement, where nothing can be bound.
        if not re.fullmatch(r"\w+", tags["feature_store"]):
            raise HTTPException(500, f"{tags['feature_store']!r} is no table")
        app.state.models[name] = tags
    return app.state.models[name]


def as_json(value):
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError


@app.post("/predictions")
async def predictions(request: PredictionRequest):
    tags = await tags_of(request.model_name)
    marks = ",".join(["%s"] * len(request.ids))
    async with app.state.pool.acquire() as connection, connection.cursor(cursor=DictCursor) as cursor:
        await cursor.execute(f"SELECT * FROM {tags['feature_store']} WHERE id IN ({marks})", request.ids)
        rows = await cursor.fetchall()
    if not rows:
        raise HTTPException(404, "no such entity")
    status, answer = await app.state.client.post(tags["uri"], orjson.dumps({"values": rows}, default=as_json))
    if status != 200:
        raise HTTPException(502, "the model failed")
    return Response(orjson.dumps({"predictions": orjson.loads(answer)["predictions"]}), media_type="application/json")
