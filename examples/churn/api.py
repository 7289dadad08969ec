"""A model behind HTTP, by hand: what Palantir calls at the registered model's `uri`.

POST /predict {"values": [{"id": 42, "plan": "fiber", …}]} → {"predictions": {"42": {"0": 0.9, "1": 0.1}}}
"""

import argparse

import mlflow
import pandas as pd
from flask import Flask, request
from waitress import serve


def make_app(model):
    app = Flask(__name__)
    labels = [str(label) for label in model.classes_]

    @app.post("/predict")
    def predict():
        body = request.get_json(silent=True)
        rows = body.get("values") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and "id" in row for row in rows):
            return {"error": 'expected {"values": [{"id": ..., ...}, ...]}'}, 400
        try:
            # All rows in one call: a hundred cost scikit-learn hardly more than one.
            probabilities = model.predict_proba(pd.DataFrame(rows))
        except KeyError as missing:
            return {"error": f"a feature is missing: {missing}"}, 400
        except (TypeError, ValueError):
            return {"error": "a feature is of the wrong type"}, 400  # Without the value: errors end up in logs.
        answers = [dict(zip(labels, row)) for row in probabilities.tolist()]
        return {"predictions": {str(row["id"]): answer for row, answer in zip(rows, answers)}}

    @app.get("/health")
    def health():
        return {"status": "ok"}  # The port only opens once the model is loaded.

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", default="models:/churn@champion", help="in the MLflow of MLFLOW_TRACKING_URI")
    options = parser.parse_args()
    app = make_app(mlflow.sklearn.load_model(options.model))
    print(f"{options.model} answers at http://{options.host}:{options.port}/predict", flush=True)
    # Not Flask's own server: that one closes the connection after each answer. Eight threads, for those who ask it
    # directly: Palantir makes one call at a time, of many rows.
    serve(app, host=options.host, port=options.port, threads=8)
