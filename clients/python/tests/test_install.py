"""As a new user would: pip, in an environment that has nothing."""

import json

import pytest

PREDICT = """
from palantir_client import Palantir
with Palantir() as hub:
    print(sorted(hub.predict("churn", [42, 43])))
"""

MLFLOW = """
import json, pandas
from mlflow.deployments import get_deploy_client
from mlflow.deployments.interface import _target_help
from mlflow.exceptions import MlflowException

client = get_deploy_client("palantir://" + {address!r})
frame = client.predict(endpoint="churn", inputs=pandas.DataFrame({{"id": [43, 42]}})).get_predictions()
told = []
for inputs, endpoint in ([["nobody"], "churn"], [[42], "none"], [{{"rows": 1}}, "churn"]):
    try:
        client.predict(endpoint=endpoint, inputs=inputs)
    except MlflowException as error:
        told.append(error.error_code)
try:
    client.create_deployment("churn", "models:/churn/1")
except MlflowException as error:
    told.append(error.error_code)
print(json.dumps({{
    "list": client.predict(endpoint="churn", inputs=[42]), "named": client.predict("churn", {{"id": 42}}),
    "frame": frame.to_dict("list"), "endpoints": [each["name"] for each in client.list_endpoints()],
    "endpoint": client.get_endpoint("churn")["servable"], "deployments": client.list_deployments(), "told": told,
    "help": _target_help("palantir"),
    "tls": get_deploy_client("palantir+https://" + {guarded!r}).predict(endpoint="churn", inputs=[42])["ids"],
    "environment": get_deploy_client("palantir").list_endpoints()[0]["name"]}}))
"""


@pytest.fixture(scope="session")
def with_client(empty_environment, package):
    empty_environment("-m", "pip", "install", "--quiet", package)
    return empty_environment


def test_the_client_alone_predicts(with_client, stack):
    assert with_client("-c", PREDICT, PALANTIR_URL=stack.open_hub.url) == "[42, 43]\n"
    assert "pandas" not in with_client("-m", "pip", "list")


def test_mlflow_s_own_interface_predicts(with_client, install_more, package, stack):
    install_more(f"{package}[mlflow]")
    script = MLFLOW.format(
        address=stack.open_hub.url.removeprefix("http://"), guarded=stack.guarded_hub.url.removeprefix("https://"))
    said = json.loads(with_client(
        "-c", script, PALANTIR_URL=stack.open_hub.url, PALANTIR_API_KEY=stack.key,
        PALANTIR_CA_FILE=str(stack.certificate)).splitlines()[-1])
    labels = said["list"]["predictions"][0]
    assert set(labels) == {"0", "1"} and said["list"]["ids"] == [42]
    assert said["named"] == said["list"]
    # A row an input, in their order.
    assert [values[1] for values in (said["frame"]["0"], said["frame"]["1"])] == [labels["0"], labels["1"]]
    assert said["endpoints"] == ["churn"] and said["endpoint"] is True and said["deployments"] == []
    assert said["told"] == [
        "RESOURCE_DOES_NOT_EXIST", "RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_IMPLEMENTED"]
    assert "palantir+https://host:3000" in said["help"]
    assert said["tls"] == [42] and said["environment"] == "churn"


def test_mlflow_s_command_line_predicts(with_client, package, stack, tmp_path):
    (tmp_path / "ids.json").write_text('[{"id": 42}]')
    with_client(
        "-m", "mlflow", "deployments", "predict", "--target", stack.open_hub.url.replace("http", "palantir"), "--name",
        "churn", "--input-path", tmp_path / "ids.json", "--output-path", tmp_path / "answer.json")
    assert set(json.loads((tmp_path / "answer.json").read_text())["predictions"][0]) == {"0", "1"}
