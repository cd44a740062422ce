package org.dlora.cluster.dispatch;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.residency.AdapterClient;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.cluster.residency.NoReplicaException;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dispatch of requests to replicas, by {@link ReplicaOutlooks}. A request of the base model goes to
 * a replica at once; one of an adapter waits in the replica's adapter memory until the adapter is
 * resident. A request that fails where it runs or waits is dispatched again, if another replica
 * could serve it by the failure's code. A draining replica gets requests only while no other one
 * takes any, so that none fails because of a drain.
 */
public final class RequestDispatch implements LiveRequest.Rescue {
    private static final Logger log = LoggerFactory.getLogger(RequestDispatch.class);

    /** Failures between two tokens after which a request is still continued. */
    private static final int MAX_FAILURES = 3;

    private final ReplicaPool pool;
    private final ReplicaOutlooks outlooks;
    private final Consumer<ReplicaRef> arrived;
    private final DispatchLog decisions = new DispatchLog();
    private volatile boolean stopped;

    /**
     * Rest of a request that goes on elsewhere.
     *
     * @param replicas to which it does not go
     * @param use of its adapter in another memory, which lasts until the adapter is where it goes,
     *     as it may be copied from there
     * @param source of its adapter in the memory where it waited, which forgets a retired one when
     *     the wait has ended; empty if a memory knows the adapter
     */
    private record Departure(
            Set<ReplicaRef> replicas, AdapterUse use, Optional<RegisteredAdapter> source) {
        static final Departure NONE = of(Set.of());

        static Departure of(Set<ReplicaRef> replicas) {
            return new Departure(replicas, AdapterUse.NONE, Optional.empty());
        }

        Departure from(Set<ReplicaRef> others) {
            return new Departure(others, use, source);
        }
    }

    /**
     * @param arrived is told of each replica that gets a request, under locks; must return at once
     */
    public RequestDispatch(
            ReplicaPool pool, ReplicaOutlooks outlooks, Consumer<ReplicaRef> arrived) {
        this.pool = pool;
        this.arrived = arrived;
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
     * @throws NoReplicaException if no replica serves
     */
    public void dispatch(LiveRequest live) {
        dispatch(live, Departure.NONE);
    }

    private void dispatch(LiveRequest live, Departure left) {
        var replica = choose(live, pool.acceptingOrDraining(pool.all(), left.replicas()));
        outlooks.expected(live, replica);
        if (live.request().adapter().isBase()) {
            start(live, replica, AdapterUse.NONE);
            return;
        }
        replica.check(live.request());
        live.await(replica);
        var memory = pool.memory(replica);
        var source = source(live).or(left::source);
        var adapter = live.request().adapter().toString();
        var waiting =
                new Departure(left.replicas(), left.use(), source.or(() -> memory.source(adapter)));
        var client = client(live, replica, waiting);
        try {
            if (source.isPresent()) {
                memory.readmit(client, source.get());
            } else {
                memory.admit(client);
            }
        } catch (NoReplicaException _) {
            // It has failed since it was chosen; the choice ends when none is left.
            var others = new HashSet<>(left.replicas());
            others.addAll(memory.replicas());
            dispatch(live, new Departure(others, left.use(), source));
        }
    }

    /** Returns the source of the adapter of a request that has failed, which a memory knows. */
    private Optional<RegisteredAdapter> source(LiveRequest live) {
        return live.failures() == 0
                ? Optional.empty()
                : pool.source(live.request().adapter().toString());
    }

    private ReplicaRef choose(LiveRequest live, List<ReplicaRef> offered) {
        return choose(live, offered, null);
    }

    /**
     * Chooses a replica and logs the decision.
     *
     * @param before replica that was chosen and logged already; choosing it again is no news
     */
    private ReplicaRef choose(
            LiveRequest live, List<ReplicaRef> offered, @Nullable ReplicaRef before) {
        if (offered.isEmpty()) {
            throw new NoReplicaException();
        }
        var decision = outlooks.choose(live, offered);
        var chosen = decision.replica().map(pool::find);
        if (before != null && chosen.filter(before::equals).isPresent()) {
            return before;
        }
        decisions.add(live, decision);
        if (log.isDebugEnabled()) {
            decision.reasons()
                    .forEach((id, why) ->
                            log.debug("Request {}: replica {} {}", live.id(), id, why));
        }
        // An adapter that fits nowhere is refused by a memory, in words.
        return chosen.orElseGet(offered::getFirst);
    }

    private void start(LiveRequest live, ReplicaRef replica, AdapterUse use) {
        live.start(replica, use);
        outlooks.sent(live, replica);
        arrived.accept(replica);
    }

    /**
     * @param before replica that was chosen; the request waits in its memory
     */
    private AdapterClient client(LiveRequest live, ReplicaRef before, Departure left) {
        var memory = pool.memory(before);
        return new AdapterClient() {
            @Override
            public GenerationRequest request() {
                return live.request();
            }

            @Override
            public void granted(AdapterUse use) {
                var offered = pool.acceptingOrDraining(use.replicas(), left.replicas());
                start(live, choose(live, offered, before), use);
                closeElsewhere(left.use());
            }

            @Override
            public void failed(Failed event) {
                if (event.code().retryElsewhere()) {
                    live.failedToStart();
                    goOn(live, left.from(failedFor(event)), event);
                } else {
                    closeElsewhere(left.use());
                    live.end(event);
                }
            }

            private Set<ReplicaRef> failedFor(Failed event) {
                return switch (event.code()) {
                    case ADAPTER_NOT_LOADED -> Set.copyOf(memory.replicas());
                    case ADAPTER_TOO_LARGE -> {
                        var all = new HashSet<>(left.replicas());
                        all.addAll(memory.replicas());
                        yield all;
                    }
                    // Replicas that have failed may serve again by now.
                    default -> Set.of();
                };
            }

            @Override
            public void cancelled() {
                closeElsewhere(left.use());
                int prompt = live.request().prompt().length;
                var usage = new SequenceUsage(prompt, 0, live.outputTokens(), 0, StepCounts.NONE);
                live.end(new Finished(FinishReason.CANCELLED, "", null, usage));
            }
        };
    }

    /** Ends a use on a thread of its own, as the caller may have the lock of another memory. */
    private static void closeElsewhere(AdapterUse use) {
        if (use != AdapterUse.NONE) {
            Thread.ofVirtual().name("adapter-use").start(use::close);
        }
    }

    @Override
    public void rescue(LiveRequest live, ReplicaRef failed, Failed failure) {
        goOn(live, Departure.of(Set.of(failed)), failure);
    }

    /**
     * Continues a request on other replicas than those where it has failed, or ends it. Where all
     * replicas are among these, and serve, the failure is the request's own. Takes locks of adapter
     * memories.
     */
    private void goOn(LiveRequest live, Departure left, Failed failure) {
        var failed = left.replicas();
        boolean isAlone =
                failed.containsAll(pool.all()) && failed.stream().anyMatch(ReplicaRef::isServing);
        if (stopped || isAlone) {
            closeElsewhere(left.use());
            live.end(failure);
            return;
        }
        if (live.failures() > MAX_FAILURES) {
            closeElsewhere(left.use());
            var words = "it has failed %d times in a row".formatted(live.failures());
            live.end(nowhere(failure, words));
            return;
        }
        try {
            var except = avoided(live, failed);
            var beside = beside(live, except);
            if (beside.isEmpty()) {
                dispatchElsewhere(live, left.from(except));
            } else {
                start(live, choose(live, beside), live.use());
            }
        } catch (IllegalStateException | IllegalArgumentException e) {
            live.end(nowhere(failure, String.valueOf(e.getMessage())));
        }
    }

    private void dispatchElsewhere(LiveRequest live, Departure before) {
        var use = live.leaveMemory();
        var left =
                use == AdapterUse.NONE
                        ? before
                        : new Departure(before.replicas(), use, before.source());
        try {
            dispatch(live, left);
        } catch (RuntimeException | Error e) {
            closeElsewhere(left.use());
            throw e;
        }
    }

    /**
     * Returns the replicas of its memory that a request may go to: draining ones only if no replica
     * of any memory takes requests.
     */
    private List<ReplicaRef> beside(LiveRequest live, Set<ReplicaRef> except) {
        var replicas = live.use().replicas();
        return pool.accepting(pool.all(), except).isEmpty()
                ? pool.acceptingOrDraining(replicas, except)
                : pool.accepting(replicas, except);
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
