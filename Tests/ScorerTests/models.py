"""Saves one of each kind of model into a folder."""

import sys
import warnings

import cloudpickle
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature, infer_signature
from mlflow.types import ColSpec, Schema
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import harness
import python_models

CHURN = harness.PROJECT / "examples/churn"
REQUIREMENTS = ["mlflow"]
APART = ("OwnModules", "Parrot", "Pairs", "Types")


def save_all(folder):
    warnings.simplefilter("ignore")
    cloudpickle.register_pickle_by_value(python_models)
    save_sklearn(folder)
    save_python(folder)
    save_apart(folder)
    save_churn(folder)


def save_sklearn(folder):
    chance = np.random.default_rng(1)
    frame = pd.DataFrame({"a": chance.normal(size=200), "b": chance.normal(size=200)})
    target = (frame["a"] + frame["b"] > 0).astype(int)

    def save(name, model, signed=True, example=None):
        signature = infer_signature(frame, model.predict(frame)) if signed else None
        mlflow.sklearn.save_model(
            model, folder / name, signature=signature, input_example=example, pip_requirements=REQUIREMENTS
        )

    scaled = lambda model: make_pipeline(StandardScaler(), model)
    save("classifier", scaled(LogisticRegression()).fit(frame, target), example=frame.head(2))
    save("unsigned", scaled(LogisticRegression()).fit(frame, target), signed=False)
    save("unnamed", scaled(LogisticRegression()).fit(frame.to_numpy(), target), signed=False)
    save("text_labels", LogisticRegression().fit(frame, np.where(target, "leaves", "stays")))
    save("bool_labels", LogisticRegression().fit(frame, target.astype(bool)))
    save("no_probabilities", LinearSVC().fit(frame, np.where(target, "leaves", "stays")))
    save("regressor", LinearRegression().fit(frame, frame["a"] * 2 + frame["b"]))
    both = np.column_stack([target, 1 - target])
    save("multi_output", MultiOutputClassifier(LogisticRegression()).fit(frame, both))
    tensor = LogisticRegression().fit(frame.to_numpy(), target)
    signature = infer_signature(frame.to_numpy(), tensor.predict(frame.to_numpy()))
    mlflow.sklearn.save_model(
        tensor,
        folder / "tensor",
        signature=signature,
        input_example=frame.to_numpy()[:2],
        pip_requirements=REQUIREMENTS,
    )


def save_apart(folder):
    """Those that need more than a signature."""

    def save(name, **fields):
        model = getattr(python_models, name)()
        mlflow.pyfunc.save_model(folder / name, python_model=model, pip_requirements=REQUIREMENTS, **fields)

    code = folder / "code"
    code.mkdir()
    for name in ("answers", "features"):
        (code / f"{name}.py").write_text(f"SAID = 'own {name}'\n")
    save("OwnModules", code_paths=[str(code / "answers.py"), str(code / "features.py")])
    save("Parrot")
    save("Pairs", input_example=[python_models.Pair(a=1, b="x")])
    typed = ["boolean", "integer", "long", "float", "double", "string", "datetime", "binary"]
    columns = [ColSpec(type, type, required=type != "string") for type in typed]
    save("Types", signature=ModelSignature(inputs=Schema(columns)))


def save_python(folder):
    x = ModelSignature(inputs=Schema([ColSpec("double", "x")]))
    do = ModelSignature(inputs=Schema([ColSpec("string", "do")]))
    hoard = ModelSignature(inputs=Schema([ColSpec("long", "mb"), ColSpec("long", "keep")]))
    signatures = {"Moody": do, "Hoarder": hoard, "Texts": None, "Stubborn": do}
    for name, value in vars(python_models).items():
        if isinstance(value, type) and issubclass(value, mlflow.pyfunc.PythonModel) and name not in APART:
            example = pd.DataFrame({"x": [4242.5]}) if name == "BadExample" else None
            example = ["one", "two"] if name == "Texts" else example
            mlflow.pyfunc.save_model(
                folder / name,
                python_model=value(),
                signature=signatures.get(name, x),
                input_example=example,
                pip_requirements=REQUIREMENTS,
            )


def save_churn(folder):
    sys.path.insert(0, str(CHURN))
    import churn_pipeline
    from customers import as_json, make_customers

    rows, churned = make_customers(1000, 7)
    frame = pd.DataFrame([as_json(row) for row in rows]).drop(columns="id")
    model = churn_pipeline.make_pipeline_for_churn().fit(frame, churned)
    mlflow.sklearn.save_model(
        model,
        folder / "churn",
        signature=infer_signature(frame, model.predict(frame)),
        input_example=frame.head(2),
        code_paths=[churn_pipeline.__file__],
        skops_trusted_types=["churn_pipeline.readable", "numpy.dtype"],
        pip_requirements=REQUIREMENTS,
    )
    pd.to_pickle((frame.head(50), model.predict_proba(frame.head(50))), folder / "churn.expected")
