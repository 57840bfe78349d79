"""The fuzzer schemathesis, which makes its requests from the schema that it is given, finds nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import schemathesis_hooks
from tests.fuzz.settings import IS_SOAK, SECONDS_MAX
from tests.fuzz.target import Target
from tests.properties.settings import OPERATIONS, SEED

CASES_EACH = max(30, OPERATIONS // 10_000) if IS_SOAK else 15
"""Of each field of Query and Mutation, with values that fit the schema and with others."""
ROOT = Path(__file__).parents[2]
OUR_OWN_TO_JUDGE = "not_a_server_error,positive_data_acceptance"
"""Replaced by the check of ``schemathesis_hooks``, which says why."""


@pytest.mark.timeout(max(SECONDS_MAX, CASES_EACH * 10))
def test_finds_nothing(target: Target, tmp_path: Path) -> None:
    """Neither a failure of the service nor an answer that its own schema does not allow, as an administrator."""
    command = [
        *(str(Path(sys.executable).with_name("st")), "run", target.service.url, "--no-color"),
        *("--header", f"Authorization: Bearer {target.service.token}"),
        *("--seed", str(SEED), "--max-examples", str(CASES_EACH), "--exclude-checks", OUR_OWN_TO_JUDGE),
        *("--mode", "all", "--max-response-time", "10", "--continue-on-failure", "--suppress-health-check", "all"),
    ]
    hooks = {"SCHEMATHESIS_HOOKS": schemathesis_hooks.__name__, "PYTHONPATH": str(ROOT)}
    # It leaves a database of what it found where it runs.
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **hooks}, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[:8_000] + "\n…\n" + said[-3_000:]
    assert f"Tested: {said.partition('Selected: ')[2].partition('/')[0]}" in said, said[-3_000:]
    target.assert_untroubled()
