"""The record in a form that other programs read. Keys are only ever added."""

from bot.audit.query import HistoryRecord

JsonValue = str | int | bool | list[str] | None


def record_json(record: HistoryRecord) -> dict[str, JsonValue]:
    """Return one record as a JSON object; times are ISO 8601 in UTC, people are Slack user IDs."""
    return {
        "number": record.number,
        "request": record.request,
        "host": record.host,
        "kind": record.kind,
        "reference": record.reference,
        "names": list(record.names),
        "image_id": record.image_id,
        "chain_id": record.chain_id,
        "bytes": record.bytes,
        "at": record.at.isoformat(),
        "requester": record.requester.user_id if record.requester else None,
        "approvers": [person.user_id for person in record.approvers],
        "reason": record.reason,
        "via": record.via,
        "source": record.source,
        "predicted": record.predicted,
    }
