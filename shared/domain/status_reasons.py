"""Why a reset ended as it did, in words where its reason came as a bare code (domain layer).

Source: AMAPI discovery document, ``Command.errorCode``: a phone's refusal has a code and no sentence. The codes of
an expiry and of an unknown outcome are those of ``settlement``.
"""

from shared.domain.action import Reason

_SENTENCES = {
    "INVALID_VALUE": "The device refused the passcode: its rules have changed since its last report.",
    "API_LEVEL": "The device refused: its Android is too old.",
    "MANAGEMENT_MODE": "The device refused: this kind of management does not allow it.",
    "UNSUPPORTED": "The device refused: it cannot do this now.",
    "UNKNOWN": "The device refused and gave no reason; often its user must unlock it once first.",
    "NOT_ONLINE_IN_TIME": "The device was not online in time.",
    "NOT_SENT_IN_TIME": "It could not be handed to Google in time, so nothing was sent.",
    "NO_ANSWER": "The device did not answer in time.",
    "OUTCOME_UNKNOWN": "It cannot be established whether the device changed its passcode: a person must look.",
}
_OTHERWISE = "The new passcode was not accepted."


def reason_sentence(reason: Reason) -> str:
    """Return the reason's own sentence, else an English one of ours; never ""."""
    return reason.message or _SENTENCES.get(reason.code, _OTHERWISE)
