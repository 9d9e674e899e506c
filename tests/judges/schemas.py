"""Schemas: kubernetes-validate for the built-in kinds of each Kubernetes minor, the project's own CRD for the others.

kubernetes-validate reads JSON schemas made from Kubernetes' own API description, in their strict form, so that an
unknown field is an error. It stops at an object's first error and has nothing to say about kinds it does not know; those
must be in tests/cluster/files/definitions, or the object fails. A CRD's validation rules in CEL are not evaluated here.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil

import jsonschema
import yaml
from kubernetes_validate import utils as kubernetes_validate

from common import DuplicateKey, JudgeError, identify, load_documents, run

# Where the schemas of kinds that are no part of Kubernetes come from: the files listed in `definitions`, of the modules that go.mod and go.sum pin.
FILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cluster", "files")

# The tool reads its 1.4 MB of definitions again for each object. Its reader is asked once for each file instead.
kubernetes_validate.schema_contents = functools.lru_cache(maxsize=None)(kubernetes_validate.schema_contents)


def judge_text(text: str, minor: str) -> tuple[list[str], int]:
    """Problems of a stream of documents, and how many documents it has."""
    try:
        documents = load_documents(text)
    except DuplicateKey as error:
        return [f"duplicate keys: {error}"], 0
    except yaml.YAMLError as error:
        return [f"PyYAML: {error}"], 0
    problems = [] if documents else ["the output has no object in it: nothing was judged"]
    problems += judge_stream(text)
    seen = set()
    for document in documents:
        problems += judge_object(document, minor)
        identity = (str(document.get("apiVersion", "")).split("/")[0], identify(document)) if isinstance(document, dict) else None
        if identity in seen:
            problems.append(f"{identity[1]}: the output has this object twice")
        seen.add(identity)
    return problems, len(documents)


def judge_stream(text: str) -> list[str]:
    """Problems of the text itself: the output is plain YAML that any line-wise tool can cut up."""
    problems = []
    if not text.endswith("\n"):
        problems.append("the last line has no end")
    if "\r" in text:
        problems.append("a carriage return")
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            problems.append(f"an anchor, alias or tag at line {event.start_mark.line + 1}")
    return problems


def judge_object(document, minor: str) -> list[str]:
    """Problems of one object."""
    name = identify(document)
    if not isinstance(document, dict):
        return [name]
    missing = [key for key in ("apiVersion", "kind", "metadata") if not document.get(key)]
    if missing:
        return [f"{name}: has no {', no '.join(missing)}"]
    kind = (document["apiVersion"], document["kind"])
    if kind in custom_files():
        return [f"{name}: {problem}" for problem in judge_custom(document, kind, minor)]
    try:
        kubernetes_validate.validate(document, minor, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return [f"{name}: Kubernetes {minor} has no {kind[1]} in {kind[0]}, and no CRD is known for it (tests/cluster/files/definitions)"]
    except jsonschema.ValidationError as error:
        return [f"{name}: {place(error)}: {error.message[:400]}"]
    except kubernetes_validate.VersionNotSupportedError as error:
        raise JudgeError(error.message) from error
    return []


def judge_custom(document: dict, kind: tuple[str, str], minor: str) -> list[str]:
    """Problems of a custom object: all that its CRD's schema finds, then its metadata as that of a built-in object."""
    validator = custom_validator(kind)
    problems = [f"{place(error)}: {error.message[:400]}" for error in validator.iter_errors(document)]
    try:
        stand_in = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": document["metadata"]}
        kubernetes_validate.validate(stand_in, minor, strict=True)
    except jsonschema.ValidationError as error:
        problems.append(f"{place(error)}: {error.message[:400]}")
    return problems


def place(error: jsonschema.ValidationError) -> str:
    """Where in the object, as a path."""
    return "." + ".".join(str(step) for step in error.absolute_path)


@functools.lru_cache(maxsize=None)
def custom_files() -> dict[tuple[str, str], str]:
    """The file with the CRD of each custom kind: folder of its module, as tests/cluster/build names it, and path in there."""
    files = {}
    with open(os.path.join(FILES, "definitions"), encoding="utf-8") as file:
        for line in file:
            path, version, *kinds = line.split()
            files.update({(version, kind): path for kind in kinds})
    return files


@functools.lru_cache(maxsize=None)
def custom_validator(kind: tuple[str, str]) -> jsonschema.Draft202012Validator:
    """The validator of a custom kind, from the CRD in its project's Go module."""
    module, path = custom_files()[kind].split("/", 1)
    with open(os.path.join(module_folder(module), path), encoding="utf-8") as file:
        definitions = [definition for definition in yaml.load_all(file, Loader=yaml.CSafeLoader) if definition]
    group, version = kind[0].split("/")
    for definition in definitions:
        spec = definition.get("spec", {})
        if definition.get("kind") == "CustomResourceDefinition" and (spec["group"], spec["names"]["kind"]) == (group, kind[1]):
            for served in spec["versions"]:
                if served["name"] == version and served["served"]:
                    schema = served["schema"]["openAPIV3Schema"]
                    # Every object has these, whether its definition lists them or not: Istio's do not.
                    schema["properties"] = {"apiVersion": {}, "kind": {}, "metadata": {}, **schema.get("properties", {})}
                    return jsonschema.Draft202012Validator(close(schema))
    raise JudgeError(f"{module}: {path} serves no {kind[1]} in {kind[0]}")


def close(schema: dict) -> dict:
    """A structural schema as JSON schema, in which a field that it lacks is an error (Kubernetes would prune it silently)."""
    closed = {key: value for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    properties = schema.get("properties")
    if properties is not None:
        closed["properties"] = {name: close(inner) for name, inner in properties.items()}
        if "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            closed["additionalProperties"] = False
    if isinstance(schema.get("additionalProperties"), dict):
        closed["additionalProperties"] = close(schema["additionalProperties"])
    if isinstance(schema.get("items"), dict):
        closed["items"] = close(schema["items"])
    if schema.get("nullable") and isinstance(schema.get("type"), str):
        closed["type"] = [schema["type"], "null"]
    return closed


@functools.lru_cache(maxsize=None)
def module_folder(name: str) -> str:
    """The folder of a pinned Go module, downloaded and compared with go.sum by Go's own client. `keda` is github.com/kedacore/keda/v2."""
    with open(os.path.join(FILES, "go.mod"), encoding="utf-8") as file:
        (path,) = [line.split()[0] for line in file if re.match(rf"\t(\S*/)?{re.escape(name)}(/v[0-9]+)? v", line)]
    # With the installed toolchain, whatever the modules would like.
    answer = go("-C", FILES, "mod", "download", "-json", path)
    try:
        facts = json.loads(answer.stdout)
    except json.JSONDecodeError as error:
        raise JudgeError(f"go mod download {path}: {answer.stderr.strip() or 'no answer'}") from error
    if facts.get("Error") or not facts.get("Dir"):
        raise JudgeError(f"go mod download {path}: {facts.get('Error', 'no folder')}")
    return facts["Dir"]


def go(*arguments: str):
    """What Go's client answers."""
    program = shutil.which("go")
    if program is None:
        raise JudgeError("go is not on PATH: the CRDs come as Go modules")
    return run([program, *arguments], env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"})
