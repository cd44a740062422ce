package org.dlora.cluster.dispatch;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.dlora.cluster.requests.AnswerLengths;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.engine.ReplicaRef;
import org.dlora.scheduling.dispatch.ReplicaWork;

/**
 * Table of the replicas' unfinished work. Where requests are many it is counted anew after some
 * milliseconds only, and has the requests that were sent since; so a choice costs little however
 * many there are. Thread-safe.
 */
final class WorkTable {
    private static final long MAX_AGE = TimeUnit.MILLISECONDS.toNanos(20);

    /** Requests up to which the work is counted each time, in some 20 µs. */
    private static final int FEW = 256;

    private final LiveRequests requests;
    private final AnswerLengths lengths;
    private Map<ReplicaRef, ReplicaWork> counted = new HashMap<>();
    private long countedAt = System.nanoTime() - MAX_AGE;

    WorkTable(LiveRequests requests, AnswerLengths lengths) {
        this.requests = requests;
        this.lengths = lengths;
    }

    /** Returns the work of each replica that has some, but for that of {@code except}. */
    synchronized Map<ReplicaRef, ReplicaWork> without(LiveRequest except) {
        if (requests.size() <= FEW || System.nanoTime() - countedAt >= MAX_AGE) {
            counted = new HashMap<>();
            for (var live : requests.all()) {
                var owner = live.owner();
                var replica = owner == null ? live.awaited() : owner;
                if (replica != null && !live.equals(except)) {
                    add(live, replica, owner == null);
                }
            }
            countedAt = System.nanoTime();
        }
        var copies = new HashMap<ReplicaRef, ReplicaWork>();
        counted.forEach((replica, work) -> copies.put(replica, work.copy()));
        return copies;
    }

    /**
     * Notes that a request goes to a replica.
     *
     * @param isAwaited whether it waits for its adapter first
     */
    synchronized void sent(LiveRequest live, ReplicaRef replica, boolean isAwaited) {
        add(live, replica, isAwaited);
    }

    private void add(LiveRequest live, ReplicaRef replica, boolean isAwaited) {
        var request = live.request();
        int output = live.outputTokens();
        counted.computeIfAbsent(replica, _ -> new ReplicaWork())
                .add(
                        request.adapter(),
                        request.prompt().length,
                        output,
                        output == 0 ? lengths.mean(request) : lengths.remaining(request, output),
                        isAwaited);
    }
}
