# The churn example with what it needs: MLflow itself, training, and the model's API.
FROM python:3.11-slim-bookworm
COPY examples/churn/requirements.txt /churn/
RUN pip install --no-cache-dir --requirement /churn/requirements.txt \
    && install --directory --owner=65532 --group=65532 /data
COPY examples/churn/*.py /churn/
USER 65532:65532
# Nobody by that number has a home.
ENV HOME=/tmp MLFLOW_DISABLE_TELEMETRY=true
WORKDIR /churn
VOLUME /data
