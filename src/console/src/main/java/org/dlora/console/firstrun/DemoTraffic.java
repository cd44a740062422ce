package org.dlora.console.firstrun;

import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.dlora.api.web.ApiException;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** The demo traffic, of which one run goes on at most. It ends with the server. Thread-safe. */
@Component
final class DemoTraffic implements ApplicationListener<ContextClosedEvent> {
    private static final String PROMPT = "The quick brown fox jumps over the dog";
    private static final long PATIENCE_SECONDS = 30;

    /** Adapters beside the hot one: more would be loaded for the demo alone. */
    private static final int MOST_OTHERS = 7;

    private final Administration administration;
    private final ClusterEvents events;
    private final InstantSource clock;
    private volatile @Nullable DemoRun last;
    private boolean closed;

    DemoTraffic(Administration administration, ClusterEvents events) {
        this.administration = administration;
        this.events = events;
        clock = events.clock();
    }

    /**
     * Begins a run.
     *
     * @return its plan
     * @throws ApiException if one runs, or if there are fewer than two adapters
     */
    synchronized DemoPlan start(Caller caller) {
        var actor = caller.name();
        var running = last;
        if (closed) {
            throw conflict("The server is shutting down.");
        }
        if (running != null && running.isRunning()) {
            throw conflict("Demo traffic runs already. Stop it first, or wait for its end.");
        }
        var scheduling = administration.scheduling();
        var plan = plan(caller);
        // All that may fail comes before the change of the policy.
        var requests =
                new DemoRequests(
                        administration.generation(),
                        name ->
                                administration
                                        .models()
                                        .catalogue()
                                        .choose(name, DemoRequests.USER, Math::random),
                        administration.models().base().tokenizer().encode(PROMPT, true),
                        administration.models().maxModelLength(),
                        caller.access());
        var moves = new DemoMoves(administration.replicas(), administration.migrations());
        var loan = PolicyLoan.begin(scheduling, events, actor);
        var run =
                new DemoRun(
                        actor,
                        plan,
                        requests,
                        moves,
                        loan,
                        events,
                        clock,
                        (stopped, time) -> stopped.await(time.toNanos(), TimeUnit.NANOSECONDS));
        var after = new LinkedHashMap<String, Object>();
        after.put("hot", plan.hot());
        after.put("adapters", plan.others().size() + 1);
        after.put("most_requests", DemoPlan.MOST_REQUESTS);
        after.put("most_seconds", DemoPlan.LENGTH.toSeconds());
        events.done(actor, "demo-traffic.begin", "all replicas", null, after);
        last = run;
        Thread.ofPlatform().name("demo-traffic").daemon().start(run);
        return plan;
    }

    private DemoPlan plan(Caller caller) {
        var names =
                administration.visible(caller.access()).stream()
                        .map(adapter -> adapter.name())
                        .toList();
        if (names.size() < 2) {
            throw conflict(
                    "Demo traffic needs at least two adapters, but %d can be used. Add one on the page Adapters first."
                            .formatted(names.size()));
        }
        var hot = mergeable().stream().filter(names::contains).findFirst();
        var first = hot.orElse(names.getFirst());
        var others = names.stream().filter(name -> !name.equals(first)).limit(MOST_OTHERS).toList();
        return new DemoPlan(first, others);
    }

    /** Lists the adapters that may be merged with others beside them, as far as is known. */
    private List<String> mergeable() {
        return administration.scheduling().adapters().stream()
                .filter(judged -> judged.verdict().rules().mixable())
                .map(JudgedAdapter::adapter)
                .map(adapter -> adapter.name())
                .toList();
    }

    private static ApiException conflict(String words) {
        return ApiException.of(HttpStatus.CONFLICT, words);
    }

    /**
     * Ends the run and waits until the policy is back.
     *
     * @param actor user who ends it, for the audit
     * @return how it ended; empty if none runs
     */
    Optional<DemoStatus> stop(String actor) {
        return stop(run -> run.stop(actor));
    }

    private Optional<DemoStatus> stop(Consumer<DemoRun> end) {
        DemoRun running;
        synchronized (this) { // Not while one begins.
            running = last;
        }
        if (running == null || !running.isRunning()) {
            return Optional.empty();
        }
        end.accept(running);
        try {
            var _ = running.done().await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return Optional.of(running.status());
    }

    /** Returns the run that goes on, or the last one; empty if there was none. */
    Optional<DemoStatus> status() {
        return Optional.ofNullable(last).map(DemoRun::status);
    }

    /** Ends the run before the replicas end. */
    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        synchronized (this) {
            closed = true;
        }
        var _ = stop(DemoRun::stop);
    }
}
