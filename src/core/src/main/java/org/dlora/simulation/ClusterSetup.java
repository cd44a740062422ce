package org.dlora.simulation;

import java.util.Set;
import org.dlora.replica.ReplicaShape;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.policy.PolicyKind;

/**
 * The cluster and the requests of a simulation.
 *
 * @param replicas each with a device of its own
 * @param adapters registered ones
 * @param zipf exponent of the adapters' popularity
 * @param policy of each replica
 * @param residentAdapters adapters that fit into the memory of a replica
 * @param seconds of arrivals
 * @param seed of the requests
 */
public record ClusterSetup(
        int replicas,
        int adapters,
        double zipf,
        PolicyKind policy,
        int residentAdapters,
        double seconds,
        long seed) {
    /** Bytes of an adapter: 96 MiB. */
    static final long ADAPTER_BYTES = 96L << 20;

    /** Bytes of a KV block: 0.5 MiB for each token. */
    static final long BLOCK_BYTES = KvBlocks.TOKENS * (512L << 10);

    /** Bytes per second of the link between host and device. */
    static final double LINK = 32.0 * (1L << 30);

    /** Prompt and output tokens of a request together. */
    static final int MAX_LENGTH = 2048;

    /** Tokens that a whole batch may have: 16 GiB of KV. */
    private static final int KV_TOKENS = 16 * MAX_LENGTH;

    /** Sequences of a batch, and rows of a step. */
    static final StepLimits LIMITS = new StepLimits(16, 512, KvBlocks.TOKENS);

    /** Token that ends an answer. */
    static final int END_TOKEN = 1;

    /** Adapters that a replica hosts in the static arm, as in the paper. */
    static final int STATIC_ADAPTERS = 4;

    public ClusterSetup {
        if (replicas < 1 || adapters < 1 || !(seconds > 0 && seconds < 1e6)) {
            throw new IllegalArgumentException(
                    "%d replicas, %d adapters and %s s of arrivals: expected at least 1 replica, 1 adapter and a time above 0 s"
                            .formatted(replicas, adapters, seconds));
        }
        if (!(zipf >= 0 && zipf < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "exponent %s of the popularity: expected at least 0".formatted(zipf));
        }
        if (residentAdapters < STATIC_ADAPTERS) {
            throw new IllegalArgumentException(
                    "%d adapters fit into a memory: expected at least %d"
                            .formatted(residentAdapters, STATIC_ADAPTERS));
        }
        if ((long) replicas * STATIC_ADAPTERS < adapters) {
            throw new IllegalArgumentException(
                    "%d replicas host %d adapters statically, %d are registered: expected at most %d adapters"
                            .formatted(
                                    replicas,
                                    replicas * STATIC_ADAPTERS,
                                    adapters,
                                    replicas * STATIC_ADAPTERS));
        }
    }

    /** Returns the bytes that adapters may take of a replica's memory. */
    long adapterBudget() {
        return residentAdapters * ADAPTER_BYTES;
    }

    ReplicaShape shape(int replica) {
        return new ReplicaShape(
                name(replica),
                LIMITS,
                KvBlocks.covering(KV_TOKENS),
                MAX_LENGTH,
                Integer.MAX_VALUE,
                true,
                Set.of(END_TOKEN),
                seed);
    }

    static String name(int replica) {
        return "r" + replica;
    }

    static int number(String replica) {
        return Integer.parseInt(replica.substring(1));
    }

    /** Returns the id of an adapter, the most popular one being 0. */
    static String adapter(int number) {
        return "a" + number;
    }
}
