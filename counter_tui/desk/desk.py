"""All that a screen may ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from counter_tui.clock import Clock
from counter_tui.desk.audit import Audit
from counter_tui.desk.counter_renewal import CounterRenewal
from counter_tui.desk.demo import DemoControls
from counter_tui.desk.handover import Handover
from counter_tui.desk.lending import Lending
from counter_tui.desk.loan_history import LoanHistory
from counter_tui.desk.patron_blocks import PatronBlocks
from counter_tui.desk.patron_file import PatronFiles
from counter_tui.desk.patron_notes import PatronNotes
from counter_tui.desk.patron_search import PatronSearch
from counter_tui.desk.place import Place
from counter_tui.desk.privacy import Privacy
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.reconciliation import Reconciliation
from counter_tui.desk.registration import Registration
from counter_tui.desk.relinking import Relinking
from counter_tui.desk.renewal_run import RenewalRuns
from counter_tui.desk.returning import Returning
from counter_tui.desk.unlinking import Unlinking

if TYPE_CHECKING:
    from counter_tui.desk.address_check import AddressCheck
    from counter_tui.desk.enrollment import Enrollment
    from counter_tui.desk.identification import Identification


@dataclass(frozen=True)
class Desk:
    """The use cases of one terminal.

    Attributes:
        make_identification, make_enrollment, make_address_check: make what reads cards and
            certificates, at its first use: cryptography is 10 MB that a terminal at rest does
            without.
        demo: the trainer's controls, in a demo only.
        close: ends devices and store; waits for what is being written. Idempotent.
    """

    place: Place
    clock: Clock
    make_identification: Callable[[], Identification]
    registration: Registration
    patron_search: PatronSearch
    patron_files: PatronFiles
    patron_notes: PatronNotes
    make_enrollment: Callable[[], Enrollment]
    make_address_check: Callable[[], AddressCheck]
    lending: Lending
    returning: Returning
    patron_blocks: PatronBlocks
    loan_history: LoanHistory
    handover: Handover
    receipts: Receipts
    unlinking: Unlinking
    relinking: Relinking
    counter_renewal: CounterRenewal
    renewal_runs: RenewalRuns
    audit: Audit
    privacy: Privacy
    reconciliation: Reconciliation
    demo: DemoControls | None
    close: Callable[[], Awaitable[None]]

    @cached_property
    def identification(self) -> Identification:
        """Who is this?"""
        return self.make_identification()

    @cached_property
    def enrollment(self) -> Enrollment:
        """From a library card and a My Number card to a link between them."""
        return self.make_enrollment()

    @cached_property
    def address_check(self) -> AddressCheck:
        """Does a patron's own card give the address that is recorded?"""
        return self.make_address_check()
