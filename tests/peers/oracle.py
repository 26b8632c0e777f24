#!/usr/bin/env python3
"""An oracle that is not us: what a twin must say, computed from what was sent.

Reads a scene with Python's own TOML parser, publishes random but lawful telemetry for it through a
real broker with clients that are not ours (paho-mqtt for plain topics, pysparkplug for Sparkplug B)
and keeps its own account of what the plant's last values, states and health then are.

  oracle.py publish SCENE PORT SEED MESSAGES EXPECTED.json   send, and write down what is expected
  oracle.py compare EXPECTED.json STATE.json                 print every difference; exit 1 if any

It shares no code with the program. It understands the part of the scene format that its scenes use:
one level of areas and lines, JSON and bare payloads, Sparkplug metrics of the edge node.
"""

import json
import random
import re
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

    def draw(self, rng):
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
        equipment[path] = {"kind": entry["kind"], "signals": [], "entry": entry}
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
            signal.last = (at * 10**6, value, "good")
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
            signal.last = (at * 10**6, value, "good")
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
            else:
                signal.last = (at, value, quality)
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
    return signal.last is not None and signal.last[2] != "bad"


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


if __name__ == "__main__":
    if sys.argv[1] == "publish":
        publish(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
    else:
        compare(sys.argv[2], sys.argv[3])
