"""Judges the compiler's output with tools that this project did not write. Started by tests/run.

First each tool proves, on a defect seeded for it (defects/), that it can fail. Then every example is built for every
Kubernetes minor and judged. One line for each check; the last line counts them. Exit 0 only if none failed.

The compiler is asked three times for each program and minor: `bayplan build PATH --kubernetes MINOR` (YAML),
with `--format json` (the same objects as one JSON array, or one object after the other), and with `--format connections`
(connectivity.py states the shape).
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import re
import shutil
import sys
import time

import connectivity
import readback
import scanners
import schemas
from common import HERE, MINORS, JudgeError, Result, parse_json_stream, run

DEFECTS = os.path.join(HERE, "defects")
TOOLS = ("kubernetes-validate", "crd-schema", "duplicate-keys", "trivy", "checkov", "pyyaml", "kubectl", "network-config-analyzer")
NEWEST = MINORS[-1]
FORMATS = {"yaml": "all.yaml", "json": "all.json", "connections": "connections.json"}
# Beside the minors' folders: what is no output to apply, and so nothing for a scanner to read.
ASIDE = "aside"


class Report:
    """Prints each check as it is known, and counts."""

    def __init__(self):
        self.passed = self.failed = 0
        # What a check said for an earlier minor: name without the minor -> (minor, problems).
        self.said: dict = {}

    def add(self, result: Result):
        """Count one check and print its line."""
        if result.passed:
            self.passed += 1
            print(f"ok    {result.name}" + (f" ({result.note})" if result.note else ""), flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {result.name}", flush=True)
            minor = next((word for word in result.name.split() if word in MINORS), "")
            earlier = self.said.setdefault(result.name.replace(minor, ""), (minor, result.problems))
            repeated = earlier[0] != minor and earlier[1] == result.problems
            for problem in [f"the same as for {earlier[0]}"] if repeated else result.problems:
                print("      " + escape(problem).replace("\n", "\n        "), flush=True)


def escape(text: str) -> str:
    """A tool's words without anything that a terminal would obey."""
    return "".join(mark if mark == "\n" or mark.isprintable() else f"\\x{ord(mark):02x}" for mark in text)


def guarded(function, *arguments):
    """Problems of a judge, where being unable to judge is a problem too."""
    try:
        return function(*arguments)
    except Exception as error:  # Whatever goes wrong in a judge, its check has failed.
        return [f"{'' if isinstance(error, JudgeError) else type(error).__name__ + ': '}{error}"], 0


def read(path: str) -> str:
    """A file as it is: no line end is translated."""
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


# Judges of one program, as the pool runs them. Each returns (problems, how much was judged).


def judge_schema(path: str, minor: str):
    """kubernetes-validate, CRD schemas and duplicate keys."""
    return guarded(lambda: schemas.judge_text(read(path), minor))


def judge_readback(judge, path: str, meant_path: str):
    """PyYAML or kubectl against the compiler's JSON."""

    def work():
        meant = parse_json_stream(read(meant_path))
        subject = path if judge is readback.judge_kubectl else read(path)
        return judge(subject, meant), len(meant)

    return guarded(work)


def judge_connectivity(out: str, name: str):
    """NCA for each minor: {minor: (problems, note)}. What is the same for two minors is computed once."""
    known: dict = {}
    found = {}
    for minor in MINORS:
        text, declared = read(place(out, minor, name, "yaml")), read(place(out, minor, name, "connections"))
        # Nothing else of the output is an input of this judge: the pinned minor in a namespace's label is none.
        key = (re.sub(r"enforce-version: \S+", "", text), declared)
        if key not in known:
            known[key] = guarded(connectivity.judge, text, declared, os.path.join(out, ASIDE, minor, name, "nca"))
        found[minor] = known[key]
    return found


def programs(examples: str) -> dict[str, list[tuple[str, str]]]:
    """Group -> (name, path) of its programs: each folder with .bay files is a program, and in `cases` each file is one."""
    found: dict[str, list[tuple[str, str]]] = {}
    for root, folders, names in os.walk(examples):
        folders[:] = sorted(name for name in folders if name != "target" and not name.startswith("."))
        sources = sorted(name for name in names if name.endswith(".bay"))
        name = os.path.relpath(root, examples)
        if not sources or name == ".":
            continue
        if name == "cases":
            found[name] = [(f"cases/{source.removesuffix('.bay')}", os.path.join(root, source)) for source in sources]
        else:
            found[name] = [(name, root)]
        # What lies below a program is part of it.
        folders.clear()
    return found


def place(out: str, minor: str, name: str, format_: str) -> str:
    """The file of one program's output."""
    return os.path.join(out, *([] if format_ == "yaml" else [ASIDE]), minor, name, FORMATS[format_])


def build(bayplan: str, name: str, path: str, minor: str, out: str) -> list[str]:
    """Have the compiler write one program's output for one minor."""
    for format_ in FORMATS:
        command = [bayplan, "build", path, "--kubernetes", minor] + ([] if format_ == "yaml" else ["--format", format_])
        try:
            answer = run(command)
        except JudgeError as error:
            return [f"{name}: {error}"]
        if answer.returncode != 0:
            return [f"{name}: {' '.join(command[1:])}: exit {answer.returncode}\n{answer.stderr.strip()}"]
        file = place(out, minor, name, format_)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w", encoding="utf-8", newline="") as written:
            written.write(answer.stdout)
    return []


def defects() -> list[dict]:
    """The seeded defects: what their head comments say."""
    found = []
    for file in sorted(os.listdir(DEFECTS)):
        if file.endswith(".yaml"):
            path = os.path.join(DEFECTS, file)
            said = dict(re.findall(r"^# (tool|expect): (.+)$", read(path), re.MULTILINE))
            if set(said) != {"tool", "expect"} or said["tool"] not in TOOLS:
                raise JudgeError(f"{file} needs two head comments: `# tool:` (one of {', '.join(TOOLS)}) and `# expect:` (a pattern)")
            found.append({"name": file.removesuffix(".yaml"), "path": path, "meant": path.removesuffix(".yaml") + ".json", **said})
    return found


def find_defect(defect: dict, out: str) -> list[str]:
    """What the tool that this defect was made for says about it."""
    if defect["tool"] in ("kubernetes-validate", "crd-schema", "duplicate-keys"):
        return judge_schema(defect["path"], NEWEST)[0]
    if defect["tool"] in ("pyyaml", "kubectl"):
        judge = readback.judge_pyyaml if defect["tool"] == "pyyaml" else readback.judge_kubectl
        return judge_readback(judge, defect["path"], defect["meant"])[0]
    text, declared = read(defect["path"]), read(defect["meant"])
    return guarded(connectivity.judge, text, declared, os.path.join(out, "nca", defect["name"]))[0]


def prove_defects(report: Report, pool, out: str, checkov_python: str):
    """Every tool reports the defects seeded for it, and reports nothing else about them."""
    seeded = defects()
    for tool in sorted(set(TOOLS) - {defect["tool"] for defect in seeded}):
        report.add(Result(f"defect {tool}", ["no defect is seeded for this tool"]))
    # The scanners read folders: one of each tool's own, with a folder for each defect.
    scanned = {tool: [defect for defect in seeded if defect["tool"] == tool] for tool in ("trivy", "checkov")}
    for tool, its in scanned.items():
        for defect in its:
            os.makedirs(os.path.join(out, tool, defect["name"]))
            shutil.copy(defect["path"], os.path.join(out, tool, defect["name"], FORMATS["yaml"]))
    scans = start_scans(
        pool, os.path.join(out, "trivy"), [os.path.join(out, "checkov", defect["name"]) for defect in scanned["checkov"]], checkov_python
    )
    exemptions = scanners.load_exemptions()
    waiting = {}
    for defect in seeded:
        if defect["tool"] not in scanned:
            waiting[defect["name"]] = pool.submit(find_defect, defect, out)
    for defect in seeded:
        if defect["tool"] in scanned:
            folder = os.path.join(out, defect["tool"], defect["name"])
            found, problems = scanned_findings(scans[defect["tool"]], folder)
            said = problems + [str(finding) for finding in scanners.sift(found, exemptions)[0]]
        else:
            said = waiting[defect["name"]].result()
        strange = [problem for problem in said if not re.search(defect["expect"], problem)]
        problems = [] if said else ["the tool finds nothing wrong with the seeded defect"]
        problems += [f"expected {defect['expect']!r}, the tool says: {problem}" for problem in strange]
        report.add(Result(f"defect {defect['tool']}: {defect['name']}", problems))
    idle = scanners.Exemption("trivy", "KSV-0000", "*", "an exemption for a check that does not exist")
    used = scanners.sift([scanners.Finding("trivy", "KSV-0017", "Pod/x", "")], [idle])[1]
    report.add(Result("defect exemptions: nobody-needs-it", ["an exemption that covers nothing counts as needed"] if idle in used else []))


def start_scans(pool, trivy_folder: str, checkov_folders: list[str], checkov_python: str) -> dict:
    """Both scanners, at work."""
    return {
        "trivy": pool.submit(guarded_scan, scanners.trivy, trivy_folder),
        "checkov": pool.submit(guarded_scan, scanners.checkov, checkov_folders, checkov_python),
    }


def guarded_scan(function, *arguments):
    """({place: findings}, problems) of a scanner."""
    try:
        return function(*arguments), []
    except Exception as error:  # A scanner that cannot scan fails every check that rests on it.
        return {}, [f"{'' if isinstance(error, JudgeError) else type(error).__name__ + ': '}{error}"]


def scanned_findings(scan, folder: str) -> tuple[list, list[str]]:
    """The findings of a scanner in one program's folder, and the scanner's own trouble."""
    found, problems = scan.result()
    for scanned in (folder, os.path.join(folder, FORMATS["yaml"])):
        if scanned in found:
            return found[scanned], problems
    return [], problems or ["the scanner found nothing to judge in the output"]


def judge_examples(report: Report, pool, arguments, out: str):
    """Every example, for every minor, by every tool."""
    groups = programs(arguments.examples)
    if not groups:
        report.add(Result("examples", [f"{arguments.examples} holds no program: nothing was judged"]))
        return
    # Group -> the programs of it that were built for all minors.
    built: dict[str, list[str]] = {group: [] for group in groups}
    builds = {
        (minor, name): pool.submit(build, arguments.bayplan, name, path, minor, out)
        for minor in MINORS
        for its in groups.values()
        for name, path in its
    }
    for minor in MINORS:
        problems = [problem for (its, _), future in builds.items() if its == minor for problem in future.result()]
        report.add(Result(f"build {minor}", problems, f"{sum(len(its) for its in groups.values())} programs"))
    for group, its in groups.items():
        built[group] = [name for name, _ in its if not any(builds[minor, name].result() for minor in MINORS)]
    built = {group: its for group, its in built.items() if its}

    names = [name for its in built.values() for name in its]
    if not names:
        return
    newest = os.path.join(out, NEWEST)

    def submit_readback(judge, key):
        return pool.submit(judge_readback, judge, place(out, *key, "yaml"), place(out, *key, "json"))

    scans = start_scans(pool, newest, [os.path.join(newest, name) for name in names], arguments.checkov_python)
    connected = {name: pool.submit(judge_connectivity, out, name) for name in names}
    judges = {
        "kubernetes-validate": {key: pool.submit(judge_schema, place(out, *key, "yaml"), key[0]) for key in pairs(names)},
        "pyyaml": {key: submit_readback(readback.judge_pyyaml, key) for key in pairs(names)},
        "kubectl": {key: submit_readback(readback.judge_kubectl, key) for key in pairs(names)},
    }
    for tool, futures in judges.items():
        for minor in MINORS:
            for group, its in built.items():
                results = {name: futures[minor, name].result() for name in its}
                objects = sum(count for _, count in results.values())
                report.add(Result(f"{tool} {minor} {group}", told(results, group), f"{objects} objects"))
    for minor in MINORS:
        for group, its in built.items():
            results = {name: connected[name].result()[minor] for name in its}
            note = ", ".join(str(note) for _, note in results.values()) if len(its) == 1 else f"{len(its)} programs"
            report.add(Result(f"network-config-analyzer {minor} {group}", told(results, group), note))
    judge_scans(report, scans, built, newest)


def judge_scans(report: Report, scans: dict, built: dict[str, list[str]], newest: str):
    """What the scanners found in the examples, less the exemptions; and the exemptions."""
    exemptions = scanners.load_exemptions()
    needed: set = set()
    complete = set(scans)
    for tool, scan in scans.items():
        for group, its in built.items():
            results, exempt = {}, 0
            for name in its:
                found, problems = scanned_findings(scan, os.path.join(newest, name))
                left, used = scanners.sift(found, exemptions)
                needed |= used
                complete -= {tool} if problems else set()
                exempt += len(found) - len(left)
                results[name] = (problems + [str(finding) for finding in left], len(found))
            report.add(Result(f"{tool} {NEWEST} {group}", told(results, group), f"{exempt} findings exempt"))
    # Of a scanner that could not judge everything, nobody knows what it would need.
    idle = [
        f"no example needs the exemption {exemption} any more: take it out"
        for exemption in exemptions
        if exemption not in needed and exemption.tool in complete
    ]
    report.add(Result("exemptions", idle, f"{len(exemptions)}"))


def pairs(names: list[str]) -> list[tuple[str, str]]:
    """Every minor with every program."""
    return [(minor, name) for minor in MINORS for name in names]


def told(results: dict[str, tuple], group: str) -> list[str]:
    """The problems of a group's programs, each with its program's name where the group has several."""
    return [problem if name == group else f"{name}: {problem}" for name, (problems, _) in results.items() for problem in problems]


def main() -> int:
    """Judge, and say how it went."""
    parser = argparse.ArgumentParser(description="Judges the compiler's output with tools that this project did not write.")
    parser.add_argument("--bayplan", default=os.path.join("target", "release", "bayplan"), help="the compiler's binary")
    parser.add_argument("--examples", default="examples", help="the folder of the examples")
    parser.add_argument("--out", default=os.path.join("target", "judges", "out"), help="what is built and read goes here; emptied first")
    parser.add_argument("--checkov-python", required=True, help="the Python that has Checkov")
    arguments = parser.parse_args()
    arguments.bayplan, arguments.out = os.path.abspath(arguments.bayplan), os.path.abspath(arguments.out)
    if not os.access(arguments.bayplan, os.X_OK):
        print(f"FAIL  {arguments.bayplan} is no program: build it first with `cargo build --release`")
        return 1
    began, report = time.monotonic(), Report()
    shutil.rmtree(arguments.out, ignore_errors=True)
    os.makedirs(arguments.out)
    with concurrent.futures.ProcessPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        prove_defects(report, pool, os.path.join(arguments.out, "defects"), arguments.checkov_python)
        judge_examples(report, pool, arguments, arguments.out)
    print(f"judged in {time.monotonic() - began:.0f} s")
    print(f"judges: {report.passed} passed, {report.failed} failed", flush=True)
    return 0 if report.failed == 0 and report.passed > 0 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except JudgeError as problem:
        print(f"FAIL  {problem}")
        sys.exit(1)
