"""What a library's hook may ask of an object of the program: its attributes, and what its methods return."""

from __future__ import annotations

from dataclasses import dataclass

from nplusone_lint import facts
from nplusone_lint.infer.attributes import attribute
from nplusone_lint.infer.elements import unwrapped
from nplusone_lint.infer.frames import CallSite, Frame
from nplusone_lint.infer.invoke import call
from nplusone_lint.infer.registrations import registered_for
from nplusone_lint.values import Instance, Value

PLAIN_CALL = facts.Call(facts.NOTHING, (), (), 0)


@dataclass(slots=True)
class Asking:
    """An object of a program class, asked on behalf of the expression at `at`; the frame is thrown away afterwards."""

    frame: Frame
    holder: Instance
    at: int

    def held(self, name: str) -> Value:
        return self.member(self.holder, name)

    def asked(self, name: str) -> Value:
        return self.result(self.holder, name)

    def member(self, value: Value, name: str) -> Value:
        return attribute(self.frame, value, name, self.at, facts.NOTHING)

    def result(self, value: Value, name: str) -> Value:
        site = CallSite(PLAIN_CALL, self.at, False, None)
        return unwrapped(call(self.frame, self.member(value, name), (), {}, site))

    def registered(self) -> Value:
        return registered_for(self.frame.analysis, self.holder.cls)
