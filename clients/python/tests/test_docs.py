"""The examples of the pages that tell of the client run as they stand, but for the hub's address and key."""

import re

import pytest
from mlflow.deployments.interface import plugin_store
from palantir_client import Palantir

PAGES = ("clients/python/README.md", "docs/clients.md")


def examples(page):
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", PAGES)
def test_examples_run(name, package, stack, capsys):
    # Here the package is not installed; where it is, MLflow finds the plugin by itself.
    plugin_store.register("palantir", "palantir_client.mlflow_plugin")
    found = examples(package.parents[1] / name)
    assert len(found) >= 3
    with Palantir(stack.open_hub.url) as hub:
        # Later blocks of a page go on where the first one ended.
        names = {"hub": hub, "ids": [42, 43]}
        for example in found:
            exec(as_here(example, stack), names | {"hub": hub})


def as_here(example, stack):
    """With this hub's address; the open one needs no key, and takes any."""
    return example.replace("http://127.0.0.1:3000", stack.open_hub.url).replace(
        "palantir://127.0.0.1:3000", stack.open_hub.url.replace("http", "palantir")).replace("palantir_3Jq…", "any")
