"""What the counter knows of its app: who opens the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from counter_tui.desk.desk import Desk
    from counter_tui.wording import MunicipalOffice


class DeskHolder(Protocol):
    """Who opens the desk behind the counter: the app."""

    @property
    def is_demo(self) -> bool:
        """Whether nothing here is real."""
        ...

    @property
    def office(self) -> MunicipalOffice:
        """Where cards, certificates and PINs are mended."""
        ...

    @property
    def expiring_soon_days(self) -> int:
        """With fewer days left, a validity is shown as ending soon."""
        ...

    @property
    def desk_is_open(self) -> bool:
        """Whether `desk` can be used."""
        ...

    @property
    def desk(self) -> Desk:
        """What staff can do; raises what kept it from being opened."""
        ...

    async def have_desk(self) -> None:
        """Wait until the desk is open; try again if it could not be opened."""
        ...
