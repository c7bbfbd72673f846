"""``make demo``: the whole product on this machine, and one reset from request to e-mail (laptop stack).

``python -m local.demo [--once] [--emulators]``
"""

import argparse
import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

from local.stack import Stack
from local.stack_options import StackError, options_from_environ
from local.stack_plan import Plan
from local.walkthrough import Addresses, Walk, WalkError

WALK_LOGS = ("reset_passcode", "issue_command", "handle_notification", "poll_status", "notify")
"""The functions that a reset goes through, in its order: where to look when it stops."""


class _EndedError(BaseException):
    """SIGTERM came; not an Exception, so that nothing on the way catches it."""


def main() -> int:
    """Run the demo and return the exit status: 0, or 1 where it did not work."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with it switched off
    started = time.monotonic()
    try:
        print("Starting the passcode reset stack …", flush=True)
        with Stack(options_from_environ(os.environ, emulators=arguments.emulators)) as stack:
            print(f"Ready in {time.monotonic() - started:.1f} s.\n\n{_addresses(stack.plan)}\n", flush=True)
            _walk(stack)
            if not arguments.once:
                _stay(stack)
    except (StackError, WalkError) as fault:
        print(f"\n{fault}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, _EndedError):
        print("\nStopped.")
        return 0
    return 0


def _walk(stack: Stack) -> None:
    plan = stack.plan
    try:
        Walk(Addresses(plan.gateway_url, plan.amapi_url, plan.mail_url), lambda line: print(line, flush=True)).run()
    except WalkError as fault:
        raise WalkError(f"The reset failed: {fault}\n{stack.tails(*WALK_LOGS)}") from fault


def _stay(stack: Stack) -> None:
    """Stay up until Ctrl-C, and say so should a process die meanwhile.

    Raises:
        StackError: one did.
    """
    print("\nThe stack stays up; Ctrl-C ends it.", flush=True)
    while True:
        time.sleep(1)
        dead = stack.dead()
        if dead:
            raise StackError(f"{', '.join(dead)} ended unexpectedly.\n{stack.tails(*dead)}")


def _addresses(plan: Plan) -> str:
    rows = (
        ("Console", plan.gateway_url),
        ("Sign in as", f"{plan.gateway_url}/_local/"),
        ("Mail", plan.mail_url),
        ("Phones", f"{plan.amapi_url}/_sim/devices"),
        ("Logs", str(plan.options.state_dir / "log")),
    )
    return "\n".join(f"  {title:<11} {address}" for title, address in rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the reset")
    parser.add_argument("--emulators", action="store_true", help="on Google's Firestore and Pub/Sub emulators")
    return parser.parse_args()


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _EndedError


if __name__ == "__main__":
    sys.exit(main())
