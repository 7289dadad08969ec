"""The churn example's own API, as it is but for waitress's limit of 100 connections.

At 256 clients who ask it directly, or through nginx, more than half would otherwise not be answered at all.
"""

import argparse
import sys
from pathlib import Path

import mlflow
from waitress import serve

sys.path.append(str(Path(__file__).resolve().parents[2] / "examples/churn"))
from api import make_app

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
options = parser.parse_args()
app = make_app(mlflow.sklearn.load_model("models:/churn@champion"))
serve(app, host="127.0.0.1", port=options.port, threads=8, connection_limit=2000, asyncore_use_poll=True)
