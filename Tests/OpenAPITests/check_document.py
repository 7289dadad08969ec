"""Checks a hub's OpenAPI description: whether it is OpenAPI 3.1, and whether each of its examples is what it says.

usage: check_document.py URL-or-file
"""

import json
import pathlib
import sys
import urllib.request

import jsonschema
import openapi_spec_validator
import referencing
import referencing.jsonschema


def read(place: str) -> dict:
    if place.startswith("http"):
        with urllib.request.urlopen(place, timeout=10) as answer:
            return json.load(answer)
    return json.loads(pathlib.Path(place).read_text())


class Examples:
    """Every example of a description, checked by the schema that stands beside it."""

    def __init__(self, document: dict):
        self.document = document
        resource = referencing.Resource.from_contents(
            document, default_specification=referencing.jsonschema.DRAFT202012
        )
        self.registry = referencing.Registry().with_resource("urn:hub", resource)
        self.checked = 0
        self.problems: list[str] = []

    def resolved(self, value: dict) -> dict:
        while "$ref" in value:
            found = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            value = found
        return value

    def check(self, schema: object, value: object, where: str) -> None:
        self.checked += 1
        # References are written for the whole document, so the schema is told where it stands.
        schema = json.loads(json.dumps(schema).replace('"#/', '"urn:hub#/'))
        validator = jsonschema.Draft202012Validator(schema, registry=self.registry)
        for error in validator.iter_errors(value):
            self.problems.append(f"{where}: {error.message} at {error.json_path}")

    def walk(self, value: object, where: str = "#") -> None:
        if isinstance(value, list):
            for index, part in enumerate(value):
                self.walk(part, f"{where}/{index}")
        if not isinstance(value, dict):
            return
        if "schema" in value:
            if "example" in value:
                self.check(value["schema"], value["example"], where)
            for name, example in value.get("examples", {}).items():
                self.check(value["schema"], self.resolved(example)["value"], f"{where}/examples/{name}")
        for name, part in value.items():
            self.walk(part, f"{where}/{name}")


def main() -> int:
    document = read(sys.argv[1])
    openapi_spec_validator.validate(document, cls=openapi_spec_validator.OpenAPIV31SpecValidator)
    examples = Examples(document)
    examples.walk(document)
    for problem in examples.problems:
        print(problem)
    print(f"OpenAPI {document['openapi']}, {len(document['paths'])} paths, {examples.checked} examples")
    return 1 if examples.problems or examples.checked < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
