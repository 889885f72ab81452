"""The risk of an attack: what it achieves on training rows beyond what it achieves on people the engine never saw."""

from __future__ import annotations

import math

import msgspec

from appliance.data_plane.quality.estimate import wilson


class Attack(msgspec.Struct, frozen=True):
    """One attack: guesses made on training and on control rows, the share that is right on either and by guessing blindly, and the risk
    beyond the control (0–1) with its 95 % interval."""

    name: str
    attacks: int
    controls: int
    success: float
    control: float
    baseline: float
    risk: float
    low: float
    high: float

    def excess(self, z: float) -> float:
        """The lower end of success − control (Newcombe's interval of Wilson's, `z` standard errors): the guesses that certainly gain."""
        own = self.success - wilson(self.success, self.attacks, z)[0]
        other = wilson(self.control, self.controls, z)[1] - self.control
        return self.success - self.control - math.hypot(own, other)


class Tally(msgspec.Struct, frozen=True):
    """Guesses and right ones on training rows, on control rows and by blind guessing."""

    attacks: int
    right: float
    controls: int
    control_right: float
    blind: float


def attack(name: str, tally: Tally) -> Attack:
    """The risk with its interval: the errors of both rates by the partial derivatives of R."""
    success, control = (
        right / count if count else 0.0 for right, count in ((tally.right, tally.attacks), (tally.control_right, tally.controls))
    )
    risk = (success - control) / (1 - control) if control < 1 else 0.0
    halves = [(high - low) / 2 for low, high in (wilson(success, tally.attacks), wilson(control, tally.controls))]
    room = max(1e-6, 1 - control)
    half = math.hypot(halves[0] / room, halves[1] * (1 - success) / room**2) if control < 1 else 1.0
    centre = max(0.0, risk)
    return Attack(
        name, tally.attacks, tally.controls, success, control, tally.blind, centre, max(0.0, risk - half), min(1.0, max(0.0, risk + half))
    )
