"""What every judge shares: results, reading YAML as YAML 1.1 tools read it, and comparing two trees with their types."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys

import yaml

MINORS = ("1.33", "1.34", "1.35", "1.36", "1.37")
HERE = os.path.dirname(os.path.abspath(__file__))
# A tool that hangs must fail the run, not hold it for ever. Seconds; the slowest tool needs about ten.
TOOL_TIMEOUT = 300


@dataclasses.dataclass
class Result:
    """One counted check: its line, and the tool's own words when it failed."""

    name: str
    problems: list[str]
    note: str = ""

    @property
    def passed(self) -> bool:
        return not self.problems


class JudgeError(Exception):
    """A judge that could not do its work. Never read as a pass: the check that needed it fails with this text."""


class DuplicateKey(yaml.YAMLError):
    """A mapping with the same key twice: PyYAML and kubectl keep the last one without a word."""


class StrictLoader(yaml.CSafeLoader):
    """PyYAML's safe loader, except that a key may not stand twice in one mapping."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            mark = key_node.start_mark
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key that is no scalar", mark)
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise DuplicateKey(f"duplicate key {key!r} at line {mark.line + 1}, column {mark.column + 1}")
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_documents(text: str, loader=StrictLoader) -> list:
    """Every document of a stream that is not empty."""
    return [document for document in yaml.load_all(text, Loader=loader) if document is not None]


def identify(document) -> str:
    """`Kind namespace/name` of an object, for messages."""
    if not isinstance(document, dict):
        return f"a document that is no object ({type(document).__name__})"
    metadata = document.get("metadata") or {}
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{document.get('kind', 'object without a kind')} {place}{metadata.get('name', 'without a name')}"


def differences(want, got, path: str = "") -> list[str]:
    """Where two trees differ. Types count: `True`, `1`, `1.0` and `"1"` are four values."""
    if type(want) is not type(got):
        return [f"{path or '.'}: {show(want)} was read as {show(got)}"]
    if isinstance(want, dict):
        found = [f"{path}.{key}: lost" for key in want if key not in got]
        found += [f"{path}.{key}: appeared from nowhere as {show(got[key])}" for key in got if key not in want]
        for key in want:
            if key in got:
                found += differences(want[key], got[key], f"{path}.{key}")
        return found
    if isinstance(want, list):
        found = [] if len(want) == len(got) else [f"{path}: {len(want)} items were read as {len(got)}"]
        for index, (left, right) in enumerate(zip(want, got)):
            found += differences(left, right, f"{path}[{index}]")
        return found
    return [] if want == got else [f"{path or '.'}: {show(want)} was read as {show(got)}"]


def show(value) -> str:
    """A value with its type, short enough for one line."""
    text = json.dumps(value, ensure_ascii=True, default=str)
    kind = {"str": "string", "NoneType": "null", "dict": "map"}.get(type(value).__name__, type(value).__name__)
    return f"the {kind} {text if len(text) <= 80 else text[:77] + '...'}"


def tool(name: str) -> str:
    """The path of a program that this virtual environment brought. The one on PATH may be any version: it is never used."""
    path = os.path.join(os.path.dirname(sys.executable), name)
    if not os.path.exists(path):
        raise JudgeError(f"{name} is not in this Python's environment ({os.path.dirname(sys.executable)}): start this through tests/run")
    return path


def run(command: list[str], env: dict | None = None) -> subprocess.CompletedProcess:
    """Run a tool to its end. Its output comes as text in which every byte counts: no line end is translated."""
    name = os.path.basename(command[0])
    try:
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TOOL_TIMEOUT, env=env)
        answer.stdout, answer.stderr = answer.stdout.decode("utf-8"), answer.stderr.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as error:
        raise JudgeError(f"{name} did not end in {TOOL_TIMEOUT} s") from error
    except UnicodeDecodeError as error:
        raise JudgeError(f"{name} printed what is not UTF-8: {error}") from error
    except OSError as error:
        raise JudgeError(f"{name}: {error}") from error
    return answer


def parse_json_stream(text: str) -> list:
    """The objects of one JSON array, or of any number of JSON objects one after the other."""
    decoder, position, found = json.JSONDecoder(), 0, []
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            break
        value, position = decoder.raw_decode(text, position)
        found.append(value)
    if len(found) == 1 and isinstance(found[0], list):
        return found[0]
    return found
