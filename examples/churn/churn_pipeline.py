"""The model. MLflow stores this file with it, because loading the model needs `readable`."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

NUMBERS = ["tenure_months", "support_calls", "monthly_charge", "paperless"]
TEXTS = ["contract", "plan", "city"]
DATES = ["signup_date"]

# Dates count as days before this one. Fixed: with the real today, the same row would score differently each day.
REFERENCE_DATE = pd.Timestamp("2025-06-30")


def readable(rows):
    """Turns rows as JSON brought them into what scikit-learn takes: null becomes NaN, a date its age in days.

    In the pipeline, not in the API, so that every server of this model takes the same rows.
    """
    result = rows[NUMBERS].astype(float)
    for column in DATES:
        age = REFERENCE_DATE - pd.to_datetime(rows[column], format="ISO8601")
        result[column] = age.dt.days.astype(float)
    for column in TEXTS:
        result[column] = rows[column].astype(object).where(rows[column].notna(), np.nan)
    return result


def make_pipeline_for_churn(penalty=1.0):
    """An untrained pipeline, from raw feature rows to the classes 0 (stays) and 1 (leaves)."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="unknown"),
        # A city that was never seen gets no column, rather than an error.
        OneHotEncoder(handle_unknown="ignore"),
    )
    columns = ColumnTransformer([("numbers", numbers, NUMBERS + DATES), ("texts", texts, TEXTS)])
    return make_pipeline(FunctionTransformer(readable), columns, LogisticRegression(C=1 / penalty, max_iter=1000))
