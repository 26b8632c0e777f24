"""An edge node of an independent implementation (PyPI pysparkplug) with random, lawful values.

usage: sparkplug_node.py PORT SEED ROUNDS [linger]
Publishes to group `peers`, node `py`, device `dev`; prints what it sent, one JSON object a line.
With `linger` it does not say goodbye, but waits to be killed.
"""

import json
import random
import struct
import sys
import time

from pysparkplug import Client, DataType, Device, EdgeNode, Metric

PORT, SEED, ROUNDS = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
random.seed(SEED)


def integer(low, high):
    return lambda: random.choice([low, high, 0, random.randint(low, high)])


def text():
    return "".join(random.choice("aZ09 _/µ✓ü\"\\") for _ in range(random.randint(0, 12)))


MAKERS = {
    "Int8": integer(-(2**7), 2**7 - 1),
    "Int16": integer(-(2**15), 2**15 - 1),
    "Int32": integer(-(2**31), 2**31 - 1),
    "Int64": integer(-(2**63), 2**63 - 1),
    "UInt8": integer(0, 2**8 - 1),
    "UInt16": integer(0, 2**16 - 1),
    "UInt32": integer(0, 2**32 - 1),
    "UInt64": integer(0, 2**64 - 1),
    "Float": lambda: struct.unpack("f", struct.pack("f", random.uniform(-1e6, 1e6)))[0],
    "Double": lambda: random.choice([0.0, -0.5, random.gauss(0, 1e12), 1e300]),
    "Boolean": lambda: random.random() < 0.5,
    "String": text,
    "Text": text,
    "UUID": lambda: str(random.getrandbits(64)),
}
clock = int(time.time() * 1000) - 60_000


def metrics(device, names):
    """One metric of each name, noted on stdout. Some are null."""
    global clock
    out = []
    for name in names:
        clock += 1
        datatype = DataType[name.upper()]
        value = None if random.random() < 0.1 else MAKERS[name]()
        alias = list(MAKERS).index(name) + (100 if device else 1)
        out.append(
            Metric(timestamp=clock, name=name, datatype=datatype, value=value, alias=alias)
        )
        shown = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        print(json.dumps({"device": device, "metric": name, "time": clock, "value": shown}))
    return out


def wait(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    sys.exit("the broker did not answer")


# No birth leaves before connect() is called, so stdout is in the order of sending.
node = EdgeNode("peers", "py", metrics("", MAKERS), client=Client(client_id="peer-py"))
device = Device("dev", metrics("dev", MAKERS))
node.register(device)
node.connect("127.0.0.1", port=PORT)
wait(lambda: node._connected)
time.sleep(0.2)
for _ in range(ROUNDS):
    names = random.sample(list(MAKERS), random.randint(1, len(MAKERS)))
    if random.random() < 0.5:
        node.update(metrics("", names))
    else:
        node.update_device("dev", metrics("dev", names))
if "linger" in sys.argv:
    sys.stdout.flush()
    time.sleep(60)
time.sleep(0.2)
if SEED % 2:
    node.deregister("dev")
node.disconnect()
