"""What lies behind the doors of a transfer, as either side knows it: enough to say where all of it is."""

from __future__ import annotations

from dataclasses import dataclass

from tegata.doors.forms import form_of_all
from tegata.doors.link import Linked, file_name, linked
from tegata.doors.names import DOORS_PATH, bucket_of
from tegata.transfer.access import AccessKey
from tegata.transfer.contents import Told, named


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
            return linked(named(self.contents, content) if content else self.contents[0], form, self.title)
        return Linked(form, file_name(self.title, form_of_all(self.contents, form).suffix))
