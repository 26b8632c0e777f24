#!/usr/bin/env python3
"""An oracle that is not us: what a twin must say, computed from what was sent.

Reads a scene with Python's own TOML parser, publishes random but lawful telemetry for it through a
real broker with clients that are not ours (paho-mqtt for plain topics, pysparkplug for Sparkplug B)
and keeps its own account of what the plant's last values, states and health then are.

  oracle.py publish SCENE PORT SEED MESSAGES EXPECTED.json   send, and write down what is expected
  oracle.py compare EXPECTED.json STATE.json                 print every difference; exit 1 if any
  oracle.py future SCENE EVENTS.csv STATE.json ...
                              the same for a simulated future that plays: states that a view wrote,
                              against the events of that replication
  oracle.py look EXPECTED.json HEALTH.json LATER.json        the same for what is drawn: two states
                              that a view wrote a moment apart, the first with the health overlay

It shares no code with the program. It understands the part of the scene format that its scenes use:
one level of areas and lines, JSON and bare payloads, Sparkplug metrics of the edge node.
"""

import colorsys
import csv
import json
import math
import random
import re
import struct
import sys
import time
import tomllib
from datetime import datetime, timezone
from pathlib import Path

WORDS = ["unknown", "execute", "idle", "starved", "blocked", "held", "setup", "stopped", "maintenance"]


def seconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(ms|s|m|h|d)", text).groups()
    return float(number) * {"ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400}[unit]


class Signal:
    def __init__(self, equipment, name, spec):
        self.equipment, self.name, self.spec = equipment, name, spec
        self.type, self.role = spec.get("type", "float"), spec.get("role", "measurement")
        self.unit, self.limits = spec.get("unit", ""), spec.get("limits", {})
        self.address = None
        self.last = None  # (time ns or None, value, quality)
        self.history = []  # all that was sent with a time, as in last, also what came late
        self.level = 0

    def tell(self, *sample):
        self.last = sample
        self.history.append(sample)

    def draw(self, rng):
        if self.role == "content":
            low, high = self.spec["range"]
            self.level = min(max(self.level + rng.choice([1, 1, 1, -1, -1, 2]), low), high)
            return self.level
        if self.role == "part-type":
            return rng.choice(["", "rod", "rod", "disc", "disc", "thing"])
        if self.role == "part-id":
            return rng.choice(["", f"S-{rng.randrange(1000)}"])
        if self.role == "state":
            return rng.choice(sorted(self.spec.get("states", {})) or WORDS[1:])
        if self.type == "boolean":
            return rng.random() < 0.3
        if self.type == "integer":
            return rng.choice([rng.randrange(0, 1000), rng.randrange(2**53, 2**63 - 1)])
        if self.type == "text":
            return rng.choice(["A-17", "Grüße", "", "x" * 40, "µm ✓"])
        low, high = self.spec.get("range", [0.0, 100.0])
        return round(rng.uniform(low - 0.5 * (high - low), high + 0.5 * (high - low)), 3)


def load(folder):
    folder = Path(folder)
    scene = tomllib.loads((folder / "scene.toml").read_text())
    built_in = Path(__file__).resolve().parents[2] / "assets" / "kinds"
    lines = {line["id"]: line.get("in") for line in scene.get("line", [])}
    equipment, signals = {}, []
    for entry in scene["equipment"]:
        name = entry["kind"] + ".toml"
        file = folder / "kinds" / name
        kind = tomllib.loads((file if file.exists() else built_in / name).read_text())
        path = f"{entry['in']}/{entry['id']}" if "in" in entry else entry["id"]
        equipment[path] = {"kind": entry["kind"], "signals": [], "entry": entry, "spec": kind}
        for signal, spec in kind.get("signals", {}).items():
            override = entry.get("signals", {}).get(signal, {})
            merged = {**spec, **override}
            if "limits" in spec and "limits" in override:
                merged["limits"] = {**spec["limits"], **override["limits"]}
            signals.append(Signal(path, signal, merged))
            equipment[path]["signals"].append(signals[-1])
    site = scene.get("site", {}).get("id", folder.name)
    for source in scene.get("source", []):
        for rule in source.get("topic", []):
            for signal in signals:
                bind(signal, site, lines, ("topic", rule["topic"], rule.get("payload", "bare")), rule.get("only"))
        for rule in source.get("sparkplug", []):
            for signal in signals:
                if "device" not in rule:
                    bind(signal, site, lines, ("sparkplug", rule["group"], rule["node"], rule["metric"]), rule.get("only"))
    for signal in signals:
        if "topic" in signal.spec:
            field = signal.spec.get("field")
            payload = {"value": field} if field else "bare"
            signal.address = ("topic", signal.spec["topic"], payload)
    return equipment, [signal for signal in signals if signal.address]


def bind(signal, site, lines, address, only=None):
    """Fills a template for a signal; explicit bindings and earlier rules win."""
    if signal.address or "topic" in signal.spec or (only and not any(matches(signal, glob) for glob in only)):
        return
    parts = signal.equipment.split("/")
    names = {"site": site, "equipment": parts[-1], "signal": signal.name, "path": "/".join(parts[:-1])}
    if len(parts) == 3:
        names |= {"area": parts[0], "line": parts[1]}
    elif len(parts) == 2:
        names |= {"area": parts[0]}
    def fill(item):
        if isinstance(item, dict):
            return {key: fill(value) for key, value in item.items()}
        if not isinstance(item, str):
            return item
        return re.sub(r"\{(\w+)\}", lambda match: names[match[1]], item)
    try:
        signal.address = tuple(fill(item) for item in address)
    except KeyError:
        pass


def matches(signal, glob):
    return re.fullmatch(re.escape(glob).replace(r"\*", ".*"), f"{signal.equipment}/{signal.name}") or re.fullmatch(
        re.escape(glob).replace(r"\*", ".*"), signal.equipment)


def put(document, pointer, value):
    *way, last = pointer.strip("/").split("/")
    for step in way:
        document = document.setdefault(step, {})
    document[last] = value


def stamp(nanos, style, rng):
    if style == "auto":
        style = rng.choice(["rfc3339", "ms"])
    if style == "rfc3339":
        whole, rest = divmod(nanos, 10**9)
        return datetime.fromtimestamp(whole, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:09d}Z"
    return {"s": nanos / 1e9, "ms": nanos // 10**6, "us": nanos // 1000, "ns": nanos}[style]


def publish(folder, port, seed, count, out):
    import paho.mqtt.client as mqtt  # 1.x: pysparkplug needs it
    import pysparkplug as spb

    rng = random.Random(seed)
    equipment, signals = load(folder)
    scene = tomllib.loads((Path(folder) / "scene.toml").read_text())
    client = mqtt.Client(client_id=f"oracle-{seed}")
    client.connect("127.0.0.1", port)
    client.loop_start()

    types = {"float": spb.DataType.DOUBLE, "integer": spb.DataType.INT64, "boolean": spb.DataType.BOOLEAN, "text": spb.DataType.STRING}
    nodes = {}
    for signal in signals:
        if signal.address[0] == "sparkplug":
            nodes.setdefault(signal.address[1:3], []).append(signal)
    edges, now = {}, time.time_ns
    for (group, node), members in nodes.items():
        metrics = []
        for signal in members:
            value, at = signal.draw(rng), now() // 10**6
            signal.tell(at * 10**6, value, "good")
            metrics.append(spb.Metric(timestamp=at, name=signal.address[3], datatype=types[signal.type], value=value))
        edges[group, node] = spb.EdgeNode(group_id=group, edge_node_id=node, metrics=metrics)
        edges[group, node].connect("127.0.0.1", port=port)
    time.sleep(1.0)

    rejects = {"malformed": 0, "out_of_order": 0}
    for _ in range(count):
        signal = rng.choice(signals)
        value = signal.draw(rng)
        if signal.address[0] == "sparkplug":
            _, group, node, metric = signal.address
            at = now() // 10**6
            edges[group, node].update([spb.Metric(timestamp=at, name=metric, datatype=types[signal.type], value=value)])
            signal.tell(at * 10**6, value, "good")
            time.sleep(0.0015)  # two values in one millisecond would have no order
            continue
        _, topic, payload = signal.address
        if payload == "bare":
            text = str(value).lower() if isinstance(value, bool) else str(value)
            client.publish(topic, text).wait_for_publish()
            signal.last = (None, value, "good")
            continue
        dice, quality, at = rng.random(), "good", now()
        if dice < 0.03 and payload != "bare":
            client.publish(topic, rng.choice(["{", "[1,2", "\x00", "\N{DEGREE SIGN}"])).wait_for_publish()
            rejects["malformed"] += 1
            continue
        document = {}
        put(document, payload["value"], value)
        if "quality" in payload:
            quality = rng.choice(["good"] * 8 + ["bad", "uncertain"])
            put(document, payload["quality"], {"good": 192, "uncertain": 64, "bad": 0}[quality])
        if "time" in payload:
            style = payload.get("time_format", "auto")
            if style in ("ms", "auto", "s"):
                at = at // 10**6 * 10**6
            late = dice > 0.95 and signal.last is not None
            if late:
                at = signal.last[0] - rng.randrange(1, 4) * 10**9
            put(document, payload["time"], stamp(at, style, rng))
            client.publish(topic, json.dumps(document)).wait_for_publish()
            if late:
                rejects["out_of_order"] += 1
                signal.history.append((at, value, quality))
            else:
                signal.tell(at, value, quality)
            time.sleep(0.0015)
        else:
            client.publish(topic, json.dumps(document)).wait_for_publish()
            signal.last = (None, value, quality)
    time.sleep(0.5)
    expected = {
        "rejects": rejects,
        "equipment": {
            path: {
                "kind": entry["kind"],
                "state": state_of(entry["signals"]),
                "health": health_of(entry["signals"]),
                "drawn": drawn_of(entry),
                "parts": parts_of(path, equipment, scene),
                "signals": {
                    signal.name: None if signal.last is None else {
                        "value": signal.last[1], "unit": signal.unit, "time": signal.last[0], "quality": signal.last[2]}
                    for signal in entry["signals"]
                },
            }
            for path, entry in equipment.items()
        },
    }
    Path(out).write_text(json.dumps(expected, indent=1))
    # Nodes stay connected while the state is taken: leaving would be their death.
    print("published", flush=True)
    sys.stdin.read()


def usable(signal):
    return signal.last is not None and signal.last[2] != "bad" and not is_soon_old(signal)


def is_soon_old(signal):
    """Whether it is out of date when somebody looks, more than ten seconds after the last message."""
    return seconds(signal.spec.get("stale_after", "1h")) < 10


def state_of(signals):
    for signal in signals:
        if signal.role == "state":
            if not usable(signal):
                return "unknown"
            table = {key.lower(): state for key, state in signal.spec.get("states", {}).items()}
            return table.get(str(signal.last[1]).lower(), str(signal.last[1]).lower())
    return None


def health_of(signals):
    """NE 107 by the scene's limits; scenes for the oracle have no delays and no deadbands."""
    rank = ["good", "unknown", "maintenance_required", "out_of_specification", "function_check", "failure"]
    if not any(usable(signal) for signal in signals):
        return "unknown"
    worst = "good"
    for signal in signals:
        found = "good"
        if usable(signal):
            value, limits = signal.last[1], signal.limits
            if signal.role == "state":
                found = {"held": "failure", "maintenance": "function_check"}.get(state_of([signal]), "good")
            elif signal.role == "fault" and value:
                found = "failure"
            elif signal.role == "check" and value:
                found = "function_check"
            elif limits and isinstance(value, (int, float)):
                if value > limits.get("hh", float("inf")) or value < limits.get("ll", float("-inf")):
                    found = "failure"
                elif value > limits.get("h", float("inf")) or value < limits.get("l", float("-inf")):
                    found = "maintenance_required" if signal.role == "wear" else "out_of_specification"
        worst = max(worst, found, key=rank.index)
    return worst


def multiply(a, b):
    """Product of two quaternions x, y, z, w: first b, then a."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return [
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    ]


def turned(q, v):
    """A vector turned by a quaternion."""
    x, y, z, _ = multiply(multiply(q, [*v, 0.0]), [-q[0], -q[1], -q[2], q[3]])
    return [x, y, z]


def about(axis, radians):
    unit = {"x": [1, 0, 0], "y": [0, 1, 0], "z": [0, 0, 1]}[axis]
    return [part * math.sin(radians / 2) for part in unit] + [math.cos(radians / 2)]


def rest_of(model, name):
    """Translation and rotation of a node of a .glb, read from the file itself."""
    data = (Path(__file__).resolve().parents[2] / "assets" / "models" / model).read_bytes()
    length, kind = struct.unpack_from("<II", data, 12)
    assert kind == 0x4E4F534A, "the first chunk of a glb is its JSON"
    node = next(node for node in json.loads(data[20 : 20 + length])["nodes"] if node.get("name") == name)
    return node.get("translation", [0, 0, 0]), node.get("rotation", [0, 0, 0, 1])


SI = {"m": 1.0, "mm": 1e-3, "°": math.pi / 180, "rad": 1.0}


def drawn_of(equipment):
    """What must be seen of an equipment: where it stands, how its nodes are, what its label says."""
    entry, spec = equipment["entry"], equipment["spec"]
    signals = {signal.name: signal for signal in equipment["signals"]}
    x, z = entry["at"]
    drawn = {"name": entry.get("name", entry["id"]), "position": [x, 0.0, z], "heading": entry.get("heading", 0.0)}
    drawn |= {"nodes": {}, "spins": {}, "key": None, "has_state": any(s.role == "state" for s in signals.values())}
    key = next((s for s in signals.values() if s.spec.get("key") and s.role != "state"), None)
    if key is not None and key.last is not None:
        drawn["key"] = {"value": key.last[1], "unit": key.unit, "bad": key.last[2] == "bad"}
    for motion in spec.get("motion", []):
        signal = signals[motion["signal"]]
        if not usable(signal):
            continue
        value = signal.last[1]
        if "follow" in motion:
            what = motion["follow"]
            if what == "heading":
                drawn["heading"] = math.degrees(value * SI[signal.unit])
            else:
                drawn["position"][0 if what == "position-x" else 2] = value * SI[signal.unit]
            continue
        node = motion["node"]
        if "run" in motion:
            continue
        if "light" in motion:
            drawn["nodes"].setdefault(node, {})["lit"] = bool(value)
            continue
        at, rotation = rest_of(spec["model"], node)
        if "rotate" in motion:
            rotation = multiply(rotation, about(motion["rotate"]["axis"], value * SI[signal.unit]))
        elif "translate" in motion:
            way = motion["translate"]
            by = value * SI[signal.unit] * way.get("scale", 1.0)
            along = turned(rotation, {"x": [by, 0, 0], "y": [0, by, 0], "z": [0, 0, by]}[way["axis"]])
            at = [a + b for a, b in zip(at, along)]
        elif "spin" in motion:
            drawn["spins"][node] = {"turns": abs(value) > 0, "axis": motion["spin"]["axis"], "rest": rotation}
            continue
        drawn["nodes"].setdefault(node, {}).update(translation=at, rotation=rotation)
    return drawn


MODELS = Path(__file__).resolve().parents[2] / "assets" / "models"


def parts_of(path, equipment, scene):
    """What is needed to say where parts are: what was sent about them, where they can be, whence they come."""
    entry, spec = equipment[path]["entry"], equipment[path]["spec"]
    roles = {"content", "part-present", "part-type", "part-id"}
    signals = {s.role: s for s in equipment[path]["signals"] if s.role in roles}
    main = next((signals[r] for r in ("content", "part-present", "part-id", "part-type") if r in signals), None)
    if main is None:
        return None
    runs = next((motion["signal"] for motion in spec.get("motion", []) if "run" in motion), None)
    speed = next((s for s in equipment[path]["signals"] if s.name == runs), None)
    flows = [pair for flow in scene.get("flow", []) for pair in zip(flow["path"], flow["path"][1:])]
    name = path.split("/")[-1]
    model = tomllib.loads((MODELS / "models.toml").read_text())["model"][spec["model"].removesuffix(".glb")]
    def told(signal):
        return sorted({at: (at, value, quality) for at, value, quality in signal.history}.values())
    kinds = [
        {"model": kind["model"], "types": kind.get("types", []), "here": "at" not in kind or any(
            re.fullmatch(re.escape(glob).replace(r"\*", ".*"), path) for glob in kind["at"])}
        for kind in scene.get("workpiece", [])
    ]
    return {
        "main": main.role, "told": {role: told(signal) for role, signal in signals.items()},
        "stale_after": {role: seconds(s.spec["stale_after"]) if "stale_after" in s.spec else None
                        for role, s in signals.items()},
        "speed": speed and {"told": told(speed), "stale_after": seconds(speed.spec["stale_after"]), "scale": {"mm/s": 1e-3, "m/s": 1.0}[speed.unit]},
        "length": entry.get("length"), "spacing": spec.get("process", {}).get("spacing"),
        "slots": model["slots"], "model": spec["model"], "kinds": kinds,
        "from": ["/".join([*path.split("/")[:-1], a]) for a, b in flows if b == name],
    }


def last(told, t):
    """The last sample at or before an instant."""
    return next((sample for sample in reversed(told) if sample[0] <= t), None)


def number(sample):
    return int(sample[1]) if sample is not None and sample[2] != "bad" else None


def came(told, t):
    """When the parts that are there at an instant came, the oldest first, as (time, place in its group, how
    many came together, whether that was seen); and when the last one left since the first of them came."""
    known = [sample for sample in told if sample[0] <= t and sample[2] != "bad"]
    missing, left, entries, at = number(known[-1]), None, [], len(known) - 1
    while missing > 0 and at > 0:
        now, before = number(known[at]), number(known[at - 1])
        if now < before and left is None:
            left = known[at][0]
        for place in range(min(max(now - before, 0), missing)):
            entries.append((known[at][0], place, now - before, True))
        missing -= min(max(now - before, 0), missing)
        at -= 1
    entries += [(known[at][0], place, missing, False) for place in range(missing)]
    return entries[::-1], left


def run(speed, a, b):
    """How far a belt ran between two instants: evenly from one sample to the next, and on at the last one's speed
    for as long as that speaks."""
    way, longest = 0.0, int(speed["stale_after"] * 1e9)
    for at, (start, value, _) in enumerate(speed["told"]):
        follows = speed["told"][at + 1] if at + 1 < len(speed["told"]) else None
        end, after = start + longest, value
        if follows and follows[0] <= end:
            end, after = follows[0], follows[1]
        low, high = max(a, start), min(b, end)
        if low < high:
            def at_time(t):
                return value + (after - value) * (t - start) / (end - start)
            way += (at_time(low) + at_time(high)) / 2 * speed["scale"] * (high - low) / 1e9
    return way


def type_came(plant, path, t):
    """Type of the part that came to an equipment at an instant: what left where it came from."""
    types = {type_left(plant, origin, t) for origin in plant[path]["parts"]["from"]}
    return types.pop() if len(types) == 1 else None


def type_left(plant, path, t):
    parts = plant[path]["parts"]
    if parts is None:
        return None
    if "part-type" in parts["told"]:
        before = [value for at, value, _ in parts["told"]["part-type"] if at < t and value]
        after = [value for at, value, _ in parts["told"]["part-type"] if t <= at <= t + 10**9]
        return before[-1] if before else (after[0] or None if after else None)
    told = parts["told"][parts["main"]]
    heard = [sample for sample in told if sample[0] < t]
    if not heard:  # both were heard of first at about the same time
        heard = [sample for sample in told[:1] if sample[0] <= t - 1 + 10**9]
        if not heard:
            return None
        entries, _ = came(told, heard[0][0])
        return type_came(plant, path, entries[0][0]) if entries else None
    at = t - 1
    if len(heard) > 1 and number(heard[-1]) < number(heard[-2]) and t - 1 - heard[-1][0] <= 10**9:
        at = heard[-1][0] - 1  # it said that the part had left before the other said that it came
    entries, _ = came(told, at)
    return type_came(plant, path, entries[0][0]) if entries else None


def parts_at(plant, path, t):
    """The parts of an equipment at an instant: model, where its foot is, whether it must look stale."""
    want, parts = plant[path], plant[path]["parts"]
    main = parts["told"][parts["main"]]
    told = last(main, t)
    if told is None:
        return []
    if parts["main"] in ("content", "part-present"):
        count = number(told)
    else:
        count = 1 if told[1] else 0
    until = told[0] + int(parts["stale_after"][parts["main"]] * 1e9) if parts["stale_after"][parts["main"]] else None
    is_stale = until is not None and until <= t
    known_to = min(t, until) if until is not None else t
    counted = parts["main"] in ("content", "part-present")
    entries, left = came(main, t) if counted else ([], None)
    front = last(parts["told"].get("part-type", []), t)
    front = front[1] or None if front and count else None
    found, free = [], []
    if parts["speed"] and count:
        length, spacing, speed = parts["length"], parts["spacing"], parts["speed"]
        begin, end = spacing / 2, length - spacing / 2
        pitch = min(spacing, (length - spacing) / max(length // spacing, count - 1))
        for since, place, group, is_seen in reversed(entries):  # from the last one that came
            x = (begin if is_seen else (place + 0.5) / group * length) + run(speed, since, known_to)
            # Where one came on, the one before it had made room.
            free.insert(0, max(x, free[0] + pitch) if free else x)
    for k in range(count):
        part_type = front if k == 0 and front else (type_came(plant, path, entries[k][0]) if counted else None)
        kind = next((kind for kind in parts["kinds"] if kind["here"] and part_type in kind["types"]), None)
        if parts["speed"]:
            if k >= 256:
                break
            x = min(free[k], end - k * pitch)
            if left is not None:
                x = min(x, end - (k + 1) * pitch + run(speed, left, known_to))
            foot = [max(x, begin + (count - 1 - k) * pitch) - length / 2, *parts["slots"][0]["at"][1:]]
        elif k < len(parts["slots"]):
            slot = parts["slots"][k]
            foot = slot["at"]
            if "node" in slot:
                foot = carried(parts["model"], slot["node"], want["drawn"]["nodes"], foot)
        else:
            break
        heading = math.radians(want["drawn"]["heading"])
        offset = [foot[0] * math.cos(heading) + foot[2] * math.sin(heading), foot[1],
                  foot[2] * math.cos(heading) - foot[0] * math.sin(heading)]
        found.append({"model": kind["model"] if kind else None, "stale": is_stale,
                      "position": [a + b for a, b in zip(want["drawn"]["position"], offset)]})
    return found


def carried(model, name, moved, point):
    """Where a point that a node carries comes to stand when nodes have moved from rest."""
    data = (MODELS / model).read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    nodes = json.loads(data[20 : 20 + length])["nodes"]
    above = {child: node for node in nodes for child in node.get("children", [])}
    chain, index = [], next(at for at, node in enumerate(nodes) if node.get("name") == name)
    while True:
        chain.append(nodes[index])
        if index not in above:
            break
        index = nodes.index(above[index])
    for node in reversed(chain):  # down to the node at rest
        at, turn = node.get("translation", [0, 0, 0]), node.get("rotation", [0, 0, 0, 1])
        point = turned([-turn[0], -turn[1], -turn[2], turn[3]], [a - b for a, b in zip(point, at)])
    for node in chain:  # and up again as they stand
        pose = moved.get(node.get("name"), {})
        at = pose.get("translation", node.get("translation", [0, 0, 0]))
        turn = pose.get("rotation", node.get("rotation", [0, 0, 0, 1]))
        point = [a + b for a, b in zip(turned(turn, point), at)]
    return point


def nanos(text):
    """An instant as RFC 3339 in nanoseconds."""
    whole, _, rest = text.rstrip("Z").partition(".")
    return int(datetime.fromisoformat(whole + "+00:00").timestamp()) * 10**9 + int(rest.ljust(9, "0") or 0)


def hue(colour):
    """Name of a colour as a person says it."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    if max(red, green, blue) - min(red, green, blue) < 0.12:
        return "grey"
    degrees = 360 * colorsys.rgb_to_hls(red, green, blue)[0]
    for name, until in [("red", 14), ("orange", 40), ("yellow", 70), ("green", 170), ("blue", 260), ("purple", 340)]:
        if degrees <= until:
            return name
    return "red"


# NAMUR NE 107: what is good keeps its own colour, of what nothing is known is pale.
HEALTH_HUE = {"failure": "red", "function_check": "orange", "out_of_specification": "yellow",
              "maintenance_required": "blue", "unknown": "grey"}


def near(a, b, most):
    return len(a) == len(b) and all(abs(x - y) <= most for x, y in zip(a, b))


def same_turn(a, b):
    """Whether two quaternions are the same rotation."""
    return abs(abs(sum(x * y for x, y in zip(a, b))) - 1.0) < 1e-4


def look(expected, first, later):
    expected, first, later = (json.loads(Path(file).read_text()) for file in (expected, first, later))
    shown = {entry["id"]: entry for entry in first["view"]["equipment"]}
    after = {entry["id"]: entry for entry in later["view"]["equipment"]}
    wrong, checked, labels, words = [], 0, 0, 0

    def check(is_right, what):
        nonlocal checked
        checked += 1
        if not is_right:
            wrong.append(what)

    state_colours, drawn_parts, flags = {}, 0, set()
    for state, view in ((shown, first["view"]), (after, later["view"])):
        for path, want in expected["equipment"].items():
            if want["parts"] is None:
                check(not state[path].get("parts"), f"{path}: has parts and says nothing of any")
                continue
            wanted = parts_at(expected["equipment"], path, nanos(view["parts_time"]))
            seen = state[path].get("parts", [])
            check(len(seen) == len(wanted), f"{path}: {len(seen)} parts are drawn, expected {len(wanted)}")
            for at, (a, b) in enumerate(zip(seen, wanted)):
                drawn_parts += 1
                flags.add(b["stale"])
                check(a["model"] == b["model"] and a["stale"] == b["stale"] and near(a["position"], b["position"], 3e-3),
                      f"{path}: part {at} is {a}, expected {b}")
    check(drawn_parts > 20 and flags == {True, False}, f"{drawn_parts} parts, stale are {flags}")
    for path, want in expected["equipment"].items():
        got, then, drawn = shown[path], after[path], want["drawn"]
        check(near(got["position"], drawn["position"], 2e-3), f"{path}: at {got['position']}, expected {drawn['position']}")
        turn = (got["heading_deg"] - drawn["heading"] + 180) % 360 - 180
        check(abs(turn) < 0.05, f"{path}: heads {got['heading_deg']}, expected {drawn['heading']}")
        if want["health"] == "good":
            check(got["colours"] == ["own"], f"{path}: is good and drawn in {got['colours']}")
        else:
            # Lamps keep their own colour: they show themselves.
            hues = {hue(colour) for colour in got["colours"] if colour != "own"}
            check(hues == {HEALTH_HUE[want["health"]]}, f"{path}: is {want['health']} and drawn in {got['colours']}")
        for name, node in drawn["nodes"].items():
            seen = got["nodes"].get(name)
            if seen is None:
                check(False, f"{path}: node {name} is not there")
                continue
            if "lit" in node:
                check(seen.get("lit") == node["lit"], f"{path}: lamp {name} lit is {seen.get('lit')}, expected {node['lit']}")
            else:
                check(near(seen["translation"], node["translation"], 2e-3) and same_turn(seen["rotation"], node["rotation"]),
                      f"{path}: node {name} is {seen}, expected {node}")
        for name, spin in drawn["spins"].items():
            turns = []
            for state in (got, then):
                rest = spin["rest"]
                turn = multiply([-rest[0], -rest[1], -rest[2], rest[3]], state["nodes"][name]["rotation"])
                turns.append(turn)
                aside = [part for part, axis in zip(turn, "xyz") if axis != spin["axis"]]
                check(near(aside, [0, 0], 1e-4), f"{path}: node {name} turns about {turn}, expected {spin['axis']}")
            # What stands still is written the same; one that turns comes about where it was, now and then.
            (first, second), back = turns, [-part for part in turns[1]]
            stands = near(first, second, 2e-5) or near(first, back, 2e-5)
            check(stands != spin["turns"], f"{path}: node {name} turns is {not spin['turns']}")
        label = got.get("label")
        if label is not None:
            labels += 1
            health = want["health"] if want["health"] not in ("good", "unknown") else None
            check(label["health"] == health, f"{path}: label's symbol is {label['health']}, expected {health}")
            if want["state"] is not None:
                state = want["state"] if want["state"] != "unknown" else None
                check(label["state"] == state, f"{path}: label's state is {label['state']}, expected {state}")
            key = drawn["key"]
            stale = want["health"] == "unknown" or (key is not None and key["bad"])
            check(label["stale"] == stale, f"{path}: label stale is {label['stale']}, expected {stale}")
            # From further away a label is a shape and a letter; near by it has words.
            if label["text"]:
                words += 1
                check(label["text"][0] == drawn["name"], f"{path}: label {label['text']}, expected {drawn['name']}")
            if label["text"] and key is None:
                check(len(label["text"]) == 1, f"{path}: label {label['text']} although nothing was sent")
            elif label["text"]:
                text = label["text"][1]
                check(text.startswith("(") == stale, f"{path}: label value {text}, stale is {stale}")
                number, _, unit = text.strip("()").partition("\u202f")
                decimals = len(number.partition(".")[2])
                check(unit == key["unit"] and abs(float(number) - key["value"]) <= 0.5001 * 10.0**-decimals,
                      f"{path}: label says {text}, expected {key['value']} {key['unit']}")
        if want["state"] not in (None, "unknown"):
            colours = tuple(colour for colour in then["colours"] if colour != "own")
            state_colours.setdefault(want["state"], set()).add(colours)
    for state, colours in state_colours.items():
        check(len(colours) == 1, f"machines in {state} are drawn in {colours}")
    held = state_colours.get("held")
    if held:
        check({hue(colour) for colours in held for colour in colours} == {"red"}, f"held is drawn in {held}")
    check(labels >= len(shown) // 3, f"only {labels} labels of {len(shown)} machines are seen")
    check(words > 0, "no label is near enough to be read")
    print("\n".join(wrong[:40]))
    print(f"{checked} facts seen, {labels} labels read, {words} of them with words, {drawn_parts} parts, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


def compare(expected, state):
    expected, state = json.loads(Path(expected).read_text()), json.loads(Path(state).read_text())
    shown = {entry["id"]: entry for entry in state["equipment"]}
    wrong, checked = [], 0
    for path, want in expected["equipment"].items():
        got = shown.get(path)
        if got is None:
            wrong.append(f"{path}: missing")
            continue
        for key in ("kind", "state", "health"):
            checked += 1
            if want[key] is not None and got[key] != want[key]:
                wrong.append(f"{path}: {key} is {got[key]}, expected {want[key]}")
        for name, sample in want["signals"].items():
            checked += 1
            seen = got["signals"].get(name)
            if sample is None:
                if seen is not None and seen.get("value") is not None:
                    wrong.append(f"{path}/{name}: {seen} although nothing was sent")
                continue
            if seen is None or (type(seen["value"]) is bool) != (type(sample["value"]) is bool) or seen["value"] != sample["value"]:
                wrong.append(f"{path}/{name}: {seen}, expected {sample}")
                continue
            if seen["unit"] != sample["unit"] or seen["quality"] != sample["quality"]:
                wrong.append(f"{path}/{name}: {seen}, expected {sample}")
            if sample["time"] is not None:
                at = datetime.fromisoformat(seen["time"].replace("Z", "+00:00"))
                if abs(at.timestamp() - sample["time"] / 1e9) > 1e-5:
                    wrong.append(f"{path}/{name}: time {seen['time']}, expected {sample['time']}")
    counted = {}
    for source in state["sources"]:
        for reject in source.get("rejects", []):
            counted[reject["cause"]] = counted.get(reject["cause"], 0) + reject["count"]
    for cause, count in expected["rejects"].items():
        checked += 1
        if counted.get(cause, 0) != count:
            wrong.append(f"rejects: {cause} counted {counted.get(cause, 0)}, expected {count}")
    print("\n".join(wrong[:40]))
    print(f"{checked} facts compared, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


LATE = 2 * 10**9  # what is reported now and then may be so old, ns


class Replication:
    """What a plant does in one replication, from the events that a simulator wrote down."""

    def __init__(self, file):
        with open(file, newline="") as rows:
            self.rows = [(nanos(row["time"]), row) for row in csv.DictReader(rows)]
        self.busy = {row["element"] for _, row in self.rows if row["what"] == "started"}

    def at(self, t):
        plant = {}
        for time, row in self.rows:
            if time > t:
                break
            told = plant.setdefault(row["element"], {"state": None, "content": 0, "left": 0})
            what = row["what"]
            if what == "is":
                told["state"], told["content"] = row["to"], int(row["value"])
            elif what == "state_changed":
                told["state"] = row["to"]
            elif what == "content_changed":
                told["content"] = int(row["value"])
            elif what in ("moved", "completed"):
                told["left"] += 1
        return plant

    def between(self, element, what, t):
        """All values shortly before an instant: what was told last may be one of them."""
        times = [time for time, row in self.rows if t - LATE < time <= t and row["element"] == element]
        return {self.at(time)[element][what] for time in [t - LATE, *times]}


def future(folder, events, *files):
    """Compares what is shown while a future plays with what happens in it."""
    replication = Replication(events)
    roles = {(path, signal.name): signal.role for path, entry in load(folder)[0].items() for signal in entry["signals"]}
    wrong, checked, drawn, states, before, colours = [], 0, 0, set(), None, {}

    def check(is_right, what):
        nonlocal checked
        checked += 1
        if not is_right:
            wrong.append(what)

    for file in files:
        shown = json.loads(Path(file).read_text())
        t = nanos(shown["time"])
        check(shown["mode"] == "what_if", f"{file}: the mode is {shown['mode']}")
        world, parts_world = replication.at(t), replication.at(nanos(shown["view"]["parts_time"]))
        view = {entry["id"]: entry for entry in shown["view"]["equipment"]}
        left = {}
        for entry in shown["equipment"]:
            path = entry["id"]
            if path not in world:
                continue
            want = world[path]
            if entry["state"] != "unknown" or path in replication.busy:
                allowed = replication.between(path, "state", t)
                check(entry["state"] in allowed, f"{path}: is {entry['state']} at {shown['time']}, expected {allowed}")
                states.add(entry["state"])
                colours.setdefault(entry["state"], set()).update(c for c in view[path]["colours"] if c != "own")
                label = view[path].get("label")
                if label is not None:
                    drawn += 1
                    check(label["state"] == entry["state"], f"{path}: label's state is {label['state']}")
            for name, signal in entry["signals"].items():
                role = roles[path, name]
                if role == "content":
                    allowed = replication.between(path, "content", t)
                    check(signal["value"] in allowed, f"{path}: holds {signal['value']}, expected {allowed}")
                if role == "produced":
                    left[path] = (signal["value"], want["left"])
            if "parts" in entry:
                seen, wanted = len(view[path].get("parts", [])), parts_world[path]["content"]
                drawn += seen
                check(seen == wanted, f"{path}: {seen} parts are drawn at {shown['view']['parts_time']}, expected {wanted}")
        if before is not None:
            for path, (value, count) in left.items():
                made, moved = value - before[path][0], count - before[path][1]
                check(abs(made - moved) <= 1, f"{path}: counted {made} parts, {moved} left")
        before = left
    for state, found in colours.items():
        check(len(found) == 1, f"{state} is drawn in {found}")
    flat = [colour for found in colours.values() for colour in found]
    check(len(flat) == len(set(flat)), f"two states have one colour: {colours}")
    check(len(states) > 2 and drawn > 5 and before, f"too little is seen: {states}, {drawn} drawn, counted {before}")
    print(f"{checked} checked, {drawn} drawn, states {sorted(states)}")
    if wrong:
        print("\n".join(wrong))
        sys.exit(1)


if __name__ == "__main__":
    if sys.argv[1] == "publish":
        publish(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
    elif sys.argv[1] == "future":
        future(*sys.argv[2:])
    elif sys.argv[1] == "look":
        look(*sys.argv[2:5])
    else:
        compare(sys.argv[2], sys.argv[3])
