package org.dlora.catalogue.shadow;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.dlora.catalogue.accounts.TokenAccounts.Reservation;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.cluster.facts.ShadowOutcome;
import org.dlora.cluster.requests.RequestShadows.Shadow;
import org.dlora.cluster.requests.ShadowRequest;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a shadow beside a client's request. It listens to both, and tells the comparison once
 * both have ended, or that the shadow was dropped. It gives its place up when requests of clients
 * wait, or need the rows of its prefill, and ends with the client's request. Thread-safe.
 *
 * <p>Events of the client come under the lock of its request, so {@link #client} takes no lock of
 * an adapter memory.
 */
final class ShadowRun implements GenerationListener, Shadow {
    private static final Logger log = LoggerFactory.getLogger(ShadowRun.class);

    /** Tokens that a shadow may have beyond the client's answer once that has ended. */
    static final int SLACK = 16;

    /** Tokens of a shadow, each from a step, through which requests may wait. */
    static final int PATIENCE = 4;

    private static final double KV_FULL = 0.95;

    private final String request;
    private final ShadowRequest wanted;
    private final Starter starter;
    private final Consumer<ShadowFacts> told;
    private final Consumer<ShadowRun> gone;
    private final Predicate<ShadowRun> isInTheWay;
    private final ShadowComparison comparison = new ShadowComparison();
    private AdapterUse use = AdapterUse.NONE;
    private @Nullable ReplicaRef replica;
    private @Nullable ShadowOutcome outcome;
    private @Nullable Runnable onceClientRuns;
    private boolean clientEnded;
    private boolean shadowEnded;
    private boolean isInPrefill = true;
    private volatile boolean hasBegun;
    private Reservation reserved = Reservation.NONE;

    /** Whether rows of the prompt were computed, so that the run costs tokens. */
    private boolean isComputed;

    private int busySteps;

    /** Starter of runs. */
    @FunctionalInterface
    interface Starter {
        /** Starts a run; see {@link Shadow#begin}. */
        void begin(ShadowRun run, GenerationRequest client, @Nullable ReplicaRef replica);
    }

    /**
     * @param request id of the client's request
     * @param told is told of the outcome, once
     * @param gone is told when its replica has ended it
     * @param isInTheWay whether its prefill takes rows from others. Takes no lock of an adapter
     *     memory
     */
    ShadowRun(
            String request,
            ShadowRequest wanted,
            Starter starter,
            Consumer<ShadowFacts> told,
            Consumer<ShadowRun> gone,
            Predicate<ShadowRun> isInTheWay) {
        this.gone = gone;
        this.isInTheWay = isInTheWay;
        this.request = request;
        this.wanted = wanted;
        this.starter = starter;
        this.told = told;
    }

    @Override
    public void begin(GenerationRequest client, @Nullable ReplicaRef on) {
        starter.begin(this, client, on);
    }

    /** Returns the id of the shadow's request. */
    String id() {
        return request + "-shadow";
    }

    ShadowRequest wanted() {
        return wanted;
    }

    /** Notes the replica that is about to get it, and the use of its adapter, which it closes. */
    synchronized void runsOn(ReplicaRef chosen, AdapterUse granted) {
        replica = chosen;
        use = granted;
    }

    /** Notes the tokens that it may take, which it settles. */
    synchronized void paidFrom(Reservation paid) {
        reserved = paid;
    }

    /** Pays for the tokens that were computed, and gives back the rest of the reservation; once. */
    void settle() {
        Reservation paid;
        long used;
        synchronized (this) {
            paid = reserved;
            reserved = Reservation.NONE;
            used = isComputed ? (long) wanted.prompt().length + comparison.shadowTokens() : 0;
        }
        paid.settle(used);
    }

    /** Notes a failure. A run that fails before its first token costs nothing, as a call does. */
    private void failed() {
        isComputed = comparison.shadowTokens() > 0;
    }

    @Override
    public synchronized void began(long nanos) {
        isComputed = true;
    }

    /** Returns whether its replica has told nothing of it yet. */
    boolean isWaiting() {
        return !hasBegun;
    }

    /** Returns whether it has an outcome. */
    synchronized boolean isClosed() {
        return outcome != null;
    }

    /** Returns whether the client's request has ended. */
    synchronized boolean hasClientEnded() {
        return clientEnded;
    }

    /** Returns whether a replica has it. */
    synchronized boolean isOn(ReplicaRef other) {
        return !shadowEnded && other.equals(replica);
    }

    /** Returns whether it has no token yet, or none since it lost its KV blocks. */
    synchronized boolean isInPrefill() {
        return isInPrefill;
    }

    /** Returns the rows that its next token needs at most; those of a prefill count whole. */
    synchronized int nextRows() {
        return isInPrefill ? wanted.prompt().length + comparison.shadowTokens() : 1;
    }

    /** Returns the replica that has it; null if none does. */
    synchronized @Nullable ReplicaRef replica() {
        return shadowEnded ? null : replica;
    }

    /**
     * Has it start once the prefill of the client's request is done.
     *
     * @return false if that is done already
     */
    synchronized boolean startOnceClientRuns(Runnable start) {
        if (clientEnded || comparison.clientTokens() > 0) {
            return false;
        }
        onceClientRuns = start;
        return true;
    }

    /** Gives its place up if its prefill takes rows from others. */
    void giveWay() {
        if (replica() != null && isInPrefill() && isInTheWay.test(this)) {
            close(ShadowOutcome.YIELDED);
        }
    }

    @Override
    public GenerationListener after(GenerationListener client) {
        return new GenerationListener() {
            @Override
            public void on(GenerationEvent event) {
                try {
                    client.on(event);
                } finally {
                    heard(event);
                }
            }

            @Override
            public void began(long nanos) {
                client.began(nanos);
            }
        };
    }

    private void heard(GenerationEvent event) {
        try {
            client(event);
        } catch (RuntimeException | Error e) {
            log.warn("The shadow of request {} failed", request, e);
        }
    }

    private void client(GenerationEvent event) {
        ShadowOutcome end = null;
        Runnable start = null;
        synchronized (this) {
            if (outcome != null) {
                return;
            }
            switch (event) {
                case Token token -> comparison.client(token);
                case Finished finished -> {
                    clientEnded = true;
                    if (finished.reason() == FinishReason.CANCELLED) {
                        end = ShadowOutcome.CLIENT_ENDED;
                    } else if (shadowEnded) {
                        end = ShadowOutcome.COMPARED;
                    }
                }
                case Failed _ -> end = ShadowOutcome.CLIENT_ENDED;
                case Prompt _ -> {}
            }
            if (end == null && !(event instanceof Prompt)) {
                start = onceClientRuns;
                onceClientRuns = null;
            }
        }
        close(end);
        giveWay();
        if (start != null) {
            // Elsewhere, as it takes the lock of an adapter memory.
            Thread.ofVirtual().name("shadow").start(start);
        }
    }

    /** Takes an event of the shadow's request. */
    @Override
    public void on(GenerationEvent event) {
        hasBegun = true;
        ShadowOutcome end = null;
        var left = AdapterUse.NONE;
        synchronized (this) {
            switch (event) {
                case Token token -> {
                    comparison.shadow(token);
                    isComputed = true;
                    isInPrefill = false;
                    end = afterToken();
                }
                case Finished finished -> {
                    shadowEnded = true;
                    if (finished.reason() == FinishReason.CANCELLED) {
                        end = ShadowOutcome.FAILED;
                    } else if (clientEnded) {
                        end = ShadowOutcome.COMPARED;
                    }
                }
                case Failed _ -> {
                    shadowEnded = true;
                    failed();
                    end = ShadowOutcome.FAILED;
                }
                case Prompt _ -> {}
            }
            if (shadowEnded) {
                left = use;
                use = AdapterUse.NONE;
            }
        }
        if (event.isLast()) {
            settle();
        }
        close(end);
        left.close();
        if (event.isLast()) {
            gone.accept(this);
        }
    }

    @Override
    public void preempted() {
        synchronized (this) {
            isInPrefill = true;
        }
        giveWay();
    }

    /** Ends it if it runs on a replica that has failed, and may tell nothing more. */
    void lost(ReplicaRef failed) {
        AdapterUse left;
        synchronized (this) {
            if (shadowEnded || !failed.equals(replica)) {
                return;
            }
            shadowEnded = true;
            failed();
            left = use;
            use = AdapterUse.NONE;
        }
        settle();
        close(ShadowOutcome.FAILED);
        left.close();
        gone.accept(this);
    }

    private @Nullable ShadowOutcome afterToken() {
        if (clientEnded && comparison.shadowTokens() >= comparison.clientTokens() + SLACK) {
            return ShadowOutcome.CUT;
        }
        busySteps = isBusy() ? busySteps + 1 : 0;
        return busySteps >= PATIENCE ? ShadowOutcome.YIELDED : null;
    }

    private boolean isBusy() {
        var running = replica;
        if (running == null) {
            return false;
        }
        var load = running.load();
        return load.waiting() > 0 || load.kvUsage() > KV_FULL;
    }

    /** Ends it without a comparison, unless it has an outcome. No replica has it. */
    void drop(ShadowOutcome why) {
        settle();
        close(why);
    }

    /** Tells the outcome once, and ends the shadow's request if it runs. */
    private void close(@Nullable ShadowOutcome end) {
        ReplicaRef running;
        synchronized (this) {
            if (end == null || outcome != null) {
                return;
            }
            outcome = end;
            running = shadowEnded ? null : replica;
        }
        if (running != null) {
            running.cancel(id());
        }
        told.accept(facts(end));
    }

    private synchronized ShadowFacts facts(ShadowOutcome end) {
        return comparison.facts(request, wanted, end);
    }
}
