#!/usr/bin/env python3
"""Verifies an export of Tidemark against signed checkpoints, with nothing but Python's own library.

    verify_history.py EXPORT.jsonl[.gz] --key NAME+ID+KEY NOTE [NOTE ...]

It was written from RFC 6962 (trees), RFC 8032 (Ed25519), the C2SP formats of notes and checkpoints, and docs/decisions/0003
(leaves), and shares no line with Tidemark. It ends with 0 when every note is signed by the key and agrees with the file,
with 65 when one is not or does not, with 64 for input that it cannot read.
"""
import argparse
import base64
import datetime
import gzip
import hashlib
import json
import sys


class Unreadable(Exception):
    """The input is not what it should be."""


# Ed25519, RFC 8032, section 6. Slow, and enough for some notes.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    """Adds two points in extended coordinates."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    x, y, z, t = f - e, h - g, h + g, f + e
    return (x * y % P, z * t % P, y * z % P, x * t % P)


def point_times(number, point):
    """The point, `number` times."""
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        number >>= 1
    return result


def point_from(text):
    """The point that 32 bytes stand for."""
    number = int.from_bytes(text, "little")
    odd, y = number >> 255, number & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        raise Unreadable("a point of a key or signature is none")
    if x & 1 != odd:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_from((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(public, text, signature):
    """Whether the owner of the public key signed the text."""
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    challenge = hashlib.sha512(signature[:32] + public + text).digest()
    right = point_times(int.from_bytes(challenge, "little") % ORDER, point_from(public))
    right = point_add(point_from(signature[:32]), right)
    left = point_times(int.from_bytes(signature[32:], "little"), BASE)
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


def read_key(text):
    """Name, id and public key of `name+id+key`."""
    name, key_id, key = text.strip().split("+", 2)
    typed = base64.b64decode(key)
    if len(typed) != 33 or typed[0] != 1:
        raise Unreadable("the key is none for Ed25519")
    if hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4].hex() != key_id:
        raise Unreadable("the id of the key is not that of the key")
    return name, bytes.fromhex(key_id), typed[1:]


def read_checkpoint(note, key):
    """Size and root of a note, or None when this key did not sign it."""
    name, key_id, public = key
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    for line in signatures.splitlines():
        dash, by, signature = line.split(" ")
        found = base64.b64decode(signature)
        if dash == "\u2014" and by == name and found[:4] == key_id:
            good = origin == name and is_signed(public, text.encode(), found[4:])
            return (int(size), base64.b64decode(root)) if good else None
    return None


def raw_members(line):
    """The members of a JSON object as they are written, by name."""
    decoder, members, at = json.JSONDecoder(), {}, line.index("{") + 1
    while line[at:].lstrip()[:1] not in ("", "}"):
        at += len(line[at:]) - len(line[at:].lstrip(" \t\r\n,"))
        name, at = decoder.raw_decode(line, at)
        at = line.index(":", at) + 1
        at += len(line[at:]) - len(line[at:].lstrip())
        _, end = decoder.raw_decode(line, at)
        members[name], at = line[at:end], end
    return members


def microseconds(time):
    """Microseconds since 1970 of an ISO 8601 time."""
    since = datetime.datetime.fromisoformat(time.replace("Z", "+00:00"))
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (since - epoch) // datetime.timedelta(microseconds=1)


def leaf_of(line):
    """The leaf hash of the event that a line of the export holds."""
    raw = raw_members(line)

    def value(name):
        return json.loads(raw.get(name, "null"))

    metadata = value("tidemarkmetadata")
    data = value("tidemarkdata") or raw.get("data", "null")
    texts = [value(name) for name in ("subject", "type", "correlationid", "causationid", "actor", "tenant")]
    texts = [None if text is None else text.encode() for text in texts]
    texts += [data.encode(), None if metadata == "null" else metadata.encode()]
    numbers = ["1", value("tidemarkposition"), value("id"), value("tidemarkversion"), value("schemaversion")]
    numbers += [microseconds(value("tidemarkrecorded")), microseconds(value("time"))]
    head = " ".join(str(part) for part in numbers + ["" if text is None else len(text) for text in texts])
    return hashlib.sha256(b"\0" + head.encode() + b"\n" + b"".join(text or b"" for text in texts)).digest()


class Tree:
    """A tree that grows by leaves and tells its root (RFC 6962, 2.1): the roots of its complete subtrees are kept."""

    def __init__(self):
        self.size, self.complete = 0, []

    def add(self, leaf):
        """One more leaf."""
        self.complete.append(leaf)
        self.size += 1
        joins = (self.size & -self.size).bit_length() - 1
        for _ in range(joins):
            right, left = self.complete.pop(), self.complete.pop()
            self.complete.append(hashlib.sha256(b"\1" + left + right).digest())

    def root(self):
        """The root over all leaves."""
        roots = list(self.complete)
        while len(roots) > 1:
            right, left = roots.pop(), roots.pop()
            roots.append(hashlib.sha256(b"\1" + left + right).digest())
        return roots[0] if roots else hashlib.sha256(b"").digest()


def verify(export, key, notes):
    """Prints what was found, and answers whether everything agrees."""
    wanted, good, signed = {}, True, False
    for name in notes:
        with open(name, encoding="utf-8") as file:
            checkpoint = read_checkpoint(file.read(), key)
        if checkpoint is None:
            print(f"{name}: not signed by this key")
            good = False
        else:
            signed = True
            wanted.setdefault(checkpoint[0], []).append((name, checkpoint[1]))
    tree, audited = Tree(), False
    with (gzip.open if export.endswith(".gz") else open)(export, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            if line.strip():
                tree.add(leaf_of(line))
                audited = audited or '"operations-audit"' in line
            for name, root in wanted.pop(tree.size, []):
                agrees = root == tree.root()
                print(f"{name}: {'agrees' if agrees else 'DIFFERS'} at {tree.size} events")
                good = good and agrees
    for size, left in wanted.items():
        for name, _ in left:
            print(f"{name}: speaks of {size} events, the file has {tree.size}")
            good = False
    if signed and not good and not audited:
        print("The file has no entry of Tidemark's own audit, of which checkpoints speak, too:", end=" ")
        print("was it exported with --audit, and all of it?")
    return good


def main():
    """The command."""
    arguments = argparse.ArgumentParser(description="Verifies an export of Tidemark against signed checkpoints.")
    arguments.add_argument("export", help="jsonl, maybe with .gz: the whole log, from its first event")
    arguments.add_argument("--key", required=True, help="NAME+ID+KEY of the log")
    arguments.add_argument("notes", nargs="+", help="files with checkpoint notes that you held")
    given = arguments.parse_args()
    try:
        good = verify(given.export, read_key(given.key), given.notes)
    except (Unreadable, ValueError, KeyError, OSError) as error:
        print(f"cannot be read: {error!r}", file=sys.stderr)
        sys.exit(64)
    sys.exit(0 if good else 65)


if __name__ == "__main__":
    main()
