"""Connectivity: what network-config-analyzer (NCA) computes from the emitted policies equals what the program declared.

NCA gets the NetworkPolicies and workloads as they were emitted (every workload at two replicas, so that a replica's way to
its twin is judged too), the namespaces, and pods made up here that stand for the rest of the cluster. The declared side
is `bayplan build PATH --format connections`: one JSON object, and nothing of it is read from the policies.

    {
      "namespaces": [{"name": "production", "defaultDeny": true}],
      "pods": [{"namespace": "production", "name": "backend", "kind": "Deployment", "labels": {"app.kubernetes.io/name": "backend"}}],
      "allowed": [{"from": END, "to": END, "protocol": "TCP", "port": 3000, "endPort": 3010, "because": "declared"}]
    }

namespaces   every namespace that holds a workload. `defaultDeny` says that a pod in it which the program does not own can
             neither send nor receive.
pods         every workload of the output that makes pods: its kind and name, and the labels of its pod template, all of them.
             Namespace and name together are unique.
allowed      every flow that must be possible. All others that touch a pod of the program must not be. An END is one of
             {"pod": "production/backend"}    the pods of that workload. From a workload to itself: between its replicas;
             {"namespaces": {…}, "pods": {…}} pods that the program does not own, which have all these labels, in namespaces that
                                              have all these labels; `{}` is any, and both keys are always there. A
                                              namespace is meant by name through the label kubernetes.io/metadata.name;
             {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}   addresses outside the cluster; `except` may be left out.
             An end that means everything (a rule without `from` or `to`) is written as three entries: pods {}/{},
             cidr 0.0.0.0/0 and cidr ::/0. A flow between two workloads of the program always names both by `pod`.
protocol     TCP, UDP or SCTP. Left out: all three, at every port.
port         the port of the pod, not of the Service. Left out: every port. `endPort`, inclusive, makes it a range.
because      one word for people: declared, dns, gateway, probe, monitoring, mesh, external, api-server. Not judged.

The order of lists and keys means nothing, and overlapping entries are allowed.
What NCA cannot say is not judged here: a pod's way to itself, nodes and kubelets, and what a CIDR means for pod addresses.
"""

from __future__ import annotations

import copy
import ipaddress
import json
import os
import re

import yaml

from common import JudgeError, identify, load_documents, run, tool

PROTOCOLS = ("TCP", "UDP", "SCTP")
NAME_LABEL = "kubernetes.io/metadata.name"
ALL = frozenset((protocol, 1, 65535) for protocol in PROTOCOLS)
# NCA's own list of kinds that make pods.
WORKLOADS = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController")
# More than this many wrong flows of one program tell nothing new.
SHOWN = 20


def judge(text: str, declared_text: str, folder: str) -> tuple[list[str], str]:
    """Problems of one program's output, and a note of what was compared. Writes NCA's input into the folder."""
    documents = [document for document in load_documents(text) if isinstance(document, dict)]
    try:
        declared = read_declared(declared_text)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"the declared connections are not of the shape that connectivity.py states: {type(error).__name__}: {error}"], ""
    workloads = [document for document in documents if pod_template(document) is not None]
    problems = judge_pods(workloads, declared)
    if problems:
        return problems, ""
    world = World(declared, documents)
    inputs = nca_input(documents, workloads, world)
    flows = run_nca(inputs, len(world.pods), folder)
    return compare(world, flows)


def read_declared(text: str) -> dict:
    """The declared connections, checked for shape: a misspelt key must not silently declare less."""
    declared = json.loads(text)
    only(declared, {"namespaces", "pods", "allowed"}, set())
    for namespace in declared["namespaces"]:
        only(namespace, {"name", "defaultDeny"}, set())
    for pod in declared["pods"]:
        only(pod, {"namespace", "name", "kind", "labels"}, set())
    names = {f"{pod['namespace']}/{pod['name']}" for pod in declared["pods"]}
    if len(names) != len(declared["pods"]):
        raise ValueError("two pods of one namespace and name")
    for entry in declared["allowed"]:
        only(entry, {"from", "to"}, {"protocol", "port", "endPort", "because"})
        if entry.get("protocol", "TCP") not in PROTOCOLS:
            raise ValueError(f"the protocol {entry['protocol']}")
        if ("port" in entry and "protocol" not in entry) or ("endPort" in entry and "port" not in entry):
            raise ValueError(f"a port without a protocol, or an endPort without a port: {entry}")
        for end in (entry["from"], entry["to"]):
            if "pod" in end:
                only(end, {"pod"}, set())
                if end["pod"] not in names:
                    raise ValueError(f"{end['pod']} is none of the pods")
            elif "cidr" in end:
                only(end, {"cidr"}, {"except"})
            else:
                only(end, {"namespaces", "pods"}, set())
    return declared


def only(value: dict, required: set, optional: set):
    """The keys of an object are these and no others."""
    if not required <= set(value) <= required | optional:
        may = f" and may have {', '.join(sorted(optional))}" if optional else ""
        raise ValueError(f"an object with the keys {', '.join(sorted(value))} needs {', '.join(sorted(required))}{may}, and no other")


def pod_template(document: dict):
    """The pod template of anything that has one, known kind or not."""
    spec = document.get("spec")
    if not isinstance(spec, dict):
        return None
    if isinstance(spec.get("jobTemplate"), dict):
        spec = spec["jobTemplate"].get("spec") or {}
    spec = measuring_job(spec) or spec
    template = spec.get("template")
    return template if isinstance(template, dict) and "containers" in (template.get("spec") or {}) else None


def measuring_job(spec: dict):
    """The spec of the job by which an AnalysisTemplate measures, if one of its metrics is a job."""
    metrics = [metric for metric in spec.get("metrics") or [] if isinstance(metric, dict)]
    jobs = [((metric.get("provider") or {}).get("job") or {}).get("spec") for metric in metrics]
    return next((job for job in jobs if job), None)


def known_to_nca(workload: dict) -> dict:
    """The built-in kind that makes the same pods: NCA knows no other."""
    if workload["kind"] == "Rollout":
        return {**workload, "apiVersion": "apps/v1", "kind": "Deployment"}
    if workload["kind"] == "AnalysisTemplate":
        return {**workload, "apiVersion": "batch/v1", "kind": "Job", "spec": measuring_job(workload["spec"])}
    return workload


def judge_pods(workloads: list[dict], declared: dict) -> list[str]:
    """The declared pods are the workloads of the output, with their labels."""
    problems = [f"{identify(workload)}: NCA knows no pods of this kind" for workload in workloads if known_to_nca(workload)["kind"] not in WORKLOADS]
    emitted = {}
    for workload in workloads:
        labels = (pod_template(workload).get("metadata") or {}).get("labels") or {}
        emitted[identify(workload)] = labels
    meant = {f"{pod['kind']} {pod['namespace']}/{pod['name']}": pod["labels"] for pod in declared["pods"]}
    for name in sorted(set(emitted) | set(meant)):
        if name not in emitted:
            problems.append(f"{name}: declared, but not in the output")
        elif name not in meant:
            problems.append(f"{name}: in the output, but not declared")
        elif emitted[name] != meant[name]:
            problems.append(f"{name}: has the labels {emitted[name]}, declared were {meant[name]}")
    listed = {namespace["name"] for namespace in declared["namespaces"]}
    problems += [f"the namespace {name} is not declared" for name in sorted({pod["namespace"] for pod in declared["pods"]} - listed)]
    return problems


class World:
    """Every pod that takes part: the program's own, and those that stand for the rest of the cluster."""

    def __init__(self, declared: dict, documents: list[dict]):
        self.declared = declared
        self.closed = {namespace["name"]: namespace["defaultDeny"] for namespace in declared["namespaces"]}
        # Pod of NCA -> the declared workload it is a replica of.
        self.owned = {
            f"{pod['namespace']}/{pod['name']}-{replica}": f"{pod['namespace']}/{pod['name']}"
            for pod in declared["pods"]
            for replica in (1, 2)
        }
        self.namespaces = {name: {NAME_LABEL: name} for name in self.closed}
        # Pod of NCA -> labels, of the pods that the program does not own.
        self.foreign: dict[str, dict] = {}
        for name in self.closed:
            self.foreign[f"{name}/judge-stranger"] = {}
        self.add("judge-elsewhere", {}, "judge-stranger", {})
        for index, (namespaces, pods) in enumerate(self.selectors(documents)):
            # One pod that is meant, and one for each way to almost be it.
            near = namespaces.get(NAME_LABEL, f"judge-{index}")
            # In the program's own namespaces labels are identities: a pod with a tier's labels would be that tier's pod.
            if near not in self.closed:
                self.add(near, namespaces, f"judge-meant-{index}", pods)
                if pods:
                    self.add(near, namespaces, f"judge-other-pod-{index}", {})
            if namespaces:
                self.add("judge-elsewhere", {}, f"judge-other-namespace-{index}", pods)
        self.pods = {*self.owned, *self.foreign}

    def add(self, namespace: str, namespace_labels: dict, pod: str, labels: dict):
        """A foreign pod, and its namespace if that is new."""
        self.namespaces.setdefault(namespace, {NAME_LABEL: namespace}).update(namespace_labels)
        self.foreign[f"{namespace}/{pod}"] = labels

    def selectors(self, documents: list[dict]) -> list[tuple[dict, dict]]:
        """Labels of a namespace and of a pod in it: of the declared ends, and of whoever the policies let in or out.

        Taking them from the policies too makes a witness for what a policy allows and nobody declared. It decides nothing.
        """
        ends = [end for entry in self.declared["allowed"] for end in (entry["from"], entry["to"])]
        found = [(end["namespaces"], end["pods"]) for end in ends if "namespaces" in end]
        for peer in policy_peers(documents):
            if "namespaceSelector" in peer:
                pods = witnesses(peer.get("podSelector"))
                found += [(namespace, pod) for namespace in witnesses(peer["namespaceSelector"]) for pod in pods]
        return [selector for index, selector in enumerate(found) if selector not in found[:index]]

    def judged(self, name: str) -> bool:
        """Whether the program answers for this pod's traffic: its own pods, and strangers where all is denied."""
        return name in self.owned or self.closed.get(name.split("/")[0], False)

    def means(self, end: dict, name: str) -> bool:
        """Whether a declared end means this pod."""
        if "pod" in end:
            return self.owned.get(name) == end["pod"]
        if "namespaces" not in end or name in self.owned:
            return False
        namespace = name.split("/")[0]
        if self.closed.get(namespace):
            return False
        return holds(end["namespaces"], self.namespaces[namespace]) and holds(end["pods"], self.foreign[name])

    def allowed(self, sides: list) -> dict:
        """The declared (source, target) -> set of (protocol, first port, last port), among these pods and ranges."""
        found: dict = {}
        for entry in self.declared["allowed"]:
            first = entry.get("port", 1)
            last = entry.get("endPort", entry.get("port", 65535))
            opened = {(protocol, first, last) for protocol in ([entry["protocol"]] if "protocol" in entry else PROTOCOLS)}
            targets = [side for side in sides if self.touches(entry["to"], side)]
            for source in (side for side in sides if self.touches(entry["from"], side)):
                for target in targets:
                    found.setdefault((source, target), set()).update(opened)
        return found

    def touches(self, end: dict, actual) -> bool:
        """Whether a declared end means this pod or this range of addresses."""
        if isinstance(actual, Range):
            return "cidr" in end and actual.within(end["cidr"]) and not any(actual.within(hole) for hole in end.get("except", []))
        return self.means(end, actual)

    def bounds(self) -> set:
        """Every first address of a declared range, and of what follows it."""
        networks = [
            ipaddress.ip_network(text)
            for entry in self.declared["allowed"]
            for end in (entry["from"], entry["to"])
            if "cidr" in end
            for text in [end["cidr"], *end.get("except", [])]
        ]
        return {bound for network in networks for bound in Range(network[0], network[-1]).bounds()}


class Range:
    """Addresses from first to last, of one version."""

    def __init__(self, first, last):
        self.version, self.first, self.last = first.version, int(first), int(last)

    def __hash__(self):
        return hash((self.version, self.first, self.last))

    def __eq__(self, other):
        return isinstance(other, Range) and (self.version, self.first, self.last) == (other.version, other.first, other.last)

    def __str__(self):
        address = ipaddress.IPv4Address if self.version == 4 else ipaddress.IPv6Address
        return str(address(self.first)) if self.first == self.last else f"{address(self.first)}-{address(self.last)}"

    def bounds(self) -> set:
        """Where it begins, and where what follows it begins."""
        return {(self.version, self.first), (self.version, self.last + 1)}

    def within(self, cidr: str) -> bool:
        """Whether a network holds all of it."""
        network = ipaddress.ip_network(cidr)
        return network.version == self.version and int(network[0]) <= self.first and self.last <= int(network[-1])


def policy_peers(documents: list[dict]) -> list[dict]:
    """Every peer of every rule of every policy."""
    policies = [document["spec"] for document in documents if document.get("kind") == "NetworkPolicy"]
    rules = [rule for spec in policies for rule in (spec.get("ingress") or []) + (spec.get("egress") or [])]
    return [peer for rule in rules for peer in (rule.get("from") or []) + (rule.get("to") or [])]


def witnesses(selector) -> list[dict]:
    """Label sets that a selector selects: one for each way that its `In` lists offer."""
    found = [dict((selector or {}).get("matchLabels") or {})]
    for expression in (selector or {}).get("matchExpressions") or []:
        key, operator = expression["key"], expression["operator"]
        values = {"In": expression.get("values"), "Exists": ["any"]}.get(operator)
        # NotIn and DoesNotExist select pods without the label, as these are.
        if values:
            found = [{**labels, key: value} for labels in found for value in values]
    return found


def holds(wanted: dict, labels: dict) -> bool:
    """Whether labels hold all that a selector wants."""
    return all(labels.get(key) == value for key, value in wanted.items())


def normal(ports: set) -> frozenset:
    """Port ranges in the one form that makes equal sets equal: sorted, joined where they touch."""
    found = []
    for protocol, first, last in sorted(ports):
        if found and found[-1][0] == protocol and first <= found[-1][2] + 1:
            found[-1] = (protocol, found[-1][1], max(last, found[-1][2]))
        else:
            found.append((protocol, first, last))
    return frozenset(found)


def nca_input(documents: list[dict], workloads: list[dict], world: World) -> list[dict]:
    """The emitted policies and workloads, and a cluster around them."""
    found = []
    namespaces = {name: dict(labels) for name, labels in world.namespaces.items()}
    for document in documents:
        # The API server adds the name label by itself; other labels are the output's.
        if document.get("kind") == "Namespace" and document["metadata"]["name"] in namespaces:
            namespaces[document["metadata"]["name"]].update(document["metadata"].get("labels") or {})
        if document.get("kind") == "NetworkPolicy":
            found.append(document)
    for workload in workloads:
        twins = copy.deepcopy(known_to_nca(workload))
        # NCA reads the count of a CronJob's and a DaemonSet's pods here too.
        twins["spec"]["parallelism" if twins["kind"] == "Job" else "replicas"] = 2
        found.append(twins)
    for name, labels in world.foreign.items():
        namespace, _, pod = name.partition("/")
        metadata = {"namespace": namespace, "name": pod, "labels": labels}
        found.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": []}})
    # First of all: NCA takes a namespace that a pod names before its own document comes for one without labels.
    first = [{"name": name, "labels": labels} for name, labels in namespaces.items()]
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata} for metadata in first] + found


def run_nca(inputs: list[dict], pods: int, folder: str) -> dict:
    """What NCA computes: (source, target) -> set of (protocol, first port, last port)."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "cluster.yaml")
    with open(path, "w", encoding="utf-8") as file:
        yaml.dump_all(inputs, file, Dumper=yaml.CSafeDumper, sort_keys=False)
    command = [tool("nca"), "--connectivity", "--resource_list", path, "--output_endpoints", "pods", "--print_ipv6"]
    answer = run([*command, "--output_format", "txt_no_fw_rules"])
    if answer.returncode != 0:
        raise JudgeError(f"nca: exit {answer.returncode}: {(answer.stderr.strip() or answer.stdout.strip())[-2000:]}")
    counted = re.search(r"cluster has (\d+) unique endpoints", answer.stdout)
    if counted is None or int(counted[1]) != pods:
        raise JudgeError(f"nca saw {counted[1] if counted else 'no'} endpoints, not the {pods} it was given")
    flows: dict = {}
    for line in answer.stdout.splitlines():
        if " => " in line:
            source, _, rest = line.partition(" => ")
            target, _, connection = rest.partition(" : ")
            flows.setdefault((end(source), end(target)), set()).update(ports(connection))
    return flows


def end(text: str):
    """A pod's name, or a Range."""
    if "/" in text:
        return text
    first, _, last = text.partition("-")
    return Range(ipaddress.ip_address(first), ipaddress.ip_address(last or first))


def ports(text: str) -> set:
    """NCA's words for a connection."""
    if text == "All connections":
        return set(ALL)
    matched = re.fullmatch(r"\{protocols:([A-Z, ]+)(?:,dst_ports:([0-9,-]+))?\}", text)
    if matched is None:
        raise JudgeError(f"nca said a connection in words that this judge does not know: {text}")
    protocols = [name.strip() for name in matched[1].split(",")]
    ranges = [part.partition("-") for part in (matched[2] or "1-65535").split(",")]
    return {(protocol, int(first), int(last or first)) for protocol in protocols for first, _, last in ranges}


def compare(world: World, flows: dict) -> tuple[list[str], str]:
    """Both directions: nothing allowed that was not declared, nothing declared that is blocked."""
    bounds = {(4, 0), (4, 2**32), (6, 0), (6, 2**128)} | world.bounds()
    for pair in flows:
        for side in pair:
            if isinstance(side, Range):
                bounds |= side.bounds()
    # Between two neighbouring bounds every address is treated alike, so this table is finite and exact.
    cells = [cell for version in (4, 6) for cell in slices(version, sorted(value for kind, value in bounds if kind == version))]
    computed: dict = {}
    for (source, target), found in flows.items():
        for left in pieces(source, cells):
            for right in pieces(target, cells):
                computed.setdefault((left, right), set()).update(found)
    sides = [*sorted(world.pods), *cells]
    allowed = world.allowed(sides)
    judged = {side for side in world.pods if world.judged(side)}
    missing: dict = {}
    extra: dict = {}
    compared = 0
    for source in sides:
        for target in sides:
            if (source not in judged and target not in judged) or source == target:
                continue
            compared += 1
            want, got = normal(allowed.get((source, target), set())), normal(computed.get((source, target), set()))
            for port in spell(minus(want, got)):
                missing.setdefault((label(world, source), label(world, target), port), None)
            for port in spell(minus(got, want)):
                extra.setdefault((label(world, source), label(world, target), port), None)
    problems = [f"declared, but blocked: {source} to {target}, {port}" for source, target, port in missing]
    problems += [f"allowed, but not declared: {source} to {target}, {port}" for source, target, port in extra]
    if len(problems) > SHOWN:
        problems = problems[:SHOWN] + [f"and {len(problems) - SHOWN} more flows"]
    return problems, f"{compared} pairs"


def slices(version: int, bounds: list[int]) -> list[Range]:
    """The ranges between neighbouring bounds."""
    address = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return [Range(address(first), address(after - 1)) for first, after in zip(bounds, bounds[1:])]


def pieces(side, cells: list[Range]) -> list:
    """A pod as it is; a range as the cells that it is made of."""
    if isinstance(side, str):
        return [side]
    return [cell for cell in cells if cell.version == side.version and side.first <= cell.first and cell.last <= side.last]


def minus(left: frozenset, right: frozenset) -> set:
    """The ports in left that are not in right."""
    found = set()
    for protocol, first, last in left:
        rest = [(first, last)]
        for other, low, high in right:
            if other == protocol:
                rest = [piece for a, b in rest for piece in ((a, min(b, low - 1)), (max(a, high + 1), b)) if piece[0] <= piece[1]]
        found |= {(protocol, a, b) for a, b in rest}
    return found


def spell(ranges: set) -> list[str]:
    """Ports for people."""
    return [f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}" for protocol, first, last in sorted(ranges)]


def label(world: World, side) -> str:
    """An end for people. Pods made up here are described by what they stand for."""
    if isinstance(side, Range):
        return f"address {side}"
    if side in world.owned:
        return world.owned[side]
    namespace, _, pod = side.partition("/")
    if namespace in world.closed:
        return f"another pod in {namespace}"
    labels = ",".join(f"{key}={value}" for key, value in world.foreign[side].items()) or "no labels"
    return f"a pod elsewhere ({labels}; namespace {namespace})"
