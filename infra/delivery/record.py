"""What a saved plan was made of, so that nothing else is applied with it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from infra.bundles import manifest
from infra.bundles.contents import BundleError
from infra.delivery.stage import DeliveryError, Stage

MAX_AGE = timedelta(hours=24)
"""A plan says what was so when it was made. Terraform refuses one whose state has moved on, but not one that was
made wrong by hand, past Terraform. A day is long enough for an approval."""


@dataclass(frozen=True, slots=True)
class Record:
    """One saved plan.

    Attributes:
        made: when, in UTC, ISO 8601.
        revision: of git, with ``-dirty`` where files differ from it.
        plan_sha256: of the plan's file.
        configuration_sha256: of everything that Terraform read beside the bundles.
        bundles: entry point → SHA-256 of its zip.
        ephemeral: names of the ephemeral variables that the plan was given.
        counts, losses: what the plan would do.
    """

    made: str
    revision: str
    plan_sha256: str
    configuration_sha256: str
    bundles: Mapping[str, str]
    ephemeral: Sequence[str]
    counts: Mapping[str, int]
    losses: Sequence[str]

    def write(self, stage: Stage) -> None:
        """Keep it beside the plan."""
        stage.record.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, stage: Stage) -> Self:
        """Return the record of the environment's saved plan.

        Raises:
            DeliveryError: there is no plan, or no record of it.
        """
        again = f"make plan ENV={stage.name}"
        try:
            rows: dict[str, Any] = json.loads(stage.record.read_text(encoding="utf-8"))
            if not stage.plan.is_file():
                raise DeliveryError(f"There is no saved plan: {again}")
            record = cls(**rows)
            record.age(datetime.now(UTC))  # a damaged date is found here
        except FileNotFoundError:
            raise DeliveryError(f"There is no saved plan: {again}") from None
        except (ValueError, TypeError):
            raise DeliveryError(f"{stage.record} is not a record of a plan: {again}") from None
        else:
            return record

    def age(self, now: datetime) -> timedelta:
        """Return how long ago it was made."""
        return now - datetime.fromisoformat(self.made)

    def check(self, stage: Stage, now: datetime, given: Mapping[str, str]) -> None:
        """Compare the record with what would be applied now.

        Args:
            stage: the environment.
            now: the present, aware.
            given: the ephemeral variables that are set.

        Raises:
            DeliveryError: with every reason against applying.
        """
        faults = [*self._stale(stage, now), *self._other_bundles(stage)]
        faults += [
            f"TF_VAR_{name} is not set: the plan was made with it and does not keep it"
            for name in self.ephemeral
            if name not in given
        ]
        if faults:
            raise DeliveryError("\n  ".join([f"The saved plan for {stage.name} is not applied:", *faults]))

    def _stale(self, stage: Stage, now: datetime) -> list[str]:
        again = f"make plan ENV={stage.name}"
        faults = []
        if sha256(stage) != self.plan_sha256:
            faults.append(f"the plan's file is not the one that was made: {again}")
        if not timedelta(0) <= self.age(now) <= MAX_AGE:
            faults.append(f"it was made {self.made}, more than {MAX_AGE.total_seconds() / 3600:.0f} h ago: {again}")
        if stage.configuration_sha256() != self.configuration_sha256:
            faults.append(f"the configuration has changed since: {again}")
        return faults

    def _other_bundles(self, stage: Stage) -> list[str]:
        try:
            present = hashes(stage)
        except BundleError as problem:
            return [str(problem)]
        differing = sorted(
            name for name in self.bundles.keys() | present if self.bundles.get(name) != present.get(name)
        )
        if differing:
            return [f"other bundles than the plan's: {', '.join(differing)} (make plan ENV={stage.name})"]
        return []


def sha256(stage: Stage) -> str:
    """Return the hash of the saved plan's file."""
    return hashlib.sha256(stage.plan.read_bytes()).hexdigest()


def hashes(stage: Stage) -> dict[str, str]:
    """Return the hash of each current bundle, after comparing the zips with their manifest."""
    return {function: bundle.sha256 for function, bundle in manifest.verify(stage.bundles).items()}
