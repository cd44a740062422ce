package org.dlora.replica;

import java.util.HashMap;
import java.util.Map;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;

/**
 * Sequences that have been exported, kept until another replica runs them. A sequence comes back
 * from here if the move fails. It does not run meanwhile, and holds no KV block; its full blocks
 * stay in the prefix cache.
 */
final class Departures {
    private final Map<String, Departure> byRequest = new HashMap<>();

    private record Departure(SequenceState sequence, long epoch, double since) {}

    void add(SequenceState sequence, long epoch, double now) {
        byRequest.put(sequence.request().id(), new Departure(sequence, epoch, now));
    }

    /** Forgets the sequence of a request if it was exported in {@code epoch} or before. */
    void release(String request, long epoch) {
        byRequest.computeIfPresent(
                request, (_, departure) -> departure.epoch() <= epoch ? null : departure);
    }

    /**
     * Removes and returns a sequence with its age at {@code now}.
     *
     * @param epoch in which it was exported
     * @return null if it is not here
     */
    @Nullable SequenceState takeBack(String request, long epoch, double now) {
        var departure = byRequest.get(request);
        if (departure == null || departure.epoch() != epoch) {
            return null;
        }
        byRequest.remove(request);
        return departure.sequence().aged(now - departure.since());
    }

    /** Returns whether a sequence of {@code adapter} may come back. */
    boolean uses(AdapterRef adapter) {
        return byRequest.values().stream()
                .anyMatch(departure -> departure.sequence().request().adapter().equals(adapter));
    }

    void clear() {
        byRequest.clear();
    }
}
