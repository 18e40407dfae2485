"""The one place where adapters are chosen and joined to the desk."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

import counter_tui.models.without_psycopg  # noqa: F401  before all that imports peewee

# isort: split
from counter_tui.clock import Clock, ShiftedClock, SystemClock
from counter_tui.demo.controls import SimulatedDevices
from counter_tui.desk.audit import Audit
from counter_tui.desk.audit_heads import FILE_NAME as HEADS_FILE
from counter_tui.desk.audit_heads import AuditHeads, HeadFile
from counter_tui.desk.auto_renewal import RenewalPolicy
from counter_tui.desk.card_lane import CardLane, Pause
from counter_tui.desk.counter_renewal import Anchor, CounterRenewal, RenewalTerms
from counter_tui.desk.demo import DemoControls
from counter_tui.desk.desk import Desk
from counter_tui.desk.devices import (
    CardLaidDown,
    CardTakenOff,
    DeskEvent,
    TemplateFailed,
    Trouble,
)
from counter_tui.desk.handover import Handover
from counter_tui.desk.lending import Lending
from counter_tui.desk.loan_history import LoanHistory
from counter_tui.desk.loan_rules import LoanRules
from counter_tui.desk.outbox import Outbox
from counter_tui.desk.patron_blocks import PatronBlocks
from counter_tui.desk.patron_file import PatronFiles
from counter_tui.desk.patron_notes import PatronNotes
from counter_tui.desk.patron_search import PatronSearch
from counter_tui.desk.place import Place, PlaceRecord
from counter_tui.desk.platform_lane import PlatformLane
from counter_tui.desk.privacy import Privacy
from counter_tui.desk.receipts import Receipts
from counter_tui.desk.reconciliation import Reconciliation
from counter_tui.desk.registration import Registration
from counter_tui.desk.relinking import Relinking
from counter_tui.desk.renewal_run import RenewalRuns
from counter_tui.desk.returning import Returning
from counter_tui.desk.scans import Scans
from counter_tui.desk.slip_templates import SlipStyle, SlipTemplates
from counter_tui.desk.store_lane import StoreLane
from counter_tui.desk.terms import terms_of
from counter_tui.desk.unlinking import LossContact, Unlinking
from counter_tui.hardware.printer import Printer
from counter_tui.hardware.transport import (
    CardPresented,
    CardReader,
    CardRemoved,
    ReaderEvent,
    ReaderMissing,
    ReaderReady,
)
from counter_tui.identity.no_platform import NoPlatform
from counter_tui.identity.platform import IdentityPlatform
from counter_tui.identity.simulated_platform import SimulatedPlatform, SimulatedState
from counter_tui.models.store import Store
from counter_tui.models.tables import Patron
from counter_tui.settings import Settings

if TYPE_CHECKING:
    from counter_tui.desk.address_check import AddressCheck
    from counter_tui.desk.enrollment import Enrollment
    from counter_tui.desk.identification import Identification
    from counter_tui.desk.recognition import Recognition
    from counter_tui.desk.trust import Trust
    from counter_tui.identity.anchors import AnchorFile
    from counter_tui.identity.verifier import Verifier

log = logging.getLogger(__name__)

Report = Callable[[DeskEvent], None]

PRINT_AT_THE_END_S: Final = 5.0
"""How long leaving the program waits for slips that can still be printed."""

BEGIN_ANEW_AFTER_S: Final = 5.0

LISTS_FOLDER: Final = "lists"
"""Files with lists of patrons, in the state folder."""

PLATFORM_FILE: Final = "simulated-platform.sqlite3"


async def open_desk(settings: Settings, report: Report) -> Desk:
    """Join the devices of the settings to a desk.

    Never fails because of a device or the store: the lamps tell of it, and what needs it raises.

    Args:
        report: is told of lamps and cards, from any thread, until the desk is closed.
    """
    clock = SystemClock()
    return await join(
        settings,
        report,
        clock,
        reader_of(settings),
        platform_of(settings, clock),
        printer_of(settings),
        demo=None,
    )


async def open_demo(settings: Settings, report: Report, clock: ShiftedClock | None = None) -> Desk:
    """Join simulated devices and a made-up library to a desk; opens nothing real.

    Args:
        clock: None: the machine's, with the days that a trainer moves it ahead.
    """
    clock = clock or ShiftedClock()
    from counter_tui.hardware.simulated.in_process import SimulatedReader
    from counter_tui.hardware.simulated.printer import ScreenPrinter
    from counter_tui.hardware.simulated.tries import TRIES_FILE

    reader = SimulatedReader()
    printer = ScreenPrinter(settings.printer_columns)
    platform = simulated_platform_of(settings, clock)
    demo = SimulatedDevices(clock, reader, printer, platform, settings.state_folder / TRIES_FILE)
    return await join(settings, report, clock, reader, platform, printer, demo)


def reader_of(settings: Settings) -> CardReader | None:
    """The card reader of the settings."""
    if settings.reader == "none:":
        return None
    from counter_tui.hardware.pcsc import PcscReader  # 15 ms; a terminal may have no reader

    return PcscReader(settings.reader.removeprefix("pcsc:") or None)


def printer_of(settings: Settings) -> Printer | None:
    """The receipt printer of the settings; nothing of python-escpos is imported yet."""
    if settings.printer == "none:":
        return None
    if settings.printer == "screen:":
        from counter_tui.hardware.simulated.printer import ScreenPrinter

        return ScreenPrinter(settings.printer_columns)
    from counter_tui.hardware.escpos_printer import Paper, open_printer

    paper = Paper(settings.printer_columns, frozenset(settings.printer_extension_rows))
    return open_printer(settings.printer, paper, settings.printer_model)


def platform_of(settings: Settings, clock: Clock) -> IdentityPlatform:
    """The identity platform of the settings."""
    if settings.platform == "simulated":
        return simulated_platform_of(settings, clock)
    if settings.platform == "verifier":
        return verifier_of(settings, clock)
    return NoPlatform(clock)


def verifier_of(settings: Settings, clock: Clock) -> Verifier:
    """The verifier of the settings; opens neither its store nor its key yet."""
    # 20 ms: sockets, TLS, OCSP; a terminal with another platform has no use for them.
    from counter_tui.identity.freshness import Freshness
    from counter_tui.identity.http_exchange import HttpExchange
    from counter_tui.identity.link_store import SqliteLinkStore
    from counter_tui.identity.ocsp import OcspResponder
    from counter_tui.identity.revocation_lists import RevocationLists
    from counter_tui.identity.site_key import SiteKeyFile
    from counter_tui.identity.status import StatusSources
    from counter_tui.identity.verifier import Verifier

    anchors = trust_of(settings).anchors
    http = HttpExchange(settings.http_proxy)
    freshness = Freshness(clock, timedelta(hours=settings.max_status_age_hours))
    lists = RevocationLists(settings.crl_sources, anchors, http, freshness)
    ocsp = (
        OcspResponder(settings.ocsp_url, http, freshness, lists.names if lists else None)
        if settings.ocsp_url
        else None
    )
    sources = StatusSources(anchors, ocsp, lists, freshness)
    return Verifier(
        SqliteLinkStore(settings.verifier_file),
        SiteKeyFile(settings.site_key_path),
        sources,
        clock,
    )


def simulated_platform_of(settings: Settings, clock: Clock) -> SimulatedPlatform:
    """A platform that says of each simulated card what the card is for."""
    return SimulatedPlatform(settings.state_folder / PLATFORM_FILE, clock, _persona_states)


def _persona_states() -> Mapping[int, SimulatedState]:
    # The personas are 10 MB, cryptography included, and needed when a card is first asked about.
    from counter_tui.demo.platform_states import simulated_states

    return simulated_states()


def anchors_of(settings: Settings) -> list[AnchorFile]:
    """All files that are to hold trust anchors, with what was found in each."""
    from counter_tui.identity.anchors import anchor_files, look_at  # 9 MB, cryptography

    paths = anchor_files(settings.trust_anchors, settings.state_folder)
    return [look_at(path, test_installation=settings.is_test_installation) for path in paths]


def trust_of(settings: Settings) -> Trust:
    """The CA certificates that this installation takes; at a test one, the simulator's too.

    A file that cannot be used is left out and logged: `counter-tui check` tells of it.
    """
    from counter_tui.desk.trust import Trust  # 9 MB, cryptography
    from counter_tui.identity.anchors import SIMULATOR_ROOT, Anchor

    anchors = [Anchor.load(SIMULATOR_ROOT)] if settings.is_test_installation else []
    for file in anchors_of(settings):
        if file.anchor is not None:
            anchors.append(file.anchor)
        else:
            log.error("trust anchor not taken: %s", file.trouble)
    return Trust(
        anchors, settings.is_test_installation, timedelta(hours=settings.max_status_age_hours)
    )


def place_of(settings: Settings) -> PlaceRecord:
    """Where the terminal of the settings stands and who works at it."""
    return PlaceRecord(
        Place(
            settings.library,
            settings.branch,
            settings.counter,
            settings.operator,
            settings.telephone,
            settings.loss_telephone,
            settings.renewal_elsewhere,
        )
    )


def loan_rules_of(settings: Settings) -> LoanRules:
    """What the library of the settings allows."""
    return LoanRules(
        settings.loan_days,
        settings.loan_limit,
        settings.extension_days,
        settings.extension_from,
        settings.due_within_validity,
        settings.overdue_blocks_after_days,
        settings.loan_rules,
        settings.calendar,
    )


def store_of(settings: Settings) -> Store:
    """The library's store, not opened yet."""
    return Store(settings.database_file)


def slip_templates_of(settings: Settings, report: Report) -> SlipTemplates:
    """What makes slips; no template is read yet."""
    style = SlipStyle(
        western_years=settings.slip_years == "western",
        large=settings.slip_type == "large",
        code=settings.slip_code,
        opening_days=settings.opening_days,
    )
    return SlipTemplates(
        settings.slip_templates, style, lambda broken: report(TemplateFailed(broken))
    )


def audit_heads_of(settings: Settings) -> HeadFile:
    """Where the head of the audit chain is kept once a day."""
    return HeadFile(settings.state_folder / HEADS_FILE)


def privacy_of(
    settings: Settings,
    clock: Clock,
    place: PlaceRecord,
    store: StoreLane,
    platform: PlatformLane,
    receipts: Receipts | None,
) -> Privacy:
    """What tells and deletes what is held on patrons.

    `receipts` None: there is no terminal.
    """
    days, folder = settings.delete_lapsed_after_days, settings.state_folder / LISTS_FOLDER
    return Privacy(platform, store, clock, place, receipts, folder, days)


def privacy_alone(
    settings: Settings, clock: Clock
) -> tuple[Privacy, Callable[[], Awaitable[None]]]:
    """The same without a terminal around it, and what closes store and platform."""
    store = StoreLane(store_of(settings), lambda _: None)
    platform = PlatformLane(platform_of(settings, clock), lambda _: None, clock)

    async def close() -> None:
        platform.close()
        await store.close()

    return privacy_of(settings, clock, place_of(settings), store, platform, None), close


def renewal_runs_of(
    settings: Settings,
    clock: Clock,
    place: PlaceRecord,
    store: StoreLane,
    platform: PlatformLane,
) -> RenewalRuns:
    """What renews validity once a month."""
    max_age = timedelta(hours=settings.max_status_age_hours)
    policy = RenewalPolicy(settings.auto_renewal_years, max_age)
    fence = settings.renewal_fence_percent
    folder = settings.state_folder / LISTS_FOLDER
    return RenewalRuns(store, platform, clock, place, policy, fence, folder)


def renewal_runs_alone(
    settings: Settings, clock: Clock
) -> tuple[RenewalRuns, Callable[[], Awaitable[None]]]:
    """The same without a terminal around it, and what closes store and platform."""
    store = StoreLane(store_of(settings), lambda _: None)
    platform = PlatformLane(platform_of(settings, clock), lambda _: None, clock)

    async def close() -> None:
        platform.close()
        await store.close()

    return renewal_runs_of(settings, clock, place_of(settings), store, platform), close


def relinking_of(
    settings: Settings,
    clock: Clock,
    place: PlaceRecord,
    store: StoreLane,
    receipts: Receipts | None,
) -> Relinking:
    """The overview of links; `receipts` None: nothing is printed."""
    folder = settings.state_folder / LISTS_FOLDER
    return Relinking(store, clock, place, receipts, folder, settings.certificate_warning_days)


def relinking_alone(
    settings: Settings, clock: Clock
) -> tuple[Relinking, Callable[[], Awaitable[None]]]:
    """Lists of links without a terminal around them, and what closes the store."""
    store = StoreLane(store_of(settings), lambda _: None)
    return relinking_of(settings, clock, place_of(settings), store, None), store.close


@asynccontextmanager
async def receipts_alone(
    settings: Settings, clock: Clock
) -> AsyncIterator[tuple[Receipts, Callable[[float], Awaitable[None]]]]:
    """The slips of the settings' counter without a terminal around them.

    Gives with them what prints all that can be printed now, within so many seconds.
    """
    place = place_of(settings)
    printer = printer_of(settings)
    async with AsyncExitStack() as opened:
        store = StoreLane(store_of(settings), _unheard)
        opened.push_async_callback(store.close)
        templates = slip_templates_of(settings, _unheard)
        outbox = Outbox(store, clock, place, printer, _unheard, templates)
        opened.push_async_callback(asyncio.to_thread, outbox.close)

        async def print_all(within_s: float) -> None:
            working = asyncio.create_task(outbox.run())
            try:
                await outbox.drain(within_s)
            finally:
                await _end(working)

        yield (
            _receipts_of(settings, clock, place, store, outbox, printer, templates, _unheard),
            print_all,
        )


def _unheard(event: DeskEvent) -> None:
    """No screen is there to be told."""


def _receipts_of(
    settings: Settings,
    clock: Clock,
    place: PlaceRecord,
    store: StoreLane,
    outbox: Outbox,
    printer: Printer | None,
    templates: SlipTemplates,
    report: Report,
) -> Receipts:
    return Receipts(
        store,
        clock,
        place,
        outbox,
        report,
        columns=None if printer is None else printer.columns,
        templates=templates,
        extension_rows=frozenset() if printer is None else printer.extension_rows,
        drawn_on_screen=settings.printer == "screen:",
    )


async def join(
    settings: Settings,
    report: Report,
    clock: Clock,
    reader: CardReader | None,
    platform: IdentityPlatform,
    printer: Printer | None,
    demo: DemoControls | None,
    pause: Pause = asyncio.sleep,
) -> Desk:
    """Args:
    pause: waits for so many seconds, while a reader is silent.
    """
    place = place_of(settings)
    scans = Scans(settings.barcodes, settings.branch)
    trust = cache(lambda: trust_of(settings))
    loan_rules = loan_rules_of(settings)
    async with AsyncExitStack() as opened:
        store = StoreLane(store_of(settings), report)
        opened.push_async_callback(store.close)
        platform_lane = PlatformLane(platform, report, clock)
        opened.push_async_callback(asyncio.to_thread, platform_lane.close)
        templates = slip_templates_of(settings, report)
        outbox = Outbox(store, clock, place, printer, report, templates)
        opened.push_async_callback(asyncio.to_thread, outbox.close)
        cards = CardLane(reader, report, pause)
        opened.push_async_callback(asyncio.to_thread, cards.close)
        receipts = _receipts_of(settings, clock, place, store, outbox, printer, templates, report)
        await store.look()
        if demo is not None:
            await _fill_demo(store, place, platform, clock)
        reconciliation = Reconciliation(platform_lane, store, clock)
        heads = AuditHeads(store, clock, audit_heads_of(settings))
        for work in (platform_lane.run, outbox.run, reconciliation.run, heads.run):
            opened.push_async_callback(_end, asyncio.create_task(_keep_running(work)))
        if printer is not None:
            opened.push_async_callback(outbox.drain, PRINT_AT_THE_END_S)
        if reader is None:
            cards.reader_changed(Trouble.NONE_SET_UP)
        else:

            def pass_on(event: ReaderEvent) -> None:
                _pass_on(event, cards, report)

            watch = await asyncio.to_thread(reader.watch, pass_on)
            opened.push_async_callback(asyncio.to_thread, watch.stop)
        still_open = opened.pop_all()

    def recognition() -> Recognition:
        from counter_tui.desk.recognition import Recognition

        return Recognition(cards, platform_lane, store, clock, trust())

    def make_identification() -> Identification:
        from counter_tui.desk.identification import Identification, WithoutCardProof

        without_proof = WithoutCardProof(settings.without_card_proof)
        return Identification(cards, recognition(), store, clock, trust(), without_proof, scans)

    def make_address_check() -> AddressCheck:
        from counter_tui.desk.address_check import AddressCheck

        needs_proof = settings.without_card_proof != "attended"
        return AddressCheck(cards, recognition(), needs_proof=needs_proof)

    def make_enrollment() -> Enrollment:
        from counter_tui.desk.enrollment import Enrollment

        terms = terms_of(settings)
        return Enrollment(
            cards,
            platform_lane,
            store,
            clock,
            place,
            trust(),
            receipts,
            terms,
            scans,
            settings.enrolment_elsewhere,
        )

    return Desk(
        place=place.place,
        clock=clock,
        make_identification=make_identification,
        make_enrollment=make_enrollment,
        make_address_check=make_address_check,
        registration=Registration(store, clock, place, settings.validity_years, scans),
        patron_search=PatronSearch(
            store, clock, place, loan_rules, settings.expiring_soon_days, scans
        ),
        patron_files=PatronFiles(
            store, clock, place, loan_rules, settings.certificate_warning_days
        ),
        patron_notes=PatronNotes(store, clock, place),
        unlinking=Unlinking(
            platform_lane,
            store,
            clock,
            place,
            receipts,
            LossContact(settings.loss_telephone, settings.loss_hours, settings.suspension_hours),
            settings.supervisors,
        ),
        relinking=relinking_of(settings, clock, place, store, receipts),
        counter_renewal=CounterRenewal(
            store,
            clock,
            place,
            receipts,
            RenewalTerms(
                settings.renewal_years,
                Anchor(settings.renewal_anchor),
                settings.renewal_window_days,
                settings.renewal_late_days,
                settings.renewal_elsewhere,
                settings.renewal_proof_days,
            ),
            settings.supervisors,
        ),
        renewal_runs=renewal_runs_of(settings, clock, place, store, platform_lane),
        audit=Audit(store, clock, place),
        privacy=privacy_of(settings, clock, place, store, platform_lane, receipts),
        lending=Lending(
            store,
            clock,
            place,
            loan_rules,
            receipts,
            settings.permissions,
            settings.supervisors,
            scans,
        ),
        returning=Returning(store, clock, place, settings.book_drop_back_days, scans),
        patron_blocks=PatronBlocks(store, clock, place),
        loan_history=LoanHistory(store, clock, place),
        handover=Handover(store, clock, place, receipts),
        receipts=receipts,
        reconciliation=reconciliation,
        demo=demo,
        close=still_open.aclose,
    )


async def _fill_demo(
    store: StoreLane, place: PlaceRecord, platform: IdentityPlatform, clock: Clock
) -> None:
    if await store.transact(Patron.select().exists):
        return
    from counter_tui.demo import library  # 10 MB with the personas, for an empty demo only

    await store.transact(library.fill, place, platform, clock.now())


async def _keep_running(work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` beside the screens. A mistake of ours in it is logged, and the work begun anew.

    The log gets the places in the code and no values: those may be a person's.
    """
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  seen in the log; slips must go on printing
            places = "".join(traceback.format_tb(error.__traceback__))
            log.critical("%s broke off: %s\n%s", work, type(error).__name__, places)
            await asyncio.sleep(BEGIN_ANEW_AFTER_S)
        else:
            return


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _pass_on(event: ReaderEvent, cards: CardLane, report: Report) -> None:
    match event:
        case ReaderReady():
            cards.reader_changed(None)
        case ReaderMissing(service_runs=runs):
            cards.reader_changed(Trouble.NO_READER if runs else Trouble.NO_SERVICE)
        case CardPresented():
            report(CardLaidDown())
        case CardRemoved():
            report(CardTakenOff())
