"""Mails reach each person in their own language, through the functions as they are deployed."""

import pytest

from local.inbox.mailbox import Letter
from tests.functions.product import ADMIN, ENTERPRISE, Product

USERS_OWN = {
    "nl": ("Nieuwe toegangscode voor uw ", "Ontgrendel de telefoon met deze toegangscode."),
    "de": ("Neuer Entsperrcode für Ihr Gerät ", "Entsperren Sie das Smartphone mit diesem Code."),
    "pt-BR": ("Novo código de desbloqueio para o seu ", "Desbloqueie o telefone com este código."),
    "en": ("New passcode for your ", "Unlock the phone with this passcode."),
    "ja": ("New passcode for your ", "Unlock the phone with this passcode."),
}


def letters_of_a_reset(product: Product, locale: str) -> dict[str, Letter]:
    """Assign the device a user who reads this language, reset it, and return both letters by recipient."""
    device = next(each for each in product.devices() if each["managementMode"] == "DEVICE_OWNER")["name"]
    user = {"displayName": "Sanne de Vries", "email": "sanne@example.com", "locale": locale}
    assert product.call("reset_passcode", "PATCH", f"/v1/{device}", json={"user": user}).status_code == 200
    product.until_status(product.reset(device, notifyUser=True)["name"], "DONE")
    product.settle(lambda: len(product.inbox.letters()) == 2)
    return {letter.to: letter for letter in product.inbox.letters()}


@pytest.mark.parametrize("locale", USERS_OWN)
def test_the_users_mail_is_in_the_users_language(product: Product, locale: str) -> None:
    letters = letters_of_a_reset(product, locale)
    subject, unlock = USERS_OWN[locale]
    mail = letters["sanne@example.com"]
    assert mail.subject.startswith(subject)
    assert unlock in mail.text
    assert unlock in mail.html
    assert letters[ADMIN].subject.startswith("New passcode: ")


def test_the_admins_mail_is_in_the_enterprises_language_and_so_is_that_of_a_user_without_one(
    product: Product,
) -> None:
    product.write(ENTERPRISE, locale="fr-CA")
    letters = letters_of_a_reset(product, "")
    assert letters[ADMIN].subject.startswith("Nouveau code de déverrouillage")
    assert '<html lang="fr"' in letters[ADMIN].html
    assert letters["sanne@example.com"].subject.startswith("Nouveau code de déverrouillage pour votre ")


def test_a_mail_about_a_failure_is_in_the_enterprises_language_too(product: Product) -> None:
    product.write(ENTERPRISE, locale="es")
    device = product.devices()[0]["name"]
    product.set_phone(device, online=False)
    action = product.reset(device, validFor="60s")["name"]
    product.until_status(action, "ISSUED")
    product.time.advance(hours=2)
    product.settle(lambda: product.tick() and product.action(action)["status"] == "EXPIRED")
    product.settle(product.inbox.letters)
    (mail,) = product.inbox.letters()
    assert mail.subject.startswith("Código no restablecido: ")
    assert "Lo más probable es que el código anterior siga funcionando." in mail.text
