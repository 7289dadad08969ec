"""deploy/kubernetes, by Kubernetes' own schemas. No cluster runs here: that the pods come up is not tested."""

import kubernetes_validate
import pytest
import yaml

VERSIONS = ("1.29", "1.37")


def documents(root):
    for path in sorted((root / "deploy/kubernetes").glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            yield path.name, document


def of_kind(root, kind):
    found = [document for _, document in documents(root) if document["kind"] == kind]
    assert len(found) == 1, kind
    return found[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_right_to_the_letter(root, version):
    checked = [document for _, document in documents(root) if document["kind"] != "Kustomization"]
    assert len(checked) == 9
    for document in checked:
        kubernetes_validate.validate(document, version, strict=True)


def test_a_misspelt_field_would_be_seen(root):
    deployment = of_kind(root, "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, VERSIONS[-1], strict=True)


def test_the_kustomization_names_every_file_but_the_example(root):
    files = {path.name for path in (root / "deploy/kubernetes").glob("*.yaml")}
    assert set(of_kind(root, "Kustomization")["resources"]) == files - {"kustomization.yaml", "secret.example.yaml"}


def test_everything_selects_the_pods(root):
    labels = of_kind(root, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert of_kind(root, "Deployment")["spec"]["selector"]["matchLabels"] == labels
    assert of_kind(root, "Service")["spec"]["selector"] == labels
    assert of_kind(root, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert of_kind(root, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    target = of_kind(root, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", of_kind(root, "Deployment")["metadata"]["name"])


def test_pods_may_do_nothing_but_serve(root):
    pod = of_kind(root, "Deployment")["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def test_pods_have_time_to_drain(root):
    settings = of_kind(root, "ConfigMap")["data"]
    drain = sum(int(settings[name].removesuffix("s")) for name in ("PALANTIR_DRAIN_DELAY", "PALANTIR_DRAIN_TIMEOUT"))
    assert of_kind(root, "Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > drain
