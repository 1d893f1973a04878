"""The folders of the archive and the inbox, and the files in them.

What does not belong here: a file's bytes.
"""

from __future__ import annotations

from collections.abc import Iterable

from fortnox_emulator.books import Books
from fortnox_emulator.model import FileConnection
from fortnox_emulator.views.shapes import JsonObject, url

ROOT = "root"
_VOUCHERS = "5f1d7c3a-0000-4000-8000-00000000a001"
#: Folders inside each root: id and name. Those of the inbox are Fortnox's own (§2.10).
_FOLDERS = {
    "archive": {_VOUCHERS: "Verifikationer"},
    "inbox": {"inbox_v": "Verifikationer", "inbox_s": "Leverantörsfakturor", "inbox_kf": "Kundfakturor"},
}
#: What waits in the inbox: folder, number, name, bytes.
_WAITING = (("inbox_v", 1, "kvitto-parkering.jpg", 48_211), ("inbox_s", 2, "faktura.pdf", 132_007))


def folder_listing(books: Books, surface: str, wanted: str) -> JsonObject | None:
    """A folder of the archive or the inbox; None when there is no such one."""
    folders = _FOLDERS[surface] | (books.discords.folders if surface == "archive" else {})
    if wanted != ROOT and wanted not in folders:
        return None
    inside = folders if wanted == ROOT else {}
    return {
        "@url": url(surface, *([] if wanted == ROOT else [wanted])),
        "Email": "",
        "Files": list(_archived(books, wanted) if surface == "archive" else _waiting(wanted)),
        "Folders": [{"@url": url(surface, key), "Id": key, "Name": name} for key, name in inside.items()],
        "Id": wanted,
        "Name": folders.get(wanted, ROOT),
    }


def _archived(books: Books, wanted: str) -> Iterable[JsonObject]:
    """Files of vouchers are in a folder of their own, others in the root."""
    return (
        _file("archive", file.file_id, file.name, len(file.content))
        for file in books.files
        if _folder_of(file) == wanted
    )


def _folder_of(file: FileConnection) -> str:
    return _VOUCHERS if file.voucher else ROOT


def _waiting(wanted: str) -> Iterable[JsonObject]:
    return (
        _file("inbox", f"5f1d7c3a-0000-4000-8000-{number:012}", name, size)
        for folder, number, name, size in _WAITING
        if folder == wanted
    )


def _file(surface: str, key: str, name: str, size: int) -> JsonObject:
    return {
        "@url": url(surface, key),
        "Id": key,
        "ArchiveFileId": key,
        "Name": name,
        "Path": "",
        "Size": size,
        "Comments": "",
    }
