package org.dlora.device;

import static java.util.stream.Collectors.joining;

import java.util.Map;

/**
 * Refusal of a reservation that does not fit into a {@link MemoryLedger}. The message gives the
 * sizes and the uses that take the rest. The caller adds the purpose in front of it, and the advice
 * after it.
 */
public final class MemoryFullException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MemoryFullException(long needed, long available, long limit, Map<MemoryUse, Long> taken) {
        super(
                "%s are needed, and %s of %s are available%s"
                        .formatted(
                                new MemorySize(needed).roundedUp(),
                                new MemorySize(available).roundedDown(),
                                new MemorySize(limit).roundedDown(),
                                words(taken)));
    }

    private static String words(Map<MemoryUse, Long> taken) {
        var uses =
                taken.entrySet().stream()
                        .filter(entry -> entry.getValue() > 0)
                        .map(entry -> words(entry.getKey(), entry.getValue()))
                        .collect(joining(", "));
        return uses.isEmpty() ? "" : "; the rest is taken by " + uses;
    }

    private static String words(MemoryUse use, long bytes) {
        return "%s (%s)".formatted(use.words(), new MemorySize(bytes).roundedUp());
    }
}
