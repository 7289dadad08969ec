"""What JSON Schema cannot say of a prediction request, said to schemathesis."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    body = case.body
    if isinstance(body, dict) and "model_name" in body:
        write_integers(body)
        key_features(body)


def write_integers(body):
    """To JSON Schema 42.0 is an integer; the hub wants it written as one, since ids are texts."""
    for name in ("id", "version"):
        if name in body:
            body[name] = written(body[name])
    if isinstance(body.get("ids"), list):
        body["ids"] = [written(id) for id in body["ids"]]


def written(value):
    return int(value) if isinstance(value, float) and value.is_integer() else value


def key_features(body):
    """With `ids`, `features` holds values for ids that are among them; a schema cannot tell names by values."""
    ids, features = body.get("ids"), body.get("features")
    if not isinstance(ids, list) or not isinstance(features, dict):
        return
    if all(isinstance(values, dict) for values in features.values()):
        body["features"] = {str(id): values for id, values in zip(ids, features.values())}
