"""Checks manifests as kustomize built them: against schemas, and for what no schema can say.

    python3 deploy/kubernetes/check.py FILE...

Ends with 1 and says what is wrong where something is.
"""

import json
import sys
import tomllib
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

HERE = Path(__file__).parent
CONFIG = HERE / "../../config"

# The version whose schemas are taken: the newest that the tool brings.
KUBERNETES = kubernetes_validate.latest_version()


def schema_faults(manifest):
    """What a schema has against a manifest; one without a schema is a fault too."""
    schema = HERE / "schemas" / f"{manifest['kind']}.json"
    try:
        if schema.exists():
            jsonschema.validate(manifest, json.loads(schema.read_text()))
        else:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
        place = ".".join(str(step) for step in error.path)
        yield f"{place}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError as error:
        yield f"no schema: {error}"


def confinement_faults(pod):
    """What a pod lacks of the standard `restricted`, and of a file system that nobody writes to."""
    where = pod["securityContext"]
    expected = [
        ("runAsNonRoot", where.get("runAsNonRoot"), True),
        ("seccompProfile", where.get("seccompProfile"), {"type": "RuntimeDefault"}),
        ("automountServiceAccountToken", pod.get("automountServiceAccountToken"), False),
    ]
    for container in pod["containers"]:
        where = container["securityContext"]
        expected += [
            ("allowPrivilegeEscalation", where.get("allowPrivilegeEscalation"), False),
            ("readOnlyRootFilesystem", where.get("readOnlyRootFilesystem"), True),
            ("capabilities", where.get("capabilities"), {"drop": ["ALL"]}),
            ("privileged", where.get("privileged", False), False),
            ("memory limit", "memory" in container["resources"]["limits"], True),
            ("probes", {"livenessProbe", "readinessProbe"} <= container.keys(), True),
        ]
    for name, actual, wanted in expected:
        if actual != wanted:
            yield f"{name} must be {wanted}, is {actual}"


def reference_faults(manifests):
    """Names that nothing bears."""
    names = {(it["kind"], it["metadata"]["name"]) for it in manifests}
    for manifest in (it for it in manifests if it["kind"] == "StatefulSet"):
        pod = manifest["spec"]["template"]["spec"]
        used = {("Service", manifest["spec"]["serviceName"]), ("ServiceAccount", pod["serviceAccountName"])}
        used |= {("ConfigMap", it["configMap"]["name"]) for it in pod["volumes"] if "configMap" in it}
        for kind, name in used - names:
            yield f"there is no {kind} {name}"
        yield from confinement_faults(pod)


def hub_faults(settings):
    """A hub that config/hubs does not know so."""
    hub = tomllib.loads(settings)["hub"]
    known = [tomllib.loads(it.read_text()).get("hub") for it in (CONFIG / "hubs").glob("*.toml")]
    if hub not in known:
        yield f"{hub} is not so in config/hubs"


def rights(defaults):
    """What the daemon may in Kafka, by its default settings: this and nothing more."""
    topics, kafka = defaults["topics"], defaults["kafka"]
    read = ["declarations", "recordals", "platform_signals", "customs_alerts", "outcomes"]
    write = ["decisions", "dead_letters", "platform_notices"]
    group, prefix = kafka["group_id"], kafka["transactional_id_prefix"]
    yield from (("topic", topics[it], "literal", operation) for it in read for operation in ["Read", "Describe"])
    yield from (("topic", topics[it], "literal", operation) for it in write for operation in ["Write", "Describe"])
    yield from (("group", name, "literal", "Read") for name in [group, f"{group}-outcomes"])
    yield from (("transactionalId", f"{prefix}-", "prefix", it) for it in ["Write", "Describe"])


def rights_faults(user):
    """Rights that are missing, or too many."""
    granted = set()
    for acl in user["spec"]["authorization"]["acls"]:
        resource = acl["resource"]
        for operation in acl["operations"]:
            granted.add((resource["type"], resource["name"], resource.get("patternType", "literal"), operation))
    needed = set(rights(tomllib.loads((CONFIG / "parcelgate.toml").read_text())))
    yield from (f"missing right: {' '.join(it)}" for it in sorted(needed - granted))
    yield from (f"right that nothing needs: {' '.join(it)}" for it in sorted(granted - needed))


def topic_faults(manifests):
    """Topics that the daemon's default settings name and nobody creates."""
    created = {it["metadata"]["name"] for it in manifests if it["kind"] == "KafkaTopic"}
    named = set(tomllib.loads((CONFIG / "parcelgate.toml").read_text())["topics"].values())
    if created:
        yield from (f"topic {it} is not created" for it in sorted(named - created))
        yield from (f"topic {it} is nobody's" for it in sorted(created - named))


def faults(manifests):
    for manifest in manifests:
        name = f"{manifest['kind']} {manifest['metadata']['name']}"
        found = list(schema_faults(manifest))
        if manifest["kind"] == "KafkaUser":
            found += rights_faults(manifest)
        if manifest["kind"] == "ConfigMap":
            found += hub_faults(manifest["data"]["hub.toml"])
        yield from (f"{name}: {fault}" for fault in found)
    yield from reference_faults(manifests)
    yield from topic_faults(manifests)


def main(files):
    count = 0
    for file in files:
        manifests = list(yaml.safe_load_all(Path(file).read_text()))
        for fault in faults(manifests):
            print(f"{file}: {fault}")
            count += 1
    return 1 if count or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
