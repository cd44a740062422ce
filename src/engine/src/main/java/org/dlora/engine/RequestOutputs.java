package org.dlora.engine;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.engine.step.RequestOutput;
import org.dlora.replica.ReplicaEvent;

/**
 * The outputs of a replica's unfinished requests by request id. The output of an exported sequence
 * is kept until the sequence comes back or is released.
 */
final class RequestOutputs {
    private final Map<String, RequestOutput> running = new ConcurrentHashMap<>();
    private final Map<String, RequestOutput> exported = new ConcurrentHashMap<>();

    /** Returns the outputs of the requests that steps compute, as they are at any time. */
    Map<String, RequestOutput> running() {
        return Collections.unmodifiableMap(running);
    }

    boolean has(String request) {
        return running.containsKey(request);
    }

    void add(String request, RequestOutput output) {
        running.put(request, output);
        exported.remove(request);
    }

    void remove(String request) {
        running.remove(request);
    }

    /** Notes that a request has moved. */
    void moved(ReplicaEvent.Move move) {
        if (move instanceof ReplicaEvent.Exported) {
            var output = running.remove(move.request());
            if (output != null) {
                exported.put(move.request(), output);
            }
        }
    }

    /** Notes that an exported request comes back. */
    void resume(String request) {
        var output = exported.remove(request);
        if (output != null) {
            running.put(request, output);
        }
    }

    /** Forgets an exported request, which runs elsewhere. */
    void release(String request) {
        exported.remove(request);
    }

    /** Forgets all requests and returns those that were unfinished here. */
    List<String> clear() {
        exported.clear();
        var ids = List.copyOf(running.keySet());
        running.clear();
        return ids;
    }
}
