# SPDX-License-Identifier: Apache-2.0
"""Reads a trace as Perfetto does: tracks, slices that lie inside each other, arrows. Only what `ringside run --trace`
writes; anything else is an error."""

import collections

PACKET = 1
TIMESTAMP, SEQUENCE_ID, TRACK_EVENT, TRACK_DESCRIPTOR = 8, 10, 11, 60
UUID, NAME, PARENT_UUID = 1, 2, 5
ANNOTATIONS, TYPE, TRACK_UUID, CATEGORY, EVENT_NAME, FLOW, FLOW_END = 4, 9, 11, 22, 23, 47, 48
BEGIN, END = 1, 2
NUMBER, TEXT, ANNOTATION_NAME = 3, 6, 10


class BadTrace(Exception):
    pass


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """(field, value) of a message: numbers, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = int.from_bytes(data[at:at + 8], "little"), at + 8
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
            if len(value) != length:
                raise BadTrace("the trace ends inside a message")
        else:
            raise BadTrace(f"wire type {kind} at {at}")
        yield key >> 3, value


class Slice:
    def __init__(self, track, name, category, begin, depth):
        self.track, self.name, self.category, self.begin, self.depth = track, name, category, begin, depth
        self.end = None
        self.arguments = {}
        self.flows, self.flow_ends = [], []


class Trace:
    """tracks: uuid -> (parent uuid or None, name); slices in the order of time."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        self.tracks, self.slices = {}, []
        events = []
        for field, packet in fields(data):
            if field != PACKET:
                raise BadTrace(f"field {field} in the trace")
            self._packet(dict(fields(packet)), events)
        # As Perfetto sorts: by time, and what is of one time as it comes.
        events.sort(key=lambda event: event[0])
        open_slices = collections.defaultdict(list)
        for at, event in events:
            self._event(at, list(fields(event)), open_slices)
        for stack in open_slices.values():
            if stack:
                raise BadTrace(f"'{stack[-1].name}' on {self.path(stack[-1].track)} never ends")

    def path(self, track):
        parent, name = self.tracks[track]
        return name if parent is None else f"{self.path(parent)}/{name}"

    def _packet(self, packet, events):
        if TRACK_DESCRIPTOR in packet:
            track = dict(fields(packet[TRACK_DESCRIPTOR]))
            self.tracks[track[UUID]] = (track.get(PARENT_UUID), track[NAME].decode())
        elif TRACK_EVENT in packet:
            events.append((packet[TIMESTAMP], packet[TRACK_EVENT]))
        else:
            raise BadTrace(f"a packet with {sorted(packet)}")

    def _event(self, at, event, open_slices):
        values = dict(event)
        track = values[TRACK_UUID]
        if track not in self.tracks:
            raise BadTrace(f"an event on track {track}, which is not declared")
        stack = open_slices[track]
        if values[TYPE] == END:
            if not stack:
                raise BadTrace(f"an end without a begin on {self.path(track)} at {at}")
            stack.pop().end = at
            return
        if values[TYPE] != BEGIN:
            raise BadTrace(f"an event of type {values[TYPE]}")
        piece = Slice(track, values[EVENT_NAME].decode(), values.get(CATEGORY, b"").decode(), at, len(stack))
        piece.flows = [value for field, value in event if field == FLOW]
        piece.flow_ends = [value for field, value in event if field == FLOW_END]
        for field, value in event:
            if field == ANNOTATIONS:
                annotation = dict(fields(value))
                number, text = annotation.get(NUMBER), annotation.get(TEXT)
                piece.arguments[annotation[ANNOTATION_NAME].decode()] = number if text is None else text.decode()
        stack.append(piece)
        self.slices.append(piece)
