package org.dlora.console.firstrun;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.dlora.catalogue.served.VersionChoice;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.requests.Submission;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.security.Access;

/** Requests of the demo traffic, and what became of them. Thread-safe. */
final class DemoRequests {
    /** Name of the end user in the history. */
    static final String USER = "demo-traffic";

    /** Begin of the requests' ids. */
    static final String PREFIX = "demo-";

    /** Tokens of an answer: long enough to see it run. */
    private static final int OUTPUT_TOKENS = 128;

    private final GenerationService service;
    private final Function<String, Optional<VersionChoice>> versions;
    private final int[] prompt;
    private final int outputTokens;
    private final Access access;
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();

    /**
     * @param versions chooses the version of a request by the adapter's name, as its route says
     * @param prompt token ids
     * @param maxLength tokens of prompt and answer at most
     * @param access of the one who began the traffic
     */
    DemoRequests(
            GenerationService service,
            Function<String, Optional<VersionChoice>> versions,
            int[] prompt,
            int maxLength,
            Access access) {
        this.service = service;
        this.versions = versions;
        this.prompt = prompt.clone();
        outputTokens = Math.clamp(maxLength - prompt.length, 1, OUTPUT_TOKENS);
        this.access = access;
    }

    /** Sends one. One that is refused counts as failed. */
    void send(String adapter) {
        var id = PREFIX + UUID.randomUUID().toString().replace("-", "");
        var request =
                new GenerationRequest(
                        id,
                        AdapterRef.of(adapter),
                        prompt,
                        SamplingParams.GREEDY,
                        // The demo's answers end early otherwise.
                        new StopConditions(outputTokens, 0, true, Set.of(), List.of(), false),
                        -1,
                        -1,
                        true);
        var arrival =
                Arrival.now(Clock.systemUTC(), USER)
                        .by(USER)
                        .with(access.keyId().orElse(null), access.teamName().orElse(null));
        open.add(id);
        sent.incrementAndGet();
        try {
            var version = versions.apply(adapter).orElse(null);
            service.submit(
                    List.of(new Submission(request, event -> heard(id, event), arrival, version)));
        } catch (RuntimeException _) {
            // A full queue, or an adapter that has gone.
            if (open.remove(id)) {
                failed.incrementAndGet();
            }
        }
    }

    private void heard(String id, GenerationEvent event) {
        if (event.isLast() && open.remove(id)) {
            var count =
                    switch (event) {
                        case Finished end when end.reason() == FinishReason.CANCELLED -> cancelled;
                        case Finished _ -> answered;
                        default -> failed;
                    };
            count.incrementAndGet();
        }
    }

    /** Ends those that have not ended. */
    void cancel() {
        open.forEach(service::cancel);
    }

    int sent() {
        return sent.get();
    }

    int answered() {
        return answered.get();
    }

    int failed() {
        return failed.get();
    }

    int cancelled() {
        return cancelled.get();
    }

    int inFlight() {
        return open.size();
    }
}
