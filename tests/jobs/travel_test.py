"""Passengers of a synthetic world: whole, helpers with their offenders above chance, and nothing that gives them away; legs as the truth says.

usage: travel_test.py FOLDER YEAR...
"""
import csv
import sys
from collections import Counter, defaultdict
from datetime import datetime
from itertools import combinations
from pathlib import Path

import h5py
import numpy as np


def rows(path):
    with open(path, encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def auc(score, label):
    """Chance that a marked one scores above one that is not."""
    rank = np.empty(len(score))
    values, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = label.sum()
    return (rank[label].sum() - positives * (positives + 1) / 2) / (positives * (len(label) - positives))


class World:
    def __init__(self, folder, years):
        self.passengers, self.flights = [], {}
        self.suspects = {}  # passenger -> (administration, group, role)
        self.trips, self.together, self.found = Counter(), Counter(), Counter()
        for year in years:
            self.passengers += rows(folder / f"passengers-{year}.csv")
            for row in rows(folder / f"flights-{year}.csv"):
                assert self.flights.setdefault((row["flight"], row["date"]), row) is row, f"twice: {row}"
            with h5py.File(folder / f"truth-travel-{year}.h5") as file:
                roles = [text.decode() for text in file["labels/role"][:]]
                table = {name: column[:].tolist() for name, column in file["suspects"].items()}
            for i, number in enumerate(table["passenger"]):
                name = f"P{number:08}"
                self.suspects[name] = (table["administration"][i], table["group"][i], roles[table["role"][i]])
                self.trips[name] += table["trips"][i]
                self.together[name] += table["together"][i]
                self.found[name] += table["found"][i]
        self.on_board = defaultdict(list)
        for row in self.passengers:
            self.on_board[row["flight"], row["date"]].append(row)


def is_whole(world):
    """Every flight has the passengers it says, in no telling order; nobody arrives twice on a day; the truth counts what is there."""
    assert world.flights.keys() == world.on_board.keys()
    for key, flight in world.flights.items():
        people = [row["passenger"] for row in world.on_board[key]]
        assert int(flight["passengers"]) == len(people) <= int(flight["seats"]), flight
        assert people == sorted(people), f"order of {key}"
    days = Counter((row["passenger"], row["date"]) for row in world.passengers)
    assert max(days.values()) == 1, "somebody arrives twice on a day"
    assert all(row["booked"] <= row["date"] for row in world.passengers)
    trips = Counter(row["passenger"] for row in world.passengers if row["passenger"] in world.suspects)
    assert trips == +world.trips, "trips of suspects"
    found = Counter(row["passenger"] for row in world.passengers if row["check"] == "goods")
    assert found == +world.found, "only who carries is found with goods"


def co_travel(world):
    """Pairs that share flights, by number of flights; those on one booking apart."""
    shared, same_booking = Counter(), set()
    for people in world.on_board.values():
        for a, b in combinations(people, 2):
            pair = a["passenger"], b["passenger"]
            shared[pair] += 1
            if a["booking"] == b["booking"]:
                same_booking.add(pair)
    return shared, same_booking


def helpers_stand_out(world):
    """Flights that offenders share with their helpers, against what is to be expected of any two with as many trips on these flights."""
    rings = defaultdict(list)
    for name, (administration, group, role) in world.suspects.items():
        rings[administration, group].append((name, role))
    offenders = {name: key for key, members in rings.items() for name, role in members if role == "offender" and len(members) > 1}
    share_of_flight = Counter()  # expected: of those on the flights of the offender, one picked by trips
    all_trips = len(world.passengers)
    for people in world.on_board.values():
        for row in people:
            if row["passenger"] in offenders:
                share_of_flight[row["passenger"]] += len(people) / all_trips
    observed = expected = 0
    for offender, key in offenders.items():
        for name, role in rings[key]:
            if role != "offender":
                observed += world.together[name]
                expected += world.trips[name] * share_of_flight[offender]
    print(f"helpers: {observed} flights with the offender, {expected:.1f} by chance")
    assert observed > 100 and observed > 10 * expected


def others_look_alike(world):
    """Counting shared flights finds families and colleagues before rings."""
    shared, same_booking = co_travel(world)
    often = [pair for pair, flights in shared.items() if flights >= 3]
    ring = [pair for pair in often if all(name in world.suspects and world.suspects[name][:2] == world.suspects[pair[0]][:2] for name in pair)]
    apart = [pair for pair in often if pair not in same_booking]
    ring_apart = [pair for pair in ring if pair not in same_booking]
    print(f"pairs with 3 flights and more: {len(often)}, of rings {len(ring)}; on bookings of their own {len(apart)}, of rings {len(ring_apart)}")
    assert len(ring) > 20 and len(ring) < 0.15 * len(often)
    assert len(ring_apart) < 0.5 * len(apart)


def nothing_gives_them_away(world):
    """Neither numbers nor any single field tells who is a suspect."""
    suspect = np.array([row["passenger"] in world.suspects for row in world.passengers])
    people = sorted({row["passenger"] for row in world.passengers})
    is_suspect = np.array([name in world.suspects for name in people])
    number = auc(np.array([int(name[1:]) for name in people], float), is_suspect)
    assert 0.4 < number < 0.6, f"numbers: {number}"
    position = {name: i / len(people) for i, name in enumerate(people)}
    members = defaultdict(list)
    for name in filter(position.__contains__, world.suspects):
        members[world.suspects[name][:2]].append(position[name])
    gaps = [abs(a - b) for group in members.values() for a, b in combinations(group, 2)]
    assert 0.25 < np.mean(gaps) < 0.42, f"numbers of a ring lie {np.mean(gaps)} apart, 1/3 by chance"
    # The rate of each value of a field among one half of the people, asked of the other half.
    half = np.array([int(position[row["passenger"]] * len(people)) % 2 == 0 for row in world.passengers])
    for field in ("payment", "bags", "nationality", "birth_year", "flight", "reporter"):
        values = np.array([row[field] for row in world.passengers])
        _, code = np.unique(values, return_inverse=True)
        seen = np.bincount(code[half], minlength=code.max() + 1)
        rate = (np.bincount(code[half], suspect[half], code.max() + 1) + 1) / (seen + 25)
        found = auc(rate[code[~half]], suspect[~half])
        print(f"{field}: AUC {found:.2f}")
        assert found < 0.7, f"{field}: {found}"


def minutes(text):
    when = datetime.strptime(text, "%Y%m%d%H%M")
    return int((when - datetime(1970, 1, 1)).total_seconds()) // 60


def legs_are_whole(folder, year):
    """Row by row with the truth: places are listed, times go forward, and only what is not honest or in error differs from what happened."""
    places = {row["port"] for row in rows(folder / "ports.csv")} | {row["factory"] for row in rows(folder / "factories.csv")}
    legs = rows(folder / f"legs-{year}.csv")
    with h5py.File(folder / f"truth-journeys-{year}.h5") as file:
        events = [text.decode() for text in file["labels/event"][:]]
        truth = {name: column[:].tolist() for name, column in file["legs"].items()}
    count = Counter()
    for i, row in enumerate(legs):
        assert row["departure"] in places and row["arrival"] in places, row
        assert (int(row["consignment"]), int(row["leg"])) == (truth["consignment"][i], truth["leg"][i]), row
        took, event = minutes(row["arrived"]) - minutes(row["departed"]), events[truth["event"][i]]
        assert took > 0, row
        assert (took == truth["true_minutes"][i]) == (event in ("none", "delay", "diversion")), row
        assert row["leg"] == "1" or (legs[i - 1]["arrival"] == row["departure"] and legs[i - 1]["arrived"] <= row["departed"]), row
        count[event] += 1
    print(f"legs of {year}: {dict(count)}")
    assert all(count[event] > 5 for event in events)


def main(folder, *years):
    legs_are_whole(Path(folder), years[0])
    world = World(Path(folder), years)
    is_whole(world)
    helpers_stand_out(world)
    others_look_alike(world)
    nothing_gives_them_away(world)


if __name__ == "__main__":
    main(*sys.argv[1:])
