"""What the SBOM of a built program has to hold. `make test` runs it on the debug build."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ["PALANTIR_BIN"]


def write(program, output):
    return subprocess.run(
        [sys.executable, "-B", ROOT / "deploy/sbom/sbom.py", program, output], capture_output=True, text=True)


class SBOM(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        output = pathlib.Path(cls.folder.name) / "sbom.json"
        run = write(PROGRAM, output)
        assert run.returncode == 0, run.stderr
        cls.document = json.loads(output.read_text())
        cls.purls = {component["purl"] for component in cls.document["components"]}

    def test_every_package_of_the_manifest_is_there_with_an_exact_version(self):
        manifest = (ROOT / "Package.swift").read_text()
        addresses = re.findall(r'\.package\(url: "https://([^"]+?)(?:\.git)?",', manifest)
        self.assertGreater(len(addresses), 10)
        for address in addresses:
            found = [purl for purl in self.purls if purl.startswith(f"pkg:swift/{address}@")]
            self.assertEqual(len(found), 1, address)
            self.assertRegex(found[0], r"@\d+\.\d+\.\d+$")

    def test_every_package_has_its_revision(self):
        for component in self.document["components"]:
            if component["purl"].startswith("pkg:swift/"):
                comments = [reference["comment"] for reference in component["externalReferences"]]
                self.assertRegex(comments[0], r"^git revision [0-9a-f]{40}$")

    def test_the_system_libraries_are_there_with_debians_versions(self):
        for package in ("libmariadb3", "libsqlite3-0", "libc6"):
            shown = subprocess.run(
                ["dpkg-query", "--show", "--showformat", "${Version}\n", package], capture_output=True, text=True)
            version = shown.stdout.splitlines()[0]
            found = [item for item in self.document["components"] if item["name"] == package]
            self.assertEqual([item["version"] for item in found], [version], package)
            self.assertTrue(found[0]["purl"].startswith("pkg:deb/"), found[0]["purl"])

    def test_swift_itself_and_the_python_of_models_are_there(self):
        self.assertTrue(any(purl.startswith("pkg:github/swiftlang/swift@swift-") for purl in self.purls))
        optional = {item["name"] for item in self.document["components"] if item.get("scope") == "optional"}
        self.assertIn("mlflow-skinny", optional)

    def test_the_graph_begins_at_the_program(self):
        graph = {item["ref"]: item.get("dependsOn", []) for item in self.document["dependencies"]}
        reached, waiting = set(), ["palantir"]
        while waiting:
            reference = waiting.pop()
            if reference not in reached:
                reached.add(reference)
                waiting += graph.get(reference, [])
        self.assertEqual(reached - {"palantir"}, {item["bom-ref"] for item in self.document["components"]})

    def test_it_names_no_path_of_this_machine(self):
        self.assertNotIn(str(ROOT), json.dumps(self.document))

    def test_a_program_that_is_none_is_refused(self):
        run = write(ROOT / "Makefile", pathlib.Path(self.folder.name) / "none.json")
        self.assertEqual(run.returncode, 1)
        self.assertIn("No SBOM", run.stderr)


if __name__ == "__main__":
    unittest.main()
