"""What Ray Serve runs: a registered model that Palantir declared, behind POST …/predict and GET …/health.

It comes with the scorer's files in a zip that Palantir serves. MLflow is not asked: the artifacts come from Palantir too.
"""

import os
import shutil
import tempfile
import time
import typing
import urllib.request
import zipfile

from ray import serve
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from palantir_scorer import failures, scoring_app
from palantir_scorer.failures import ExampleError, PredictionError
from palantir_scorer.scoring_app import ScoringApp
from palantir_scorer.served_model import ServedModel

# Beside this file: Ray removes the folder when nothing uses the code any more.
MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
DOWNLOAD_STALLS_S = 60
LARGEST_TRIAL = 16 << 20
# The longest that the tag timeout_ms allows; a call beyond it hangs.
LONGEST_CALL_S = 600


def build(args: dict) -> serve.Application:
    """Ray calls it in a process of its own before it touches a replica of the version that serves: a model that cannot
    be loaded, or that does not answer its own example or a row of its feature table, replaces nothing."""
    model, example = load(args["artifacts"])
    if example == "none":
        example = answer_row(model, args["trial"])
    return Model.bind(args, example)


@serve.deployment
class Model:
    def __init__(self, args: dict, example: str) -> None:
        model, _ = load(args["artifacts"])
        self.example = example
        self.version = args["version"]
        self.app = ScoringApp(model, args.get("secret") or "")
        failures.hide_messages()

    async def __call__(self, request: Request) -> Response:
        if request.url.path.endswith("/health"):
            return JSONResponse(self.app.health() | {"version": self.version, "example": self.example})
        body = await request.body()
        answer: dict[str, typing.Any] = {"body": b""}

        async def receive() -> dict:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict) -> None:
            answer.update(message)

        path = "/predict" if request.url.path.endswith("/predict") else request.url.path
        scope = {"method": request.method, "path": path, "headers": request.scope["headers"]}
        await self.app(scope, receive, send)
        return Response(answer["body"], answer["status"], media_type="application/json")

    def check_health(self) -> None:
        """Ray asks regularly, and replaces a replica that raises."""
        since = self.app.queue.predicting_since
        if since is not None and time.monotonic() - since > LONGEST_CALL_S:
            raise RuntimeError(f"the model has not answered a call for {LONGEST_CALL_S} s")


def load(artifacts: str) -> tuple[ServedModel, str]:
    """The model, and whether it has answered its own example: `answered`, or `none` if it has none."""
    try:
        folder = fetch(artifacts)
        model = ServedModel.load(folder)
        return model, model.answer_example(folder)
    except BaseException as error:  # SystemExit too.
        # Ray shows the message to all who may see the application.
        raise RuntimeError(failures.sentence_of_load(error)) from None


def answer_row(model: ServedModel, trial: str) -> str:
    """Asks the model for a row of its feature table: `answered`, or `none` if the hub has none for it."""
    failures.hide_messages()
    try:
        with urllib.request.urlopen(trial, timeout=DOWNLOAD_STALLS_S) as answer:
            rows = scoring_app.rows_of(answer.read(LARGEST_TRIAL))
    except (OSError, PredictionError):
        return "none"  # Nothing is known against the model; the hub looks for a row once more when it has started.
    try:
        scoring_app.answer_of(rows, model.predict(rows))
    except PredictionError as error:
        # `from None`: Ray shows tracebacks, and those of libraries quote values.
        raise ExampleError(f"it does not answer for a row of its feature table: {error.sentence}") from None
    except ValueError:
        raise ExampleError("its answer for a row of its feature table is no JSON") from None
    return "answered"


def fetch(artifacts: str) -> str:
    """The folder of the artifacts, which are downloaded once on each node."""
    folder = os.path.join(MODELS, artifacts.rsplit("/", 1)[-1].removesuffix(".zip"))
    if os.path.isdir(folder):
        return folder
    os.makedirs(MODELS, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MODELS) as temporary:
        archive, unpacked = os.path.join(temporary, "archive"), os.path.join(temporary, "unpacked")
        with urllib.request.urlopen(artifacts, timeout=DOWNLOAD_STALLS_S) as answer, open(archive, "wb") as file:
            shutil.copyfileobj(answer, file, 1 << 20)
        unpack(archive, unpacked)
        try:
            os.rename(unpacked, folder)
        except OSError:
            # Another replica of this node was quicker.
            if not os.path.isdir(folder):
                raise
    return folder


def unpack(archive: str, folder: str) -> None:
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            if "\\" in name or any(part in ("", ".", "..") for part in name.split("/")):
                raise ValueError("the artifacts hold a name that leads out of their folder")
        files.extractall(folder)  # Checks each file's checksum.
