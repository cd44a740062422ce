package org.dlora.scheduling.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.SyntheticCosts;

/** Replicas and requests of all kinds. */
final class RandomOutlooks {
    private static final StepLimits LIMITS = new StepLimits(16, 256, 16);
    private static final int BLOCKS = 600;

    private final Random random;

    RandomOutlooks(long seed) {
        random = new Random(seed);
    }

    List<ReplicaOutlook> replicas() {
        var replicas = new ArrayList<ReplicaOutlook>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            replicas.add(replica("r" + i));
        }
        return replicas;
    }

    DispatchRequest request() {
        boolean isBase = random.nextInt(8) == 0;
        return new DispatchRequest(
                isBase ? AdapterRef.base() : AdapterRef.of(adapter()),
                isBase ? LoraFacts.NONE : lora(),
                1 + random.nextInt(400),
                1 + random.nextInt(300),
                random.nextInt(6) == 0);
    }

    private ReplicaOutlook replica(String id) {
        int running = random.nextInt(17);
        int waiting = random.nextInt(3) == 0 ? random.nextInt(40) : 0;
        var batch = new ArrayList<BatchShare>();
        int left = Math.min(16, running + waiting);
        for (int i = 0; i < 5 && left > 0; i++) {
            int rows = 1 + random.nextInt(left);
            batch.add(new BatchShare("a" + i, lora(), rows));
            left -= rows;
        }
        boolean isIdle = running + waiting == 0;
        return new ReplicaOutlook(
                new ReplicaLoad(id, running, waiting, free(running), BLOCKS),
                random.nextInt(8) == 0 ? "it drains" : null,
                costs(),
                LIMITS,
                batch,
                random.nextInt(3) == 0
                        ? new MergedAdapter(adapter(), lora(), random.nextBoolean())
                        : null,
                running * (long) random.nextInt(300),
                isIdle ? 0 : random.nextInt(3000),
                (running + waiting) * random.nextDouble(300),
                presence(),
                random.nextInt(2) * random.nextInt(200));
    }

    private int free(int running) {
        return running == 0 ? BLOCKS : random.nextInt(BLOCKS + 1);
    }

    private AdapterPresence presence() {
        return switch (random.nextInt(5)) {
            case 0 -> new AdapterPresence.Absent(random.nextDouble(5));
            case 1 -> new AdapterPresence.Loading(random.nextDouble(2));
            case 2 -> new AdapterPresence.Impossible(9, 8);
            default -> new AdapterPresence.Resident();
        };
    }

    private CostModel costs() {
        return new SyntheticCosts(
                random.nextDouble(0.02),
                random.nextDouble(0.002),
                random.nextDouble(0.001),
                1e-10 * random.nextDouble(),
                1);
    }

    private String adapter() {
        return "a" + random.nextInt(5);
    }

    private static LoraFacts lora() {
        return new LoraFacts(16, 1_000_000, 0, 0);
    }

    /** Returns the replica with one more sequence, no shorter than those that it has on average. */
    ReplicaOutlook busier(ReplicaOutlook replica) {
        var load = replica.load();
        int unfinished = load.running() + load.waiting();
        int mean = unfinished == 0 ? 0 : (int) (replica.remainingTokens() / unfinished) + 1;
        long positions = replica.contextTokens() + replica.prefillTokens();
        int size = unfinished == 0 ? 0 : (int) (positions / unfinished) + 1;
        boolean hasPlace = unfinished < LIMITS.maxBatch();
        int blocks = Math.min(load.freeBlocks(), LIMITS.blocksFor(size));
        boolean runs = hasPlace && random.nextBoolean();
        var batch = new ArrayList<>(replica.batch());
        if (hasPlace) {
            batch.add(new BatchShare("another", lora(), 1));
        }
        return new ReplicaOutlook(
                new ReplicaLoad(
                        load.id(),
                        load.running() + (runs ? 1 : 0),
                        load.waiting() + (runs ? 0 : 1),
                        load.freeBlocks() - (runs ? blocks : 0),
                        load.totalBlocks()),
                replica.unavailable(),
                replica.costs(),
                replica.limits(),
                batch,
                replica.merged(),
                replica.contextTokens() + (runs ? size : 0),
                replica.prefillTokens() + (runs ? 0 : size) + random.nextInt(50),
                replica.remainingTokens() + mean + random.nextInt(50),
                replica.presence(),
                replica.prefixTokens());
    }
}
