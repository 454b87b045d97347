"""Check an evidence file of imgbot: python3 check_evidence.py FILE [SEQUENCE:HASH...]. Needs nothing but Python.

Each hash is SHA-256 of the hash before it and the event in canonical JSON (RFC 8785: sorted keys, no spaces, UTF-8).
SEQUENCE:HASH is a head that was posted elsewhere, such as in the audit channel; the file must hold it.
"""

import hashlib
import json
import sys
from datetime import datetime, timezone


def check(path, *posted):
    with open(path, encoding="utf-8") as file:
        header = json.loads(file.readline())
        before, sequence, heads = header["previous_hash"], header["first"] - 1, set()
        for line in file:
            entry = json.loads(line)
            event, sequence = entry["event"], sequence + 1
            text = json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            if event["sequence"] != sequence:
                return f"event {sequence} is missing"
            if hashlib.sha256((before + text).encode()).hexdigest() != entry["hash"]:
                return f"event {sequence} is not as it was written"
            before = entry["hash"]
            heads.add(f"{sequence}:{before}")
            if event["request"] == header["request"]:
                at = datetime.fromtimestamp(event["at"] / 1_000_000, timezone.utc)
                print(f"{at:%Y-%m-%d %H:%M:%S} UTC  {event['kind']}  event {sequence}")
    if sequence != header["last"]:
        return f"event {sequence + 1} is missing"
    return next((f"{head} is not in it" for head in posted if head not in heads), None)


fault = check(*sys.argv[1:])
print(f"NOT GOOD: {fault}." if fault else "Good: no event was changed, left out or put in between.")
sys.exit(1 if fault else 0)
