"""What bootstrap takes out of an environment's Terraform variables is what Terraform takes."""

import shutil
from pathlib import Path

import pytest

from infra.bootstrap.__main__ import STEPS
from infra.bootstrap.options import setup_options, setup_parser
from infra.bootstrap.variables_file import texts_of

EXAMPLE = Path(__file__).parents[2] / "infra" / "terraform" / "terraform.tfvars.example"


def test_the_example_of_the_repository_is_understood(tmp_path):
    """Regression: the region of Amazon's mail, inside ``ses``, became the region of functions and state bucket."""
    shutil.copyfile(EXAMPLE, tmp_path / "production.tfvars")
    arguments = ["--env", "production", "--environments", str(tmp_path)]
    options = setup_options(setup_parser(tuple(STEPS)), arguments, {})
    assert (options.project, options.project_number) == ("example-passcodes-prod", "123456789012")
    assert (options.region, options.scheduler_region) == ("europe-west1", "europe-west1")
    assert (options.console_domain, options.database) == ("passcodes.example.com", "passcode-reset")


@pytest.mark.parametrize(
    "inner",
    [
        'ses = {\n  region = "eu-west-1"\n}',
        'github = { repository = "a/b",\n  environment = "live", region = "x" }',
        'labels = {\n  a = "}"\n  region = "x"\n}',
        'list = [\n  {\n    region = "x"\n  },\n]',
        '# region = "x"',
        '// region = "x" {',
        '/*\nregion = "x"\n*/',
        'note = "a { in a text"',
        "later = 1 # a { in a remark",
        'quoted = "a \\" and {"',
    ],
)
def test_only_what_stands_in_no_bracket_and_no_comment_is_a_variable(tmp_path, inner):
    file = tmp_path / "staging.tfvars"
    ours = 'environment = "staging"\n', '  region = "europe-west1" # here\n'
    file.write_text(f"{ours[0]}{inner}\n{ours[1]}{inner}\n", encoding="utf-8")
    found = texts_of(file)
    assert (found["environment"], found["region"]) == ("staging", "europe-west1")


def test_without_a_file_nothing_is_known(tmp_path):
    assert texts_of(tmp_path / "none.tfvars") == {}


def test_a_byte_order_mark_hides_no_variable(tmp_path):
    """Regression: Terraform read the file, and the first variable was unknown here."""
    file = tmp_path / "staging.tfvars"
    file.write_text('environment = "staging"\nregion = "europe-west1"\n', encoding="utf-8-sig")
    assert texts_of(file) == {"environment": "staging", "region": "europe-west1"}
