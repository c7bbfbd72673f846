"""The guide's sums are right, and done with what is counted."""

import re

import pytest

from tests.functions.test_costs import AT_MOST
from tests.infra.guide import ROOT, section

UNITS = {"M": 1e6, "GiB": 1024.0}
"""Divisors that the table writes as a unit: prices a million, and gibibytes where mebibytes are counted."""
GUIDE = section("Cost").replace("\N{MULTIPLICATION SIGN}", "x")


def rows(heading: str) -> dict[str, tuple[str, str]]:
    """Return the rows of a table: what → sum and dollars."""
    table = GUIDE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    found = re.findall(r"^\| (.+?) \|(.*)\| (\S.*) \|$", table, re.MULTILINE)
    return {what: (done.strip(), told) for what, done, told in found}


def product_of(term: str) -> float:
    """Return ``1,000 things x 0.03/10,000``."""
    value = 1.0
    for factor in term.split(" x "):
        found = re.match(r"\s*([\d.,]+)[^/]*(?:/(?:([\d,]+)|(M|GiB)\b))?", factor)
        assert found, term
        number, per, unit = found.groups()
        value *= float(number.replace(",", ""))
        value /= float(per.replace(",", "")) if per else UNITS[unit] if unit else 1
    return value


@pytest.mark.parametrize("what", [each for each in rows("1,000 resets") if "together" not in each])
def test_each_sum_is_right(what: str) -> None:
    done, told = rows("1,000 resets")[what]
    terms = [term for term in re.sub(r"\(.*\)", "", done).split(" + ") if " x " in term]
    assert terms
    assert f"{sum(map(product_of, terms)):.2f}" == told


def test_the_whole_is_the_sum_of_the_rows_and_what_the_readme_says() -> None:
    table = rows("1,000 resets")
    (whole,) = re.findall(r"[\d.]+", table.pop("**together**")[1])
    parts = sum(float(told) for _, told in table.values() if re.fullmatch(r"[\d.]+", told))
    assert f"{parts:.2f}" == whole
    assert f"about ${whole} per 1,000 resets" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_sums_are_done_with_what_a_test_counts() -> None:
    reads, writes, keys, messages = (AT_MOST[each] for each in ("reads", "writes", "key_calls", "messages"))
    told = " ".join(GUIDE.split())
    assert f"at most {reads} reads, {writes} writes, {keys} key calls, {messages} messages" in told
    table = rows("1,000 resets")
    pages = int(re.findall(r"(\d+) document reads", told)[0])
    assert table["Firestore"][0].startswith(f"{reads + pages},000 reads x ")
    assert f" + {writes},000 writes x " in table["Firestore"][0]
    assert table["KMS, logs, messages"][0].startswith(f"{keys},000 x ")
    assert table["mails"][0].startswith(f"{AT_MOST['mails']},000 x ")
    calls = int(re.findall(r"(\d+) pages and API calls", told)[0]) + messages
    assert f" + {calls},000 calls x " in table["functions"][0]


def test_the_idle_month_adds_up() -> None:
    table = rows("a month, idle")
    least, most = (int(each) for each in re.findall(r"\d+", table.pop("**together**")[1]))
    told = [amount for _, amount in table.values()]
    highest = sum(float(re.findall(r"[\d.]+", each)[-1]) for each in told)
    lowest = sum(float(re.findall(r"[\d.]+", each)[0]) for each in told if not each.startswith("≤"))
    assert (round(lowest), round(highest)) == (least, most)
    assert f"${least} to ${most} a month idle" in (ROOT / "README.md").read_text(encoding="utf-8")
