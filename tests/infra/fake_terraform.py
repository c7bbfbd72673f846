"""A terraform that plans and applies nothing: it notes its calls and leaves the files that the real one leaves."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

PROGRAM = """#!{python}
import json, os, signal, sys, time
folder = {folder!r}
arguments = [each for each in sys.argv[1:] if not each.startswith("-chdir=")]
with open(os.path.join(folder, "calls"), "a") as file:
    variables = {{name: value for name, value in os.environ.items() if name.startswith("TF_")}}
    file.write(json.dumps({{"arguments": arguments, "chdir": sys.argv[1], "variables": variables}}) + "\\n")
with open(os.path.join(folder, "answers")) as file:
    answers = json.load(file)
def soft(_signal, _frame):
    time.sleep(answers["softly_s"])
    open(os.path.join(folder, "state"), "w").close()
    sys.exit(1)

if arguments[0] == answers["lingers_at"]:
    signal.signal(signal.SIGINT, soft)
    open(os.path.join(folder, "lingering"), "w").close()
    time.sleep(120)
if arguments[0] in answers["fails"]:
    sys.exit("no")
if arguments[0] == "version":
    print(json.dumps({{"terraform_version": answers["version"]}}))
if arguments[0] == "plan":
    (out,) = [each[5:] for each in arguments if each.startswith("-out=")]
    with open(out, "w") as file:
        file.write("a plan")
if arguments[0] == "show":
    print(json.dumps(answers["plan"]) if "-json" in arguments else "what would be done")
"""


SOFTLY_S = 1.0
"""How long the end takes after Ctrl-C: four times what ``subprocess.run`` waits before it kills."""


class FakeTerraform:
    """Stands first on the PATH in ``environ``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        program = folder / "terraform"
        program.write_text(PROGRAM.format(python=sys.executable, folder=str(folder)), encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.answer()

    def answer(
        self, *, version: str = "1.11.4", plan: Any = None, fails: tuple[str, ...] = (), lingers_at: str = ""
    ) -> None:
        """Choose what it answers from now on; where it lingers, Ctrl-C makes it write its state and end."""
        answers = {"version": version, "plan": plan or {"resource_changes": []}, "fails": fails}
        answers |= {"lingers_at": lingers_at, "softly_s": SOFTLY_S}
        (self._folder / "answers").write_text(json.dumps(answers), encoding="utf-8")

    @property
    def path(self) -> str:
        return f"{self._folder}:/usr/bin:/bin"

    def has(self, mark: str) -> bool:
        """Tell whether it has come to a point: ``lingering``, or ``state`` written after Ctrl-C."""
        return (self._folder / mark).exists()

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call but those for the version."""
        file = self._folder / "calls"
        calls = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
        return [call for call in calls if call["arguments"][0] != "version"]

    def said(self, command: str) -> dict[str, Any]:
        """Return the one call of a command."""
        (call,) = [call for call in self.calls if call["arguments"][0] == command]
        return call


def change(address: str, *actions: str) -> dict[str, Any]:
    """Return a row of a plan's ``resource_changes``."""
    return {"address": address, "type": address.split(".")[-2], "change": {"actions": list(actions)}}
