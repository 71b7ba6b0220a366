"""The trees of the catalogue as records of Category, and a simple model of them: where each record stands, and what the
server must answer about it."""

import random

from catalogue import read_lines

ROOT_FIELDS = "name,parent,parents,isRoot,hasChildren,childrenCount,hierarchyRoute,routes,categoryRoute,categoryRouteName"


def taxonomy(folder):
    """(id, parent or None, name) of each node."""
    for each in read_lines(folder / "taxonomy" / "categories.jsonl.gz"):
        yield each["id"], each["parent"], each["name"]


def cpv(folder):
    for each in read_lines(folder / "cpv" / "cpv-2008-23-languages.jsonl.gz"):
        yield each["code"], each["parent"], each["name"]["en_US"]


class Forest:
    def __init__(self, nodes):
        self.names = {}
        self.parents = {}
        for each, parent, name in nodes:
            self.names[each] = name
            self.parents[each] = parent or None
        self.children = {}
        for each, parent in self.parents.items():
            self.children.setdefault(parent, []).append(each)

    def by_levels(self):
        """Each parent before its children."""
        level = self.children.get(None, [])
        while level:
            yield from level
            level = [child for each in level for child in self.children.get(each, [])]

    def depth(self):
        return 1 + max(len(self.way(each)) for each in self.names)

    def way(self, each):
        """From the root to the direct parent."""
        way = []
        while self.parents[each] is not None:
            each = self.parents[each]
            way.append(each)
        return way[::-1]

    def below(self, each):
        found, rest = [], [each]
        while rest:
            children = self.children.get(rest.pop(), [])
            found += children
            rest += children
        return found

    def move(self, each, parent):
        """False when it would close a circle."""
        if parent is not None and (parent == each or each in self.way(parent)):
            return False
        self.children[self.parents[each]].remove(each)
        self.children.setdefault(parent, []).append(each)
        self.parents[each] = parent
        return True

    def random_move(self, dice: random.Random, ids):
        """A record and its new parent: mostly any other, sometimes one below it, sometimes none."""
        each = dice.choice(ids)
        below = self.below(each) if dice.random() < 0.3 else []
        return each, dice.choice(below or ids) if dice.random() < 0.9 else None

    def payload(self, each):
        return {"id": each, "name": self.names[each].strip(), "parentId": self.parents[each]}

    def expected(self, each):
        way = self.way(each)
        parent = self.parents[each]
        count = len(self.children.get(each, []))
        names = [self.names[above].strip() for above in way]
        return {
            "id": each, "name": self.names[each].strip(), "parentId": parent,
            "parentName": names[-1] if way else None, "parentsIds": way[-1:],
            "parentsNames": dict(zip(way[-1:], names[-1:])), "isRoot": parent is None, "hasChildren": count > 0,
            "childrenCount": count, "hierarchyRoute": dict(zip(way, names)),
            "routes": [f"|{'|'.join(way)}|"] if way else [], "categoryRoute": f"|{'|'.join(way)}|" if way else "",
            "categoryRouteName": " / ".join(names),
        }
