"""Registers models of each kind that the hub deploys itself, for the integration tests.

`register_models.py --tracking-uri URI KIND=NAME …`: a registered model NAME of a kind, or one more version of it. They
read the features `a` and `b`.
"""

import argparse
import os
import tempfile
import time
import warnings

os.environ.update(
    MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false", GIT_PYTHON_REFRESH="quiet",
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true", MLFLOW_LOGGING_LEVEL="ERROR")
warnings.simplefilter("ignore")

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression, LogisticRegression

FRAME = pd.DataFrame({"a": np.arange(200.0), "b": 200 - np.arange(200.0)})
TARGET = (FRAME["a"] > 100).astype(int)


class Table(mlflow.pyfunc.PythonModel):
    """Answers a DataFrame: its columns are the labels."""

    def predict(self, context, model_input, params=None):
        return pd.DataFrame({"sum": model_input["a"] + model_input["b"], "nothing": float("nan")})


class Text(mlflow.pyfunc.PythonModel):
    """Answers a text a row, as language models do."""

    def predict(self, context, model_input, params=None):
        return [f"a is {row.a:g}" for row in model_input.itertuples()]


class Unloadable(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        raise RuntimeError("this model cannot be loaded")

    def predict(self, context, model_input, params=None):
        return model_input


class Failing(mlflow.pyfunc.PythonModel):
    """Fails with the features in its message, as libraries do."""

    def predict(self, context, model_input, params=None):
        raise ValueError(f"cannot take {model_input.to_dict()}")


class Moody(mlflow.pyfunc.PythonModel):
    """Ends its process at a = 13, does not answer at a = 14, and eats memory at a = 15."""

    def predict(self, context, model_input, params=None):
        if (model_input["a"] == 13).any():
            os._exit(3)
        if (model_input["a"] == 14).any():
            time.sleep(3600)
        if (model_input["a"] == 15).any():
            self.eaten = getattr(self, "eaten", []) + [np.ones(8 << 20) for _ in range(4)]
        return model_input["a"] * 2


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracking-uri", required=True)
    parser.add_argument("--times", type=int, default=1, help="how many models, NAME-1 and so on")
    parser.add_argument("models", nargs="+", metavar="KIND=NAME")
    options = parser.parse_args()
    mlflow.set_tracking_uri(options.tracking_uri)
    mlflow.set_experiment("tests")
    for model in options.models:
        kind, name = model.split("=", 1)
        names = [name] if options.times == 1 else [f"{name}-{number}" for number in range(1, options.times + 1)]
        for each in names:
            register(kind, each)


def register(kind, name):
    if kind in ("classifier", "labels", "regressor"):
        target = {"classifier": TARGET, "labels": np.where(TARGET, "high", "low"), "regressor": FRAME["a"] * 3}[kind]
        estimator = LinearRegression() if kind == "regressor" else LogisticRegression(max_iter=1000)
        estimator.fit(FRAME, target)
        info = mlflow.sklearn.log_model(
            estimator, name="model", registered_model_name=name, input_example=FRAME.head(2),
            signature=infer_signature(FRAME, estimator.predict(FRAME)), pip_requirements=["mlflow"])
    else:
        model = {"table": Table, "text": Text, "unloadable": Unloadable, "failing": Failing, "moody": Moody}[kind]()
        info = mlflow.pyfunc.log_model(
            name="model", python_model=model, registered_model_name=name, signature=infer_signature(FRAME),
            pip_requirements=["mlflow"])
    client = mlflow.MlflowClient()
    client.set_registered_model_tag(name, "feature_store", "numbers")
    client.set_registered_model_tag(name, "autodeploy", "true")
    print(name, info.registered_model_version, flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
