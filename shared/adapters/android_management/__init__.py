"""Adapter for the Android Management API (AMAPI): commands, operations and devices (adapter layer).

``client`` is the port, ``transport`` the one HTTP road it takes, ``answers`` turns failures into the product's
errors, ``operations`` and ``devices`` read AMAPI's JSON. Reading is pure and needs no SDK; importing this
package imports none either, the client builds its service at the first call.
"""

from shared.adapters.android_management.client import AndroidManagement
from shared.adapters.android_management.devices import device_from_json
from shared.adapters.android_management.operations import operation_from_json, parse_operation_name

__all__ = ["AndroidManagement", "device_from_json", "operation_from_json", "parse_operation_name"]
