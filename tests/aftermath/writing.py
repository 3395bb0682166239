"""Processing reports as Amazon writes them, made by us: so that tests can give them every shape."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from feeds.books import Number, letters, write_book

from auditor.aftermath.complaint import Complaint, Grade, ReportSummary

PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
COMMENTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADERS = {
    "record": "original-record-number",
    "sku": "sku",
    "code": "error-code",
    "severity": "error-type",
    "message": "error-message",
}
ORDER = tuple(HEADERS)


class Speech(NamedTuple):
    """What a language calls the summary, its two counts, and the types."""

    title: str
    processed: str
    successful: str
    error: str
    warning: str
    info: str


SPEECHES = {
    "en": Speech(
        "Feed Processing Summary:",
        "Number of records processed",
        "Number of records successful",
        "Error",
        "Warning",
        "Info",
    ),
    "de": Speech(
        "Zusammenfassung der Feed-Verarbeitung:",
        "Anzahl der verarbeiteten Datensätze",
        "Anzahl der erfolgreichen Datensätze",
        "Fehler",
        "Warnung",
        "Hinweis",
    ),
    "fr": Speech(
        "Résumé du traitement du flux :",
        "Nombre d'enregistrements traités",
        "Nombre d'enregistrements réussis",
        "Erreur",
        "Avertissement",
        "Info",
    ),
    "es": Speech(
        "Resumen del procesamiento de los datos:",
        "Número de registros procesados",
        "Número de registros correctos",
        "Error",
        "Advertencia",
        "Información",
    ),
    "ja": Speech("フィード処理の概要:", "処理されたレコード数", "成功したレコード数", "エラー", "警告", "情報"),
    "vi": Speech(
        "Tóm tắt xử lý dữ liệu:", "Số bản ghi đã xử lý", "Số bản ghi thành công", "Lỗi", "Cảnh báo", "Thông tin"
    ),
}


def text_report(
    complaints: Sequence[Complaint], summary: ReportSummary, language: str = "en", order: Sequence[str] = ORDER
) -> str:
    """Return a report as text; its table is there only if there is a complaint."""
    said = SPEECHES[language]
    types = {Grade.ERROR: said.error, Grade.WARNING: said.warning, Grade.INFO: said.info}
    counts = f"\t{said.processed}\t\t{summary.processed}\r\n\t{said.successful}\t\t{summary.successful}\r\n"
    lines = [f"{said.title}\r\n{counts}\r\n"]
    if complaints:
        lines.append("\t".join(HEADERS[field] for field in order) + "\r\n")
    for one in complaints:
        cells = {**one._asdict(), "severity": types[one.severity], "record": "" if one.record is None else one.record}
        lines.append("\t".join(quoted(str(cells[field])) for field in order) + "\r\n")
    return "".join(lines)


def quoted(cell: str) -> str:
    """Return a cell as Excel writes it."""
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in '"\t\r\n') else cell


def xml_report(complaints: Sequence[Complaint], summary: ReportSummary) -> str:
    """Return a report as XML. A complaint without an SKU has no AdditionalInfo."""
    results = "".join(_result(one) for one in complaints)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<AmazonEnvelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Header><DocumentVersion>1.02</DocumentVersion><MerchantIdentifier>M_SHOP</MerchantIdentifier></Header>
  <MessageType>ProcessingReport</MessageType>
  <Message>
    <MessageID>1</MessageID>
    <ProcessingReport>
      <DocumentTransactionID>{summary.batch_id}</DocumentTransactionID>
      <StatusCode>Complete</StatusCode>
      <ProcessingSummary>
        <MessagesProcessed>{summary.processed}</MessagesProcessed>
        <MessagesSuccessful>{summary.successful}</MessagesSuccessful>
        <MessagesWithError>{summary.with_errors}</MessagesWithError>
        <MessagesWithWarning>{summary.with_warnings}</MessagesWithWarning>
      </ProcessingSummary>
{results}    </ProcessingReport>
  </Message>
</AmazonEnvelope>
"""


def _result(one: Complaint) -> str:
    about = f"<AdditionalInfo><SKU>{escape(one.sku)}</SKU></AdditionalInfo>" if one.sku else ""
    return (
        f"      <Result><MessageID>{one.message_id}</MessageID><ResultCode>{one.severity.capitalize()}</ResultCode>"
        f"<ResultMessageCode>{escape(one.code)}</ResultMessageCode>"
        f"<ResultDescription>{escape(one.message)}</ResultDescription>{about}</Result>\n"
    )


def json_report(
    complaints: Sequence[Complaint], summary: ReportSummary, items: Sequence[Mapping[str, Any]] | None = None
) -> str:
    """Return a report as JSON; what a complaint leaves out has no key. `items` are listings as they are now."""
    document: dict[str, Any] = {
        "header": {"sellerId": "A1SELLER", "version": "2.0", "feedId": summary.batch_id},
        "issues": [_issue(one) for one in complaints],
        "summary": {
            "errors": summary.with_errors,
            "warnings": summary.with_warnings,
            "messagesProcessed": summary.processed,
            "messagesAccepted": summary.successful,
            "messagesInvalid": 0,
        },
    }
    if items is not None:
        document["items"] = list(items)
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _issue(one: Complaint) -> dict[str, Any]:
    facts: dict[str, Any] = {"messageId": one.message_id, "sku": one.sku, "code": one.code}
    issue = {name: value for name, value in facts.items() if value not in ("", None)}
    issue |= {"severity": one.severity.upper(), "message": one.message}
    names = one.attribute.split(",") if one.attribute else []
    return issue | ({"attributeName": names[0]} if len(names) == 1 else {"attributeNames": names} if names else {})


def write_workbook(
    path: Path,
    comments: Mapping[tuple[int, int], str],
    skus: Sequence[str] = ("A", "B", "C"),
    summary: ReportSummary | None = None,
    language: str = "en",
) -> None:
    """Write the template that was uploaded, with comments on its cells (by sheet row from 1, column from 0)."""
    said = SPEECHES[language]
    counts = summary or ReportSummary()
    about: list[list[object]] = [[said.title]]
    for label, count in ((said.processed, counts.processed), (said.successful, counts.successful)):
        about.append([label, None, Number(str(count))])
    name = "Feed Processing Summary" if language == "en" else said.title.strip(" :")[:31]
    sheets: dict[str, Any] = {name: about} if summary else {}
    write_book(path, {**sheets, "Template": template(*skus)})
    comment(path, len(sheets) + 1, comments)


def template(*skus: str) -> list[list[str]]:
    """Return the rows of a template with these products, from row 4 on."""
    return [
        ["TemplateType=fptcustom", "Version=2023.0113", "settings=attributeRow=3&dataRow=4&labelRow=2"],
        ["Seller SKU", "Main Image URL", "Other Image URL"],
        ["item_sku", "main_image_url", "other_image_url1"],
        *([sku, f"https://shop.example/{sku}.jpg"] for sku in skus),
    ]


def comment(path: Path, sheet: int, comments: Mapping[tuple[int, int], str]) -> None:
    """Add comments to a sheet of a workbook, by its number from 1: by row from 1 and column from 0."""
    listed = "".join(
        f'<comment ref="{letters(column)}{row}" authorId="0">'
        f'<text><r><t xml:space="preserve">{escape(text)}</t></r></text></comment>'
        for (row, column), text in comments.items()
    )
    authors = "<authors><author>Amazon</author></authors>"
    add_comments(path, sheet, f'<comments xmlns="{MAIN}">{authors}<commentList>{listed}</commentList></comments>')


def add_comments(path: Path, sheet: int, part: str) -> None:
    """Add a part with comments as it stands."""
    relation = f'<Relationship Id="c" Type={quoteattr(COMMENTS)} Target="../comments{sheet}.xml"/>'
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"xl/comments{sheet}.xml", part)
        rels = f'<Relationships xmlns="{PACKAGE}">{relation}</Relationships>'
        archive.writestr(f"xl/worksheets/_rels/sheet{sheet}.xml.rels", rels)
