"""The types of errors, beside the hub's own list of codes."""

import pickle
import re

import pytest
from palantir_client import errors


def test_every_code_of_the_hub_has_a_type(package):
    source = (package.parents[1] / "Sources/Palantir/PalantirError.swift").read_text()
    codes = re.findall(r'case \w+ = "([A-Z_]+)"', source)
    assert len(codes) > 20
    assert sorted(codes) == sorted(errors.BY_CODE)


@pytest.mark.parametrize("kind", errors.BY_CODE.values())
def test_an_error_survives_a_process_pool(kind):
    error = pickle.loads(pickle.dumps(errors.error_of(kind.CODE, "so", status=503, request_id="7", retry_after=2.0)))
    assert (type(error), str(error), error.status, error.request_id, error.retry_after) == (kind, "so", 503, "7", 2.0)


def test_what_failed_in_part_survives_too():
    error = pickle.loads(pickle.dumps(
        errors.SomeFailed("some", predictions={1: {}}, errors={2: errors.EntityNotFound("none")})))
    assert error.predictions == {1: {}} and isinstance(error.errors[2], errors.EntityNotFound)
