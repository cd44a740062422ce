package org.dlora.replica.request;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.dlora.replica.stop.StopStrings;

/**
 * Bytes of the heap that the requests of a call hold while they wait. What the choices of the call
 * share counts once.
 */
public final class HeldBytes {
    /** Bytes of a waiting sequence in the server, the cluster and its replica. */
    public static final int SEQUENCE = 8 << 10;

    private final Set<Object> counted = Collections.newSetFromMap(new IdentityHashMap<>());
    private long bytes;

    private HeldBytes() {}

    /** Returns about the bytes that {@code call} holds. */
    public static long of(List<GenerationRequest> call) {
        var held = new HeldBytes();
        call.forEach(held::add);
        return held.bytes;
    }

    private void add(GenerationRequest request) {
        bytes += SEQUENCE;
        once(request.prompt(), (long) Integer.BYTES * request.prompt().length);
        var sampling = request.sampling();
        var bias = TokenBias.of(sampling.logitBias());
        once(bias, bias.bytes());
        tokens(sampling.allowedTokens());
        tokens(request.stop().stopTokens());
        var stops = StopStrings.of(request.stop().stopStrings());
        once(stops, stops.bytes());
        var constraint = request.constraint();
        if (constraint != null) {
            once(constraint, constraint.bytes());
        }
    }

    private void tokens(Set<Integer> tokens) {
        var set = TokenIdSet.of(tokens);
        once(set, set.bytes());
    }

    private void once(Object part, long size) {
        if (counted.add(part)) {
            bytes += size;
        }
    }
}
