package org.dlora.api.openai.call;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.served.VersionChoice;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.facts.CallPart;
import org.dlora.cluster.requests.ShadowRequest;
import org.dlora.cluster.requests.Submission;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.security.limits.Admission;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * A submitted call: the events of its sequences in one flux, each sequence's in order. Closing it
 * cancels the unfinished sequences. What it has used of the limits is settled with its last event,
 * or when it is closed.
 *
 * <p>Events arrive on replica threads, which must never wait. So they go into a queue without a
 * limit, which holds no more than the requested tokens. The client's thread takes them out.
 */
public final class RunningCall implements AutoCloseable {

    /** An event of the sequence {@code index}. */
    public record Emission(int index, GenerationEvent event) {}

    private final GenerationService service;
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final Sinks.Many<Emission> sink =
            Sinks.many().unicast().onBackpressureBuffer(new ConcurrentLinkedQueue<>());

    private final CallUsage usage;
    private final @Nullable CallTimes times;

    private RunningCall(GenerationService service, CallUsage usage, @Nullable CallTimes times) {
        this.service = service;
        this.usage = usage;
        this.times = times;
    }

    /**
     * Submits all sequences of a call, or none.
     *
     * @param admission of the call's limits, null if it has none
     */
    public static RunningCall submit(Call submitted, @Nullable Admission admission) {
        return submit(
                submitted.served().generation(),
                new CallUsage(admission, submitted),
                submitted.sequences(),
                submitted.arrival(),
                submitted.selected().choice(),
                submitted::shadow,
                submitted::part,
                submitted.times());
    }

    /** Submits the sequences of a call that arrived at {@code arrival}, or none. */
    public static RunningCall submit(
            GenerationService service, List<GenerationRequest> requests, Arrival arrival) {
        return submit(service, CallUsage.NONE, requests, arrival);
    }

    public static RunningCall submit(
            GenerationService service,
            CallUsage usage,
            List<GenerationRequest> requests,
            Arrival arrival) {
        return submit(
                service, usage, requests, arrival, null, _ -> null, _ -> CallPart.WHOLE, null);
    }

    private static RunningCall submit(
            GenerationService service,
            CallUsage usage,
            List<GenerationRequest> requests,
            Arrival arrival,
            @Nullable VersionChoice choice,
            IntFunction<@Nullable ShadowRequest> shadows,
            IntFunction<CallPart> parts,
            @Nullable CallTimes times) {
        var call = new RunningCall(service, usage, times);
        // All are open before the first can end, or the flux would complete too early.
        requests.forEach(request -> call.open.add(request.id()));
        try {
            service.submit(call.submissions(requests, arrival, choice, shadows, parts));
        } catch (RuntimeException e) {
            usage.refused();
            call.close();
            throw ApiException.refused(e);
        }
        return call;
    }

    private List<Submission> submissions(
            List<GenerationRequest> requests,
            Arrival arrival,
            @Nullable VersionChoice choice,
            IntFunction<@Nullable ShadowRequest> shadows,
            IntFunction<CallPart> parts) {
        return IntStream.range(0, requests.size())
                .mapToObj(i -> {
                    var request = requests.get(i);
                    return new Submission(
                            request,
                            listener(i, request.id()),
                            arrival,
                            choice,
                            shadows.apply(i),
                            parts.apply(i));
                })
                .toList();
    }

    private GenerationListener listener(int index, String id) {
        return new GenerationListener() {
            @Override
            public void on(GenerationEvent event) {
                publish(index, id, event);
            }

            @Override
            public void began(long nanos) {
                usage.began(index);
                if (times != null) {
                    times.began(nanos);
                }
            }
        };
    }

    // Sequences of one call may run on several replicas, but the sink wants one emitter at a time.
    // The lock is held for one offer.
    private synchronized void publish(int index, String id, GenerationEvent event) {
        usage.count(index, event);
        if (times != null) {
            times.on(event, System.nanoTime());
        }
        if (event.isLast()) {
            open.remove(id);
        }
        boolean hasEnded = open.isEmpty();
        if (hasEnded) {
            // Before the client learns of the end, and comes again.
            usage.settle();
        }
        sink.tryEmitNext(new Emission(index, event));
        if (hasEnded) {
            sink.tryEmitComplete();
        }
    }

    /** Returns the events of all sequences, for one subscriber, on {@code thread}. */
    public Flux<Emission> emissions(Scheduler thread) {
        return sink.asFlux().publishOn(thread);
    }

    @Override
    public void close() {
        open.forEach(service::cancel);
        usage.settle();
    }
}
