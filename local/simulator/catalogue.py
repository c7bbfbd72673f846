"""What the made-up fleet is put together from: models, Android versions, policies, people."""

from typing import Any

Json = dict[str, Any]

MODELS = (
    ("google", "Google", "Pixel 9", "tokay"),
    ("samsung", "samsung", "SM-S921B", "qcom"),
    ("samsung", "samsung", "SM-A546B", "s5e8835"),
    ("motorola", "motorola", "moto g84 5G", "qcom"),
    ("Nokia", "HMD Global", "Nokia XR21", "qcom"),
    ("Zebra", "Zebra Technologies", "TC58", "qcom"),
    ("Honeywell", "Honeywell", "CT47", "qcom"),
    ("Fairphone", "Fairphone", "FP5", "qcom"),
    ("OnePlus", "OnePlus", "CPH2581", "qcom"),
    ("Sony", "Sony", "XQ-DQ54", "qcom"),
    ("google", "Google", "Pixel 6a", "bluejay"),
    ("samsung", "samsung", "SM-T636B", "mt6789"),
    ("CAT", "BullittGroupLimited", "S75", "mt6877"),
    ("xiaomi", "Xiaomi", "23090RA98G", "mt6886"),
    ("Gigaset", "Gigaset", "GX6", "mt6877"),
    ("Datalogic", "Datalogic", "Memor 17", "qcom"),
    ("OPPO", "OPPO", "CPH2607", "mt6897"),
)
"""Brand, manufacturer, model, hardware as ``hardwareInfo`` reports them."""

VERSIONS = (
    ("16", 36),
    ("15", 35),
    ("14", 34),
    ("13", 33),
    ("12", 32),
    ("12", 31),
    ("11", 30),
    ("10", 29),
    ("9", 28),
    ("8.1.0", 27),
    ("8.0.0", 26),
    ("7.1.2", 25),
    ("7.0", 24),
)
"""Android version and its API level, newest first."""


def _quality(quality: str, scope: str = "SCOPE_DEVICE", **minima: int) -> Json:
    return {"passwordScope": scope, "passwordQuality": quality, **minima}


_SEPARATE = {"unifiedLockSettings": "REQUIRE_SEPARATE_WORK_LOCK"}
_UNIFIED = {"unifiedLockSettings": "ALLOW_UNIFIED_WORK_AND_PERSONAL_LOCK"}

POLICIES: dict[str, Json] = {
    "none": {},
    "weak-biometric": {"passwordPolicies": [_quality("BIOMETRIC_WEAK")]},
    "something": {"passwordPolicies": [_quality("SOMETHING")]},
    "pin": {"passwordPolicies": [_quality("NUMERIC", passwordMinimumLength=6)]},
    "pin-complex": {
        "passwordPolicies": [_quality("NUMERIC_COMPLEX", passwordMinimumLength=8, maximumFailedPasswordsForWipe=10)]
    },
    "alphabetic": {"passwordPolicies": [_quality("ALPHABETIC", passwordMinimumLength=6)]},
    "alphanumeric": {
        "passwordPolicies": [_quality("ALPHANUMERIC", passwordMinimumLength=8, passwordHistoryLength=5)]
    },
    "complex": {
        "passwordPolicies": [
            _quality(
                "COMPLEX",
                passwordMinimumLength=10,
                passwordMinimumLetters=4,
                passwordMinimumLowerCase=2,
                passwordMinimumUpperCase=2,
                passwordMinimumNonLetter=3,
                passwordMinimumNumeric=2,
                passwordMinimumSymbols=1,
                passwordHistoryLength=10,
                maximumFailedPasswordsForWipe=10,
            )
        ]
    },
    "low": {"passwordPolicies": [_quality("COMPLEXITY_LOW")]},
    "medium": {"passwordPolicies": [_quality("COMPLEXITY_MEDIUM")]},
    "high": {"passwordPolicies": [_quality("COMPLEXITY_HIGH")]},
    "unscoped": {"passwordPolicies": [{"passwordQuality": "NUMERIC_COMPLEX", "passwordMinimumLength": 6}]},
    "impossible": {"passwordPolicies": [_quality("ALPHANUMERIC", passwordMinimumLength=20)]},
    "byod-basic": {
        "passwordPolicies": [
            _quality("SOMETHING"),
            {**_quality("NUMERIC_COMPLEX", "SCOPE_PROFILE", passwordMinimumLength=6), **_UNIFIED},
        ]
    },
    "byod-strict": {
        "passwordPolicies": [
            _quality("NUMERIC", passwordMinimumLength=4),
            {**_quality("ALPHANUMERIC", "SCOPE_PROFILE", passwordMinimumLength=8), **_SEPARATE},
        ]
    },
    "byod-medium": {
        "passwordPolicies": [
            _quality("COMPLEXITY_LOW"),
            {**_quality("COMPLEXITY_MEDIUM", "SCOPE_PROFILE"), **_UNIFIED},
        ]
    },
    "cope-high": {
        "passwordPolicies": [
            _quality("COMPLEXITY_MEDIUM"),
            {**_quality("COMPLEXITY_HIGH", "SCOPE_PROFILE"), **_SEPARATE},
        ]
    },
    "cope-pin": {
        "passwordPolicies": [
            _quality("NUMERIC_COMPLEX", passwordMinimumLength=6),
            {
                **_quality("NUMERIC", "SCOPE_PROFILE", passwordMinimumLength=6, maximumFailedPasswordsForWipe=15),
                **_SEPARATE,
            },
        ]
    },
}
"""Policies by id, each with the part that a reset depends on."""

MANAGED_POLICIES = (
    "alphanumeric",
    "complex",
    "pin-complex",
    "none",
    "unscoped",
    "high",
    "medium",
    "pin",
    "something",
    "weak-biometric",
    "alphabetic",
    "low",
)
"""In an order that gives each policy to at least one phone whose Android knows it."""
COPE_POLICIES = ("cope-high", "cope-pin", "unscoped")
BYOD_POLICIES = ("byod-basic", "byod-strict", "byod-medium")

PEOPLE = (
    ("Ada Okonkwo", "ada.okonkwo@example.com", "en"),
    ("Jürgen Groß", "juergen.gross@example.com", "de"),
    ("Zoë Lefèvre", "zoe.lefevre@example.com", "fr"),
    ("李小龙", "li.xiaolong@example.com", "zh-CN"),
    ("Søren Ægidius", "soeren.aegidius@example.com", "da"),
    ("Ольга Петрова", "olga.petrova@example.com", "ru"),
    ("María José Núñez", "maria.nunez@example.com", "es"),
    ("محمد الحسن", "mohammed.alhassan@example.com", "ar"),
    ("Łukasz Żółć", "lukasz.zolc@example.com", "pl"),
    ("山田 太郎", "taro.yamada@example.com", "ja"),
    ("Siobhán O'Neill", "siobhan.oneill@example.com", "en-IE"),
    ("Nguyễn Thị Hạnh", "hanh.nguyen@example.com", "vi"),
    ("João Gonçalves", "joao.goncalves@example.com", "pt-BR"),
    ("अनिता शर्मा", "anita.sharma@example.com", "hi"),
    ("Giulia De Santis", "giulia.desantis@example.com", "it"),
    ("Γιώργος Παπαδόπουλος", "giorgos.papadopoulos@example.com", "el"),
    ("김민준", "minjun.kim@example.com", "ko"),
    ("Eszter Kővári", "eszter.kovari@example.com", "hu"),
    ("נועה לוי", "noa.levi@example.com", "he"),
    ("Björk Guðmundsdóttir", "bjork.gudmundsdottir@example.com", "is"),
    ("Ingrid van den Berg", "ingrid.vandenberg@example.com", "nl"),
    ("สมชาย ใจดี", "somchai.jaidee@example.com", "th"),
    ("Şule Çağlar", "sule.caglar@example.com", "tr"),
    ("Sam Taylor-Wood", "sam.taylor-wood@example.com", "en-GB"),
    ("Dvořák Jiří", "jiri.dvorak@example.com", "cs"),
    ("Anneli Mäkinen", "anneli.makinen@example.com", "fi"),
    ("Kwame Mensah", "kwame.mensah@example.com", "en-GH"),
    ("Ștefan Brâncuși", "stefan.brancusi@example.com", "ro"),
    ("Chloé Dubois", "chloe.dubois@example.com", "fr-CA"),
    ("Hans-Peter Müller-Lüdenscheidt", "hp.mueller@example.com", "de-CH"),
    ("X Æ", "x.ae@example.com", "en-US"),
)
"""Display name, address, locale."""
