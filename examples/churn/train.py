"""Trains the churn model, registers it in MLflow and writes the table of features that Palantir feeds it.

Running it again makes a new version of the model and replaces the table.
"""

import argparse
import os
import time
import warnings
from pathlib import Path

# MLflow reads these when it is imported.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
# A machine without git is fine: MLflow would only have noted the commit.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")

import mlflow
import pandas as pd
import sklearn
import skops
from mlflow.models import infer_signature
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

import churn_pipeline
from customers import as_json, make_customers
from feature_table import write_feature_table

started = time.monotonic()


def main():
    options = parse_options()
    mlflow.set_tracking_uri(options.tracking_uri)

    step(f"making up {options.customers} customers (seed {options.seed})")
    rows, churned = make_customers(options.customers, options.seed)

    # The rows first: whoever learns of the model can then ask it about every customer.
    step(f"writing their features to the table {options.feature_table}")
    write_feature_table(options.features, options.feature_table, rows)

    frame = pd.DataFrame([as_json(row) for row in rows]).drop(columns="id")
    step(f"training on {len(frame.columns)} features; {sum(churned)} of {len(churned)} customers left")
    model, auc = train(frame, churned, options)

    step(f"logging the model to MLflow (AUC on unseen customers: {auc:.3f})")
    version = log_model(model, frame, auc, options)

    step(f"describing {options.name} version {version}: tags, alias champion")
    describe(version, options)
    step(f"done: {options.name}@champion is version {version}, asked at {options.uri or 'wherever the hub runs it'}")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--uri", help="where the model's API will be, http://host:port/predict; without it the hub runs the model itself"
    )
    parser.add_argument(
        "--features",
        required=True,
        help="sqlite:///relative/path, sqlite:////absolute/path or mysql://user:password@host:port/database",
    )
    parser.add_argument("--feature-table", default="churn_features", help="its name (default: %(default)s)")
    parser.add_argument(
        "--tracking-uri",
        default=os.environ.get("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000"),
        help="the MLflow server (default: MLFLOW_TRACKING_URI, else http://127.0.0.1:5000)",
    )
    parser.add_argument("--name", default="churn", help="the registered model's name (default: %(default)s)")
    parser.add_argument("--customers", type=int, default=4000, help="how many (default: %(default)s)")
    parser.add_argument(
        "--penalty", type=float, default=1.0, help="of large weights; another makes another model (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=7, help="same seed, same customers (default: %(default)s)")
    return parser.parse_args()


def train(frame, churned, options):
    """A pipeline trained on every customer, and how well its like did on those it had not seen."""
    split = train_test_split(frame, churned, test_size=0.25, random_state=options.seed, stratify=churned)
    train_rows, test_rows, train_labels, test_labels = split
    judged = churn_pipeline.make_pipeline_for_churn(options.penalty).fit(train_rows, train_labels)
    auc = roc_auc_score(test_labels, judged.predict_proba(test_rows)[:, 1])
    return churn_pipeline.make_pipeline_for_churn(options.penalty).fit(frame, churned), auc


def log_model(model, frame, auc, options):
    """Logs and registers the model; returns the new version."""
    mlflow.set_experiment(options.name)
    with mlflow.start_run(), warnings.catch_warnings():
        # MLflow warns that integer columns cannot be null. Those that may be are floats here already.
        warnings.filterwarnings("ignore", message=".*[Ii]nteger column.*")
        mlflow.log_params({"customers": options.customers, "seed": options.seed})
        mlflow.log_metric("auc", auc)
        info = mlflow.sklearn.log_model(
            model,
            name="model",
            registered_model_name=options.name,
            signature=infer_signature(frame, model.predict(frame)),
            input_example=frame.head(2),
            # The pipeline calls a function of ours: its file goes along, and skops is told that we mean it. The
            # imputers remember a numpy.dtype, which skops does not trust by itself either.
            code_paths=[str(Path(churn_pipeline.__file__))],
            skops_trusted_types=["churn_pipeline.readable", "numpy.dtype"],
            # Given, because MLflow would find them out by loading the model in another process, for 10 s.
            pip_requirements=[
                f"{package.__name__.replace('sklearn', 'scikit-learn')}=={package.__version__}"
                for package in (mlflow, pd, sklearn, skops)
            ],
        )
    return info.registered_model_version


def describe(version, options):
    """Sets what Palantir reads: where the features are, who serves the model, and which version is in service."""
    client = mlflow.MlflowClient()
    client.update_registered_model(options.name, "Will this customer leave within a month? 1: yes, 0: no.")
    client.set_registered_model_tag(options.name, "feature_store", options.feature_table)
    if options.uri:
        client.set_registered_model_tag(options.name, "uri", options.uri)
    else:
        # An empty uri counts as none; one that is set wins over autodeploy.
        client.set_registered_model_tag(options.name, "uri", "")
        client.set_registered_model_tag(options.name, "autodeploy", "true")
    client.set_registered_model_alias(options.name, "champion", version)


def step(text):
    print(f"{time.monotonic() - started:5.1f} s  {text}", flush=True)


if __name__ == "__main__":
    main()
