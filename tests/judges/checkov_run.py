"""Runs Checkov's Kubernetes checks on each folder named, and prints what failed as JSON: {folder: {...}}.

Checkov has a Python of its own (requirements-checkov.txt). Each folder is judged by itself, because Checkov's graph checks
would let one program's NetworkPolicy cover the pods of another.
"""

import json
import logging
import os
import sys

# It would otherwise look up guidelines at its maker's service.
os.environ["BC_SKIP_MAPPING"] = "TRUE"
logging.disable(logging.CRITICAL)

from checkov.kubernetes.runner import Runner  # noqa: E402
from checkov.runner_filter import RunnerFilter  # noqa: E402

found = {}
for folder in sys.argv[1:]:
    report = Runner().run(root_folder=folder, runner_filter=RunnerFilter(framework=["kubernetes"]))
    found[folder] = {
        "summary": report.get_summary(),
        "unreadable": list(report.parsing_errors),
        "failed": [
            {"check": record.check_id, "title": record.check_name, "resource": record.resource, "lines": record.file_line_range}
            for record in report.failed_checks
        ],
    }
json.dump(found, sys.stdout)
