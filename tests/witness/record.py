"""Write down what a real API server answers: ``python -m tests.witness.record ADMIN_KUBECONFIG NOBODY_KUBECONFIG``."""

import json
import sys
from pathlib import Path

from tests.witness.agreement import AGREED, GROUPS, outcomes
from tests.witness.site import Site


def main(admin: str, nobody: str) -> None:
    """Ask the server of these kubeconfigs, as the administrator and as a user without rights."""
    site = Site(lambda user: Path(nobody if user == "nobody" else admin))
    agreed = {group: outcomes(site, group) for group in GROUPS}
    AGREED.write_text(json.dumps(agreed, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
