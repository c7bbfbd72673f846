"""An operator's changes of who belongs to an enterprise: once, audited, and never over somebody else's."""

from dataclasses import replace

import pytest

from shared.domain.errors import ConflictError, RejectedError
from shared.domain.settings import EnterpriseSettings
from shared.services.access import Caller
from shared.services.members import Members
from shared.services.ports import Update
from shared.services.records import from_fields
from tests.unit.services.world import ADMIN, ENTERPRISE

BY = Caller("operator@example.com")
NEW = "Kim@Example.com"
NAME = f"{ENTERPRISE}/members/kim@example.com"


@pytest.fixture
def members(world):
    return Members(world.book, world.new_id)


def audited(world):
    return [
        (write.fields["type"], write.fields["who"], write.fields["details"])
        for writes in world.store.commits
        for write in writes
        if "/audit/" in write.name
    ]


def test_a_member_is_added_with_an_audit_row_and_known_in_lower_case(world, members):
    assert members.add(ENTERPRISE, NEW, ["viewer", "admin"], BY) is None
    assert members.roles(ENTERPRISE, "kim@example.com") == ("admin", "viewer")
    details = {"member": "kim@example.com", "roles": "admin, viewer", "before": ""}
    assert audited(world) == [("MEMBER_ADDED", BY.email, details)]


def test_the_same_roles_again_write_nothing(world, members):
    members.add(ENTERPRISE, NEW, ["viewer", "admin"], BY)
    assert members.add(ENTERPRISE, NEW, ["admin", "viewer", "admin"], BY) == ("admin", "viewer")
    assert len(world.store.commits) == 1


def test_other_roles_replace_those_that_were(world, members):
    members.add(ENTERPRISE, NEW, ["admin"], BY)
    assert members.add(ENTERPRISE, NEW, ["viewer"], BY) == ("admin",)
    assert members.roles(ENTERPRISE, NEW) == ("viewer",)
    assert audited(world)[-1][0] == "MEMBER_CHANGED"


def test_who_left_is_removed_once(world, members):
    assert members.remove(ENTERPRISE, ADMIN.email, BY) == ("admin",)
    assert members.remove(ENTERPRISE, ADMIN.email, BY) is None
    assert members.roles(ENTERPRISE, ADMIN.email) is None
    assert audited(world) == [("MEMBER_REMOVED", BY.email, {"member": ADMIN.email, "before": "admin"})]


def test_an_enterprise_is_founded_once_and_never_overwritten(world, members):
    other = "enterprises/LC00new"
    assert members.found(other, EnterpriseSettings(retention_days=7, delivery="LINK"), BY)
    assert not members.found(other, EnterpriseSettings(retention_days=90), BY)
    stored = from_fields(EnterpriseSettings, world.store.get_many([other])[other].fields)
    assert (stored.retention_days, stored.delivery) == (7, "LINK")
    assert [kind for kind, _, _ in audited(world)] == ["ENTERPRISE_ADDED"]


def test_settings_change_one_by_one_with_what_they_were(world, members):
    before = members.change(ENTERPRISE, {"retention_days": 7, "locale": "fr"}, BY)
    after = from_fields(EnterpriseSettings, world.store.get_many([ENTERPRISE])[ENTERPRISE].fields)
    assert after == replace(before, retention_days=7, locale="fr")
    details = {"retention_days": f"{before.retention_days} → 7", "locale": f"{before.locale} → fr"}
    assert audited(world) == [("SETTINGS_CHANGED", BY.email, details)]
    assert members.change(ENTERPRISE, {"retention_days": 7}, BY) == after
    assert len(world.store.commits) == 1


def test_settings_of_an_unknown_enterprise_are_not_invented(world, members):
    with pytest.raises(RejectedError, match="NOT_FOUND"):
        members.change("enterprises/LC00none", {"retention_days": 7}, BY)
    assert world.store.commits == []


@pytest.mark.parametrize("roles", [[], ["owner"], ["admin", "Admin"]])
def test_roles_that_nobody_knows_are_refused(members, roles):
    with pytest.raises(ValueError, match="a role is one of admin"):
        members.add(ENTERPRISE, NEW, roles, BY)


@pytest.mark.parametrize("email", ["", "kim", "a@example.com,b@example.com", "a/b@example.com/x"])
def test_what_is_no_address_is_refused(members, email):
    for call in (members.add, members.remove):
        with pytest.raises(RejectedError, match="INVALID_EMAIL"):
            call(ENTERPRISE, email, ["admin"], BY) if call == members.add else call(ENTERPRISE, email, BY)


def test_an_enterprise_that_the_store_does_not_know_has_no_members(world, members):
    for call in (
        lambda: members.add("enterprises/LC00none", NEW, ["admin"], BY),
        lambda: members.remove("enterprises/LC00none", NEW, BY),
    ):
        with pytest.raises(RejectedError, match="NOT_FOUND"):
            call()
    assert world.store.commits == []


def test_a_rival_is_seen_and_not_overwritten_blindly(world, members):
    members.add(ENTERPRISE, NEW, ["viewer"], BY)

    def rival():
        document = world.store.inner.get_many([NAME])[NAME]
        world.store.inner.commit([Update(NAME, {"roles": ["revealer"]}, document.version)])

    world.store.faults = [rival]
    assert members.add(ENTERPRISE, NEW, ["admin"], BY) == ("revealer",)
    assert members.roles(ENTERPRISE, NEW) == ("admin",)


def test_a_lost_answer_is_found_out(world, members):
    """Regression: the operator read that Kim was no member, who had just been removed."""
    world.store.faults = ["lost"] * 4
    assert members.add(ENTERPRISE, NEW, ["admin"], BY) is None
    assert members.found("enterprises/LC00new", EnterpriseSettings(), BY)
    assert members.change("enterprises/LC00new", {"retention_days": 7}, BY).retention_days == 30
    assert members.remove(ENTERPRISE, NEW, BY) == ("admin",)
    kinds = ["MEMBER_ADDED", "ENTERPRISE_ADDED", "SETTINGS_CHANGED", "MEMBER_REMOVED"]
    assert [kind for kind, _, _ in audited(world)] == kinds
    assert members.roles(ENTERPRISE, NEW) is None


def test_a_document_that_never_rests_is_left_for_later(world, members):
    for call in (
        lambda: members.add(ENTERPRISE, NEW, ["admin"], BY),
        lambda: members.remove(ENTERPRISE, ADMIN.email, BY),
        lambda: members.found("enterprises/LC00new", EnterpriseSettings(), BY),
        lambda: members.change(ENTERPRISE, {"retention_days": 7}, BY),
    ):
        world.store.faults = ["moved"] * 5
        with pytest.raises(ConflictError, match="kept moving"):
            call()
    assert world.store.commits == []
