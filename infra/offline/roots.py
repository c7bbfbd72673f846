"""The root modules of this repository, and the example values that each is planned with."""

from pathlib import Path

TERRAFORM = Path(__file__).parents[1] / "terraform"
ROOTS = (TERRAFORM, TERRAFORM / "aws_ses")


def example_values(root: Path) -> Path | None:
    """The root's `terraform.tfvars.example`, or None where every variable has a default."""
    path = root / "terraform.tfvars.example"
    return path if path.exists() else None
