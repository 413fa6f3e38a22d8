#!/usr/bin/env python3
"""Follows the chain in an export (`dutybell audit export`), as docs/audit.md describes it, without the program."""
import hashlib
import json
import sys

OF_ITEMS = {"title", "description", "place", "basis", "note", "reason", "interim", "document", "what"}
OF_OTHERS = {"name", "english", "phone", "address", "reason"}


def digest(*parts):
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode()
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()


def strip(value, texts):
    if isinstance(value, dict):
        return {k: "" if k in texts and isinstance(v, str) else strip(v, texts) for k, v in value.items()}
    if isinstance(value, list):
        return [strip(v, texts) for v in value]
    return value


def facts_only(text, texts):
    return json.dumps(strip(json.loads(text), texts), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


before, count = "dutybell", 0
for line in sys.stdin:
    record = json.loads(line)
    if record["kind"] != "event":
        continue
    of_item = record["object"] == "item"
    assert of_item == (record["item_id"] is not None) == (record["object_id"] is None), f"event {record['id']}"
    texts = OF_ITEMS if of_item else OF_OTHERS
    names = ("item_id",) if of_item else ("object", "object_id")
    names += ("version", "at", "actor", "via", "inbox_id", "event", "state")
    facts = ["" if record[n] is None else str(record[n]) for n in names]
    data, after, salt = record["data"], record["after"], record["salt"]
    if salt:
        assert digest(salt, data, after) == record["text_hash"], f"text of event {record['id']}"
    linked = digest(before, *facts, facts_only(data, texts), facts_only(after, texts), record["text_hash"])
    assert linked == record["hash"], f"link of event {record['id']}"
    before, count = linked, count + 1
print(f"whole: {count} events, head {before}")
