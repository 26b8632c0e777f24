"""Five plants in SimPy, as `peers.rs` describes them in scenes: plants.py PLANT WARMUP HORIZON REPLICATIONS [TRAVEL].

Prints one JSON object: per replication the parts that left an hour, and their mean lead time in seconds.
"""
import json
import math
import random
import sys

import simpy


class Plant:
    """What every plant counts."""

    def __init__(self, seed, warm_up, horizon):
        self.env = simpy.Environment()
        self.random = random.Random(seed)
        self.warm_up, self.horizon = warm_up, horizon
        self.left, self.lead = 0, 0.0

    def exponential(self, mean):
        return self.random.expovariate(1.0 / mean)

    def lognormal(self, mean, sd):
        variance = math.log(1.0 + (sd / mean) ** 2)
        return self.random.lognormvariate(math.log(mean) - variance / 2, math.sqrt(variance))

    def gamma(self, shape, mean):
        return self.random.gammavariate(shape, mean / shape)

    def leave(self, created):
        if self.env.now > self.warm_up:
            self.left += 1
            self.lead += self.env.now - created

    def arrivals(self, mean, store):
        while True:
            yield self.env.timeout(self.exponential(mean))
            yield store.put(self.env.now)

    def machine(self, source, work, sink):
        """Takes, works, gives: blocking after service."""
        while True:
            part = yield from source()
            yield self.env.timeout(work())
            yield from sink(part)

    def run(self):
        self.env.run(until=self.warm_up + self.horizon)
        return 3600.0 * self.left / self.horizon, self.lead / max(self.left, 1)


def from_store(store):
    def take():
        return (yield store.get())
    return take


def to_store(store):
    def give(part):
        yield store.put(part)
    return give


def failures(plant):
    """Four machines in line, three places between; failures by operation time."""
    env = plant.env
    racks = [simpy.Store(env, capacity=3) for _ in range(3)]

    def machine(index):
        left = plant.exponential(600.0)
        while True:
            part = (yield racks[index - 1].get()) if index else env.now
            work = plant.gamma(4.0, 50.0 + 5.0 * index)
            while left < work:
                yield env.timeout(left)
                work -= left
                yield env.timeout(plant.lognormal(120.0, 60.0))
                left = plant.exponential(600.0)
            yield env.timeout(work)
            left -= work
            if index < 3:
                yield racks[index].put(part)
            else:
                plant.leave(part)

    for index in range(4):
        env.process(machine(index))


def rework(plant):
    """A split by shares, an inspection that sends 15 % back to the start."""
    env = plant.env
    queue, q1, q2, check = (simpy.Store(env) for _ in range(4))

    def split(part):
        yield (q1 if plant.random.random() < 0.7 else q2).put(part)

    def inspected(part):
        if plant.random.random() < 0.15:
            yield queue.put(part)
        else:
            plant.leave(part)

    env.process(plant.arrivals(60.0, queue))
    env.process(plant.machine(from_store(queue), lambda: plant.gamma(2.0, 40.0), split))
    env.process(plant.machine(from_store(q1), lambda: plant.exponential(50.0), to_store(check)))
    env.process(plant.machine(from_store(q2), lambda: plant.exponential(100.0), to_store(check)))
    env.process(plant.machine(from_store(check), lambda: plant.lognormal(30.0, 20.0), inspected))


def assembly(plant):
    """One housing and two gears make one drive; both are made without end, four places before it."""
    env = plant.env
    housings, gears = simpy.Store(env, capacity=4), simpy.Store(env, capacity=4)

    def endless():
        return env.now
        yield

    def assemble():
        while True:
            parts = yield housings.get() & gears.get() & gears.get()
            created = next(iter(parts.values()))
            yield env.timeout(plant.lognormal(60.0, 20.0))
            plant.leave(created)

    env.process(plant.machine(endless, lambda: plant.exponential(50.0), to_store(housings)))
    env.process(plant.machine(endless, lambda: plant.exponential(25.0), to_store(gears)))
    env.process(assemble())


def vehicles(plant, travel):
    """Two vehicles carry parts from one machine to the next; the nearer one goes."""
    env = plant.env
    queue, ready, arrived = (simpy.Store(env) for _ in range(3))
    parked = {0: 2, 1: 0}
    free = simpy.Store(env)
    for _ in range(2):
        free.items.append(None)

    def drive(part, far):
        if far:
            yield env.timeout(travel)
        yield env.timeout(10.0)
        yield env.timeout(travel)
        yield env.timeout(10.0)
        parked[1] += 1
        yield arrived.put(part)
        yield free.put(None)

    def dispatch():
        while True:
            part = yield ready.get()
            yield free.get()
            place = 0 if parked[0] else 1
            parked[place] -= 1
            env.process(drive(part, place == 1))

    def out(part):
        plant.leave(part)
        return
        yield

    env.process(plant.arrivals(80.0, queue))
    env.process(plant.machine(from_store(queue), lambda: plant.lognormal(60.0, 30.0), to_store(ready)))
    env.process(dispatch())
    env.process(plant.machine(from_store(arrived), lambda: plant.exponential(60.0), out))


def shifts(plant):
    """Two machines that share one operator, manned from 06:00 to 14:00; parts come all day."""
    env = plant.env
    day, begin, end = 86400.0, 6 * 3600.0, 14 * 3600.0
    operator = simpy.Resource(env, capacity=1)
    first, second = simpy.Store(env), simpy.Store(env)

    def until_manned(now):
        clock = now % day
        if clock < begin:
            return begin - clock
        return 0.0 if clock < end else day - clock + begin

    def work(duration):
        """How long a work takes that rests outside the shift."""
        now = env.now + until_manned(env.now)
        while True:
            left = end - now % day
            if duration <= left:
                return now + duration - env.now
            duration -= left
            now += left
            now += until_manned(now)

    def machine(source, duration, give):
        while True:
            part = yield source.get()
            yield env.timeout(until_manned(env.now))
            with operator.request() as request:
                yield request
                yield env.timeout(work(duration()))
            yield from give(part)

    def out(part):
        plant.leave(part)
        return
        yield

    env.process(plant.arrivals(300.0, first))
    env.process(machine(first, lambda: plant.gamma(3.0, 40.0), to_store(second)))
    env.process(machine(second, lambda: plant.lognormal(40.0, 15.0), out))


def main():
    name, warm_up, horizon, replications = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    build = {"failures": failures, "rework": rework, "assembly": assembly, "vehicles": vehicles, "shifts": shifts}[name]
    more = [float(argument) for argument in sys.argv[5:]]
    results = []
    for replication in range(replications):
        plant = Plant(f"{name} {replication}", warm_up, horizon)
        build(plant, *more)
        results.append(plant.run())
    print(json.dumps({"throughput": [r[0] for r in results], "lead time": [r[1] for r in results]}))


main()
