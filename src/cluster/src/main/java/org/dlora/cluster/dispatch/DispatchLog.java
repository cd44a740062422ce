package org.dlora.cluster.dispatch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.scheduling.dispatch.DispatchDecision;

/** Log of the last decisions on the replicas of requests. Thread-safe. */
public final class DispatchLog {
    /** Decisions that are kept. */
    static final int SIZE = 256;

    private final Deque<DispatchRecord> last = new ArrayDeque<>();

    synchronized void add(LiveRequest live, DispatchDecision decision) {
        last.addLast(new DispatchRecord(live.id(), live.tracked().model(), decision));
        if (last.size() > SIZE) {
            last.removeFirst();
        }
    }

    /**
     * Returns the last decisions, the newest first.
     *
     * @param limit decisions at most
     */
    public synchronized List<DispatchRecord> last(int limit) {
        return last.reversed().stream().limit(limit).toList();
    }
}
