package org.dlora.scheduling.residency;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.dlora.scheduling.residency.SimulatedMemory.Request;
import org.dlora.workload.Popularity;

/** A random memory, its adapters, and the requests that come for them. */
final class ResidencyScenario {
    private final Random random;
    private final List<SimulatedAdapter> adapters = new ArrayList<>();
    private final List<Request> requests = new ArrayList<>();
    private final SimulatedMemory memory;
    private final SimulatedKv kv;
    private final boolean isShared;
    private final SimulatedCopies copies;

    ResidencyScenario(long seed) {
        this(seed, false, false);
    }

    /**
     * @param withKv whether a KV cache shares the memory
     * @param withCopies whether copies of merged weights do
     */
    ResidencyScenario(long seed, boolean withKv, boolean withCopies) {
        random = new Random(seed);
        int count = 2 + random.nextInt(14);
        double loadOfByte = random.nextBoolean() ? 0.1 : 0;
        int pins = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 0;
        for (int i = 0; i < count; i++) {
            long bytes = 1L + random.nextInt(10);
            double load = 0.01 + random.nextDouble() + loadOfByte * bytes;
            adapters.add(new SimulatedAdapter("a" + i, bytes, load, i < pins));
        }
        long all = adapters.stream().mapToLong(adapter -> adapter.bytes).sum();
        isShared = withKv;
        int least = 2 + random.nextInt(10);
        int most = least + random.nextInt(40);
        int first = random.nextBoolean() ? most : least;
        kv = new SimulatedKv(least, first, most, 1, random.nextInt(3) * random.nextDouble());
        long budget = 4 + (long) (random.nextDouble() * all) + (isShared ? kv.bytes() : 0);
        var settings =
                new ResidencySettings(
                        1 + random.nextInt(3),
                        random.nextInt(4) * random.nextDouble(3),
                        20,
                        random.nextInt(3) * random.nextDouble(3));
        int failures = random.nextInt(3) == 0 ? 30 : 0;
        memory =
                new SimulatedMemory(
                        budget, settings, adapters, _ -> random.nextInt(100) < failures);
        if (isShared) {
            memory.share(kv);
        }
        copies = new SimulatedCopies(seed, 1 + (int) (budget / 2), settings.kvRest());
        if (withCopies) {
            memory.share(copies);
        }
        switch (random.nextInt(4)) {
            case 0 -> zipf();
            case 1 -> bursts();
            case 2 -> scan();
            default -> flood();
        }
        requests.sort(Comparator.comparingDouble(Request::arrival));
    }

    SimulatedKv kv() {
        return kv;
    }

    SimulatedCopies copies() {
        return copies;
    }

    SimulatedMemory run() {
        memory.serve(requests);
        return memory;
    }

    private void zipf() {
        var popularity = Popularity.zipf(adapters.size(), 1);
        double at = 0;
        for (int i = 0; i < 200; i++) {
            at += -Math.log(1 - random.nextDouble()) * 0.3;
            add(at, popularity.next(random));
        }
    }

    /** Many requests for one adapter at the same moment, then silence. */
    private void bursts() {
        double at = 0;
        for (int i = 0; i < 30; i++) {
            int adapter = random.nextInt(adapters.size());
            for (int j = random.nextInt(12); j >= 0; j--) {
                add(at, adapter);
            }
            at += random.nextDouble() * 2;
        }
    }

    /** All adapters in turn, again and again. */
    private void scan() {
        double gap = random.nextDouble();
        for (int i = 0; i < 200; i++) {
            add(i * gap, i % adapters.size());
        }
    }

    /** A few adapters that are always in use, and rare requests for the others. */
    private void flood() {
        int hot = 1 + random.nextInt(adapters.size());
        for (int i = 0; i < 300; i++) {
            double at = i * 0.1;
            boolean rare = random.nextInt(10) == 0;
            add(at, rare ? random.nextInt(adapters.size()) : random.nextInt(hot));
        }
    }

    private void add(double at, int adapter) {
        double seconds = random.nextInt(10) == 0 ? random.nextDouble(8) : random.nextDouble(2);
        int blocks = isShared ? 1 + random.nextInt(kv.least) : 0;
        requests.add(new Request(at, adapters.get(adapter).id, seconds, blocks));
    }
}
