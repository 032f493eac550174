# SPDX-License-Identifier: Apache-2.0
"""Reads the statistics that `ringside run --stats FILE.json` writes."""

import json


def leaves(tree, path=""):
    """(path of the group, name, leaf) of each statistic."""
    for name, below in tree.items():
        if isinstance(below.get("kind"), str):
            yield path, name, below
        else:
            yield from leaves(below, f"{path}.{name}" if path else name)


def load(file):
    """The whole document, with `statistics` as a list whose members have `path` and `name`."""
    with open(file, encoding="utf-8") as source:
        document = json.load(source)
    document["statistics"] = [dict(leaf, path=path, name=name)
                              for path, name, leaf in leaves(document["statistics"])]
    return document
