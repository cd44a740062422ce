package org.dlora.scheduling;

/**
 * The KV that a paused sequence has alone. Blocks that it shares with other sequences stay on the
 * device, so they are neither copied nor recomputed.
 *
 * @param shared computed tokens in shared blocks, which come first
 * @param own computed tokens behind them
 * @param bytes of the blocks of these
 * @param lora sizes of the sequence's adapter
 */
public record PausedKv(int shared, int own, long bytes, LoraFacts lora) {
    public PausedKv {
        if (shared < 0 || own < 0 || bytes < 0) {
            throw new IllegalArgumentException(
                    "%d shared and %d own tokens in %d bytes: expected at least 0"
                            .formatted(shared, own, bytes));
        }
    }
}
