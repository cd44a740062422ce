package org.dlora.cluster.dispatch;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.residency.AdapterClient;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.cluster.residency.NoReplicaException;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.FailureCode;
import org.dlora.replica.FinishReason;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationEvent.Finished;
import org.dlora.replica.GenerationRequest;
import org.dlora.replica.SequenceUsage;
import org.dlora.replica.StepCounts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dispatch of requests to replicas, by {@link ReplicaOutlooks}. A request of the base model goes to
 * a replica at once; one of an adapter waits in the replica's adapter memory until the adapter is
 * resident. A request that fails where it runs or waits is dispatched again, if another replica
 * could serve it by the failure's code.
 */
public final class RequestDispatch implements LiveRequest.Rescue {
    private static final Logger log = LoggerFactory.getLogger(RequestDispatch.class);

    /** Failures between two tokens of a request after which it is not continued. */
    private static final int MAX_FAILURES = 3;

    private final ReplicaPool pool;
    private final ReplicaOutlooks outlooks;
    private final DispatchLog decisions = new DispatchLog();
    private volatile boolean stopped;

    public RequestDispatch(ReplicaPool pool, ReplicaOutlooks outlooks) {
        this.pool = pool;
        this.outlooks = outlooks;
    }

    /** Returns the last decisions. */
    public DispatchLog decisions() {
        return decisions;
    }

    /** Continues no more requests whose replicas end. */
    public void stop() {
        stopped = true;
    }

    /**
     * Gives a request to a replica.
     *
     * @throws IllegalArgumentException if the request can never be served
     * @throws NoReplicaException if no replica takes requests
     */
    public void dispatch(LiveRequest live) {
        dispatch(live, Set.of());
    }

    private void dispatch(LiveRequest live, Set<ReplicaRef> except) {
        var replica = choose(live, pool.all(), except);
        outlooks.expected(live, replica);
        if (live.request().adapter().isBase()) {
            start(live, replica, AdapterUse.NONE);
            return;
        }
        replica.check(live.request());
        live.await(replica);
        var memory = pool.memory(replica);
        try {
            memory.admit(client(live, memory, except));
        } catch (NoReplicaException _) {
            // It has failed since it was chosen; the choice ends when none is left.
            var others = new HashSet<>(except);
            others.addAll(memory.replicas());
            dispatch(live, others);
        }
    }

    private ReplicaRef choose(LiveRequest live, List<ReplicaRef> some, Set<ReplicaRef> except) {
        var accepting = pool.accepting(some, except);
        if (accepting.isEmpty()) {
            throw new NoReplicaException();
        }
        var decision = outlooks.choose(live, accepting);
        decisions.add(live, decision);
        if (log.isDebugEnabled()) {
            decision.reasons()
                    .forEach((id, why) ->
                            log.debug("Request {}: replica {} {}", live.id(), id, why));
        }
        // An adapter that fits nowhere is refused by a memory, in words.
        return decision.replica().map(pool::find).orElseGet(accepting::getFirst);
    }

    /**
     * Returns the replica for a request whose adapter was granted. That is a draining one where no
     * other replica of its memory takes requests, so that no request fails because of a drain.
     */
    private ReplicaRef chooseGranted(LiveRequest live, AdapterUse use, Set<ReplicaRef> except) {
        if (!pool.accepting(use.replicas(), except).isEmpty()) {
            return choose(live, use.replicas(), except);
        }
        return use.replicas().stream()
                .filter(replica -> replica.isServing() && !except.contains(replica))
                .findFirst()
                .orElseThrow(NoReplicaException::new);
    }

    private void start(LiveRequest live, ReplicaRef replica, AdapterUse use) {
        live.start(replica, use);
        outlooks.sent(live, replica);
    }

    private AdapterClient client(LiveRequest live, AdapterMemory memory, Set<ReplicaRef> except) {
        return new AdapterClient() {
            @Override
            public GenerationRequest request() {
                return live.request();
            }

            @Override
            public void granted(AdapterUse use) {
                start(live, chooseGranted(live, use, except), use);
            }

            @Override
            public void failed(Failed event) {
                if (event.code().retryElsewhere()) {
                    live.failedToStart();
                    // Replicas that have failed may serve again by now.
                    boolean isOfMemory = event.code() == FailureCode.ADAPTER_NOT_LOADED;
                    goOn(live, isOfMemory ? Set.copyOf(memory.replicas()) : Set.of(), event);
                } else {
                    live.end(event);
                }
            }

            @Override
            public void cancelled() {
                int prompt = live.request().prompt().length;
                var usage = new SequenceUsage(prompt, 0, live.outputTokens(), 0, StepCounts.NONE);
                live.end(new Finished(FinishReason.CANCELLED, "", null, usage));
            }
        };
    }

    @Override
    public void rescue(LiveRequest live, ReplicaRef failed, Failed failure) {
        goOn(live, Set.of(failed), failure);
    }

    /**
     * Continues a request on other replicas than those where it has failed, or ends it. Where all
     * replicas are among these, and serve, the failure is the request's own. Takes locks of adapter
     * memories.
     */
    private void goOn(LiveRequest live, Set<ReplicaRef> left, Failed failure) {
        boolean isAlone =
                left.containsAll(pool.all()) && left.stream().anyMatch(ReplicaRef::isServing);
        if (stopped || isAlone) {
            live.end(failure);
            return;
        }
        if (live.failures() > MAX_FAILURES) {
            var words = "it has failed %d times in a row".formatted(live.failures());
            live.end(nowhere(failure, words));
            return;
        }
        try {
            var except = avoided(live, left);
            var beside = pool.accepting(live.use().replicas(), except);
            if (beside.isEmpty()) {
                live.leaveMemory();
                dispatch(live, except);
            } else {
                start(live, choose(live, beside, except), live.use());
            }
        } catch (IllegalStateException | IllegalArgumentException e) {
            live.end(nowhere(failure, String.valueOf(e.getMessage())));
        }
    }

    /** Returns the end of a request that cannot go on now; its client should try again. */
    private static Failed nowhere(Failed failure, String why) {
        return new Failed(
                FailureCode.NO_REPLICA,
                "%s. The request could not be continued: %s"
                        .formatted(
                                failure.code() == FailureCode.SHUTTING_DOWN
                                        ? "Its replica has ended"
                                        : failure.message(),
                                why),
                failure.usage());
    }

    /**
     * Returns the replicas to which a request does not go: those that it leaves, and all where it
     * has failed since its last token, while others take requests. Replicas whose steps fail are
     * empty, so dispatch would choose them again and again.
     */
    private Set<ReplicaRef> avoided(LiveRequest live, Set<ReplicaRef> left) {
        var all = new HashSet<>(left);
        all.addAll(live.failedOn());
        return pool.accepting(pool.all(), all).isEmpty() ? left : all;
    }
}
