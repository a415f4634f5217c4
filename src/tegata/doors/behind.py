"""What lies behind the doors of a transfer, as either side knows it: enough to say where all of it is."""

from __future__ import annotations

from dataclasses import dataclass

from tegata.doors.forms import ARCHIVE, FORMS, no_form
from tegata.doors.link import Linked, file_name, linked
from tegata.doors.names import DOORS_PATH, bucket_of
from tegata.model.base import t
from tegata.model.errors import ProtocolError
from tegata.transfer.access import AccessKey
from tegata.transfer.contents import Told


@dataclass(frozen=True)
class Behind:
    """`base`: where the doors are; `flight`: that of Flight SQL, empty without one; `title`: of the data set."""

    key: AccessKey
    base: str
    flight: str
    title: str
    contents: tuple[Told, ...]

    @property
    def is_several(self) -> bool:
        return any(one.packed for one in self.contents)

    @property
    def tables(self) -> list[Told]:
        return [one for one in self.contents if one.is_table]

    @property
    def files(self) -> list[Told]:
        return [one for one in self.contents if not one.is_table]

    @property
    def place(self) -> str:
        """In the S3 door."""
        return f"s3://{bucket_of(self.key.transfer)}"

    @property
    def endpoint(self) -> str:
        """Of the S3 door."""
        return self.base.removesuffix(DOORS_PATH)

    def linked(self, form: str, content: str = "") -> Linked:
        """A table or file in a form; without a name all of it.

        Raises:
            ProtocolError: 404 when there is no such thing, or it cannot be had in that form.
        """
        if content or not self.is_several:
            return linked(self._content(content), form, self.title)
        whole = {ARCHIVE.name: ARCHIVE.suffix} | ({"excel": FORMS["excel"].suffix} if self.tables else {})
        if form not in whole:
            raise no_form(form, *whole, of=[one.name for one in self.contents])
        return Linked(form, file_name(self.title, whole[form]))

    def _content(self, name: str) -> Told:
        named = {one.name: one for one in self.contents}
        found = named.get(name.lower()) if name else self.contents[0]
        if found is None:
            raise ProtocolError(
                t(f"there is no table or file `{name[:80]}`", f"表・ファイル `{name[:80]}` はありません"),
                status=404,
                hint=", ".join(list(named)[:20]),
            )
        return found
