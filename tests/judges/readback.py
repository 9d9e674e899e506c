"""Reading back: what PyYAML and kubectl read from the YAML must be the data that the compiler meant, with its types.

What was meant is `bayplan build PATH --format json`. kubectl decodes with the same library as the API server, offline:
`kubectl label --local -o json` prints what it read plus one label, which is taken off again.
"""

from __future__ import annotations

import json
import os

import yaml

from common import StrictLoader, differences, identify, load_documents, parse_json_stream, run, tool

LABEL = "judge.invalid/read-back"
# More than this many differences of one program tell nothing new.
SHOWN = 20


def judge_pyyaml(text: str, meant: list) -> list[str]:
    """Problems of reading the text with PyYAML, which follows YAML 1.1."""
    try:
        return compare(meant, load_documents(text, StrictLoader))
    except yaml.YAMLError as error:
        return [str(error).replace("\n", " ")]


def judge_kubectl(path: str, meant: list) -> list[str]:
    """Problems of reading the file with kubectl."""
    answer = run(
        [tool("kubectl"), "label", "--local", "--filename", path, f"{LABEL}=x", "--output", "json"],
        # No cluster is asked, whatever configuration this machine has.
        env={"PATH": os.environ.get("PATH", ""), "HOME": os.path.dirname(path), "KUBECONFIG": os.devnull},
    )
    if answer.returncode != 0:
        return [f"exit {answer.returncode}: {answer.stderr.strip()}"]
    try:
        read = stream(answer.stdout)
    except json.JSONDecodeError as error:
        return [f"kubectl printed no JSON: {error}"]
    for document in read:
        metadata = document.get("metadata", {})
        labels = metadata.get("labels", {})
        if labels.pop(LABEL, None) is None:
            return [f"{identify(document)}: kubectl did not add its label, so this check judged nothing"]
        if not labels:
            del metadata["labels"]
    return compare(meant, read)


def stream(text: str) -> list:
    """kubectl prints one object after the other, or a List of them."""
    found = []
    for value in parse_json_stream(text):
        found += value["items"] if value.get("kind") == "List" else [value]
    return found


def compare(meant: list, read: list) -> list[str]:
    """Differences between the objects meant and the objects read, in order."""
    if not meant:
        return ["the JSON of the compiler has no object in it: nothing was judged"]
    problems = []
    if len(meant) != len(read):
        problems.append(f"{len(meant)} objects were read as {len(read)}")
    for want, got in zip(meant, read):
        problems += [f"{identify(want)}: {difference}" for difference in differences(want, got)]
    if len(problems) > SHOWN:
        problems = problems[:SHOWN] + [f"and {len(problems) - SHOWN} more differences"]
    return problems
