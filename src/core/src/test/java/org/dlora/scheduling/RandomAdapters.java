package org.dlora.scheduling;

import java.util.Random;

/** Adapters for tests. */
public final class RandomAdapters {
    private RandomAdapters() {}

    /** Returns an adapter of rank 16 on a model of some 100 M parameters. */
    public static AdapterView adapter(String id) {
        return adapter(id, 16, MergeRules.FREE);
    }

    public static AdapterView adapter(String id, int rank, MergeRules rules) {
        return adapter(id, rank, rules, 1);
    }

    public static AdapterView adapter(String id, int rank, MergeRules rules, double weight) {
        var lora = new LoraFacts(rank, 60_000L * rank, 200_000_000, 200_000_000L * rank);
        return new AdapterView(
                AdapterRef.of(id), lora, rules, weight, Backlog.NONE, OutputLengths.NONE);
    }

    /** Returns an adapter of random rank and rules. */
    public static AdapterView adapter(String id, Random random) {
        var rules =
                switch (random.nextInt(5)) {
                    case 0 -> MergeRules.never("it has retrained modules");
                    case 1 -> MergeRules.aloneOnly("others would see its rounding");
                    default -> MergeRules.FREE;
                };
        return adapter(id, 8 << random.nextInt(5), rules);
    }
}
