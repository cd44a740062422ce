package org.dlora.bench.profile;

/**
 * The work of an operation, whichever way it is done.
 *
 * @param bytes that must come from memory: weights of the model and of adapters, cached keys and
 *     values
 * @param activations bytes of activations that it reads and writes; they stay in the caches
 * @param flops on float32 units, a multiply-add being two
 * @param dotFlops likewise of products with bfloat16 weights, keys and values, for which a machine
 *     may have units of their own
 */
record Cost(double bytes, double activations, double flops, double dotFlops) {
    static final Cost NONE = new Cost(0, 0, 0, 0);

    /** Returns the cost of an operation on activations alone. */
    static Cost ofActivations(double bytes) {
        return new Cost(0, bytes, 0, 0);
    }

    Cost plus(Cost other) {
        return new Cost(
                bytes + other.bytes,
                activations + other.activations,
                flops + other.flops,
                dotFlops + other.dotFlops);
    }

    /** Returns whether the operation has a limit, that is, something to fetch or to multiply. */
    boolean hasLimit() {
        return bytes + allFlops() > 0;
    }

    double allFlops() {
        return flops + dotFlops;
    }

    double allBytes() {
        return bytes + activations;
    }
}
