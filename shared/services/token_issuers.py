"""Who signs the tokens that say who calls, and where their keys are published (service layer).

Source: https://cloud.google.com/iap/docs/signed-headers-howto and
https://developers.google.com/identity/openid-connect/openid-connect
"""

IAP_ISSUER = "https://cloud.google.com/iap"
IAP_CERTS_URL = "https://www.gstatic.com/iap/verify/public_key-jwk"

GOOGLE_ISSUER = "https://accounts.google.com"
GOOGLE_ISSUERS = frozenset({GOOGLE_ISSUER, "accounts.google.com"})
"""Google writes either form."""

GOOGLE_CERTS_URL = "https://www.googleapis.com/oauth2/v3/certs"
