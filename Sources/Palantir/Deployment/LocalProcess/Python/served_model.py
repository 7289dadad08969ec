"""A registered model, loaded once: rows in, labels and values out."""

import contextlib
import json
import os
import typing

import mlflow.pyfunc
import numpy as np

from palantir_scorer import answers, failures
from palantir_scorer.answers import Labels
from palantir_scorer.failures import ExampleError, PredictionError
from palantir_scorer.features import AsSent, NamedColumns, NamedTensors, NamesOnly, Objects, Row

MOST_EXAMPLE_ROWS = 20


class ServedModel:
    def __init__(self, model: mlflow.pyfunc.PyFuncModel) -> None:
        self.model = model
        self.estimator = estimator_of(model)
        self.classes = classes_of(self.estimator)
        self.features = features_of(model, self.estimator)
        self.row_by_row = False

    @classmethod
    def load(cls, path: str) -> "ServedModel":
        # Its warnings compare requirements.txt with what is installed, for 0.15 s and 7 MB. The hub has installed from
        # that file, and scikit-learn itself warns of another version.
        return cls(mlflow.pyfunc.load_model(path, suppress_warnings=True))

    def shape_of(self, rows: list[Row]) -> object:
        return self.features.shape_of(rows)

    def predict(self, rows: list[Row]) -> list[Labels]:
        """The labels of each row, or PredictionError."""
        if not self.row_by_row:
            try:
                return self.call(rows)
            except answers.OneAnswer:
                # What answers several rows at once with a single text or object takes one row at a time.
                self.row_by_row = True
        return [labels for row in rows for labels in self.call([row])]

    def call(self, rows: list[Row]) -> list[Labels]:
        features = self.features.take(rows)
        try:
            if self.classes is not None:
                probabilities = self.estimator.predict_proba(features)
                if np.ndim(probabilities) == 2 and np.shape(probabilities)[1] == len(self.classes):
                    return answers.labels_of_probabilities(np.asarray(probabilities), self.classes, len(rows))
            model = self.model if self.estimator is None else self.estimator
            output = model.predict(features)
            return answers.labels_of(output, len(rows))
        except PredictionError:
            raise
        except BaseException as error:  # SystemExit too: a model must not end the server.
            failures.log(error)
            if is_refusal_by_mlflow(error):
                raise PredictionError(422, "MLflow refuses the features: they do not fit the signature") from error
            raise failures.of_prediction(error) from error

    def answer_example(self, path: str) -> str:
        """Asks the model for its own input example: `answered`, or `none` if it has none; ExampleError if it fails."""
        rows = example_rows(os.path.join(path, "serving_input_example.json"))
        if not rows:
            return "none"
        try:
            self.predict(rows[:MOST_EXAMPLE_ROWS])
        except PredictionError as error:
            raise ExampleError(f"its own input example fails: {error.sentence}") from None
        return "answered"


def estimator_of(model: mlflow.pyfunc.PyFuncModel) -> typing.Any:
    """scikit-learn's own object, which knows classes and is quicker than MLflow's; None for other flavours."""
    predict_fn = model.metadata.flavors.get("python_function", {}).get("predict_fn", "predict")
    # Another predict_fn is the author's choice of what to answer.
    if model.loader_module != "mlflow.sklearn" or predict_fn not in ("predict", "predict_proba"):
        return None
    wrapper = model._model_impl
    return getattr(wrapper, "sklearn_model", wrapper)  # Older MLflows had no wrapper.


def classes_of(estimator: typing.Any) -> list[str] | None:
    """The names of predict_proba's columns, if it has them; None for regressors and several outputs at once."""
    classes = getattr(estimator, "classes_", None)
    if hasattr(estimator, "predict_proba") and isinstance(classes, np.ndarray) and classes.ndim == 1:
        return [answers.label_text(label) for label in classes]
    return None


def features_of(model: mlflow.pyfunc.PyFuncModel, estimator: typing.Any) -> typing.Any:
    schema = model.metadata.get_input_schema()
    if schema is None or not schema.inputs:
        names = getattr(estimator, "feature_names_in_", None)
        return AsSent(getattr(estimator, "n_features_in_", None)) if names is None else NamesOnly(list(names))
    if schema.is_tensor_spec():
        if schema.has_input_names():
            return NamedTensors({spec.name: spec.type for spec in schema.inputs})
        spec = schema.inputs[0]
        count = spec.shape[1] if len(spec.shape) == 2 and spec.shape[1] >= 0 else None
        return AsSent(count, tensor_type=spec.type)
    if not schema.has_input_names():
        properties = getattr(schema.inputs[0].type, "properties", None)
        if len(schema.inputs) == 1 and properties is not None:
            return Objects({property.name: property.required for property in properties})
        return AsSent(len(schema.inputs), numbered=True)
    columns = [
        (spec.name, getattr(spec.type, "name", "other"), getattr(spec, "required", True)) for spec in schema.inputs
    ]
    return NamedColumns(columns, checked_by_mlflow=estimator is None)


def is_refusal_by_mlflow(error: BaseException) -> bool:
    """From MLflow's check of the signature: from within the model such an error is the model's."""
    return type(error).__name__ == "MlflowException" and any(
        name.endswith(("_enforce_schema", "_validate_prediction_input")) for name in failures.functions_of(error)
    )


def example_rows(path: str) -> list[Row]:
    """MLflow's example request as rows, whichever of its formats it has."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        with open(path, encoding="utf-8") as file:
            return rows_of_request(json.load(file, parse_constant=lambda _: None))
    return []


def rows_of_request(request: typing.Any) -> list[Row]:
    if not isinstance(request, dict):
        return []
    if split := request.get("dataframe_split"):
        names = [str(name) for name in split.get("columns", range(len(split["data"][0])))]
        return [dict(zip(names, values)) for values in split["data"]]
    values = request.get("dataframe_records") or request.get("instances") or request.get("inputs")
    if values is None:
        return [request]  # A chat model's.
    if isinstance(values, dict):
        if values and all(isinstance(column, list) and len(column) for column in values.values()):
            return [dict(zip(values, row)) for row in zip(*values.values())]
        return [values]
    if not isinstance(values, list):
        values = [values]
    return [row_of_value(value) for value in values]


def row_of_value(value: typing.Any) -> Row:
    if isinstance(value, dict):
        return value
    return {str(position): item for position, item in enumerate(value if isinstance(value, list) else [value])}
