"""The churn example's model behind FastAPI, for several workers of uvicorn.

Its workers write an answer's head and body apart, on a socket that they inherit without TCP_NODELAY: the body leaves
only once the client has acknowledged the head, for which a client may wait 40 ms. Many Python servers are like that.
"""

import mlflow
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

model = mlflow.sklearn.load_model("models:/churn@champion")
labels = [str(label) for label in model.classes_]
app = FastAPI()


class Rows(BaseModel):
    values: list[dict]


# Not `async`: FastAPI then calls it on a thread, so that a worker can take the next request meanwhile.
@app.post("/predict")
def predict(rows: Rows):
    probabilities = model.predict_proba(pd.DataFrame(rows.values))
    answers = [dict(zip(labels, row)) for row in probabilities.tolist()]
    return {"predictions": {str(row["id"]): answer for row, answer in zip(rows.values, answers)}}
