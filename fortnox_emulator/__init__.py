"""A stand-in for the Fortnox API with a company behind it, for the demo and the tests.

It shares no code with the client, the SIE reader or the reconciliations: a second witness. What does not belong
here: anything that talks to the real Fortnox.
"""

from fortnox_emulator.emulator import Emulator
from fortnox_emulator.faults import Fault
from fortnox_emulator.server import RunningServer
from fortnox_emulator.switches import Switches

__all__ = ["Emulator", "Fault", "RunningServer", "Switches"]
