"""Trivy and Checkov, and the one list of what they may find.

Both run over the output for the newest minor. A finding fails the run unless exemptions.yaml says why it may stand, and
an exemption that no example needs any more fails it too, so that the list cannot outlive its reasons.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import json
import os
import re
import tempfile

import yaml

from common import HERE, JudgeError, StrictLoader, identify, run, tool

EXEMPTIONS = os.path.join(HERE, "exemptions.yaml")
SCANNERS = ("trivy", "checkov")
# Tools that are run by tests/cluster, and read their entries of the same list there.
ELSEWHERE = ("kube-score",)


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a scanner says is wrong with one object."""

    tool: str
    check: str
    # `Kind/name`.
    object: str
    text: str

    def __str__(self) -> str:
        return f"{self.check} {self.object}: {self.text}"


@dataclasses.dataclass(frozen=True)
class Exemption:
    """A finding that may stand, and why."""

    tool: str
    check: str
    object: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether this exemption is about this finding."""
        return (self.tool, self.check) == (finding.tool, finding.check) and fnmatch.fnmatchcase(finding.object, self.object)

    def __str__(self) -> str:
        return f"{self.tool} {self.check}" + ("" if self.object == "*" else f" {self.object}")


def load_exemptions(path: str = EXEMPTIONS) -> list[Exemption]:
    """The entries of these two scanners. Each entry of the list is checked: a tool that exists, a check, and a reason that says something."""
    with open(path, encoding="utf-8") as file:
        entries = yaml.load(file, Loader=StrictLoader) or []
    found = []
    for entry in entries:
        unknown = set(entry) - {"tool", "check", "object", "reason"}
        if unknown or entry.get("tool") not in SCANNERS + ELSEWHERE or not entry.get("check") or len(entry.get("reason", "")) < 20:
            needs = f"a tool ({', '.join(SCANNERS + ELSEWHERE)}), a check and a reason of a sentence, and may have an object"
            raise JudgeError(f"{os.path.basename(path)}: {entry} needs {needs}")
        if entry["tool"] in SCANNERS:
            found.append(Exemption(entry["tool"], entry["check"], entry.get("object", "*"), entry["reason"]))
    return found


def sift(findings: list[Finding], exemptions: list[Exemption]) -> tuple[list[Finding], set[Exemption]]:
    """The findings that no exemption covers, and the exemptions that were needed."""
    left, used = [], set()
    for finding in findings:
        covering = [exemption for exemption in exemptions if exemption.covers(finding)]
        used.update(covering)
        if not covering:
            left.append(finding)
    return left, used


def trivy(folder: str) -> dict[str, list[Finding]]:
    """Trivy's findings by file, for each file below the folder in which it judged anything."""
    with tempfile.TemporaryDirectory() as cache:
        answer = run(trivy_command(folder, cache))

    if answer.returncode != 0:
        raise JudgeError(f"trivy: exit {answer.returncode}: {answer.stderr.strip()[-2000:]}")
    found: dict[str, list[Finding]] = {}
    for result in json.loads(answer.stdout).get("Results") or []:
        path = os.path.join(folder, result["Target"])
        summary = result.get("MisconfSummary") or {}
        if summary.get("Successes", 0) + summary.get("Failures", 0) == 0:
            continue
        index = document_index(path)
        found[path] = [
            Finding("trivy", entry["ID"], trivy_object(entry, index), f"{entry['Title']} ({entry['Severity']}): {entry['Message']}")
            for entry in result.get("Misconfigurations") or []
            if entry.get("Status") == "FAIL"
        ]
    return found


def trivy_command(folder: str, cache: str) -> list[str]:
    """Its checks are the ones inside the binary: nothing is downloaded, nothing is kept, and no run differs from another."""
    offline = ["--skip-check-update", "--skip-version-check", "--cache-dir", cache, "--quiet"]
    data = os.path.join(HERE, "trivy-data")
    return [tool("trivy"), "config", *offline, "--misconfig-scanners", "kubernetes", "--config-data", data, "--format", "json", folder]


def trivy_object(entry: dict, index: list[tuple[int, str]]) -> str:
    """The object of a finding: by its line where Trivy gives one, else by the words of its message."""
    line = (entry.get("CauseMetadata") or {}).get("StartLine")
    if line:
        return next((name for first, name in reversed(index) if first <= line), "unknown")
    named = re.search(r"\b(\w+) '([^']+)'", entry["Message"])
    return f"{named[1]}/{named[2]}" if named else "unknown"


def document_index(path: str) -> list[tuple[int, str]]:
    """The first line of each document of a file, with the object's `Kind/name`."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    found = []
    for node in yaml.compose_all(text, Loader=yaml.CSafeLoader):
        if isinstance(node, yaml.MappingNode):
            document = yaml.load(yaml.serialize(node), Loader=yaml.CSafeLoader)
            kind, _, name = identify(document).partition(" ")
            found.append((node.start_mark.line + 1, f"{kind}/{name.rpartition('/')[2]}"))
    return found


def checkov(folders: list[str], python: str) -> dict[str, list[Finding]]:
    """Checkov's findings by folder, for each folder in which it judged anything."""
    answer = run([python, "-I", os.path.join(HERE, "checkov_run.py"), *folders])
    if answer.returncode != 0:
        raise JudgeError(f"checkov: exit {answer.returncode}: {answer.stderr.strip()[-2000:]}")
    found = {}
    for folder, report in json.loads(answer.stdout).items():
        summary = report["summary"]
        if report["unreadable"] or summary["resource_count"] == 0:
            continue
        # Its own name for an object is Kind.namespace.name, and a name may hold dots.
        found[folder] = []
        for record in report["failed"]:
            kind, _, rest = record["resource"].partition(".")
            found[folder].append(Finding("checkov", record["check"], f"{kind}/{rest.partition('.')[2]}", record["title"]))
    return found
