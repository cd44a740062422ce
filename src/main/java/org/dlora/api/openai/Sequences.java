package org.dlora.api.openai;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.NoSuchAdapterException;
import org.dlora.cluster.QueueFullException;
import org.dlora.cluster.Submission;
import org.dlora.replica.GenerationEvent;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationEvent.Finished;
import org.dlora.replica.GenerationRequest;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * The sequences of one call, running: their events in one flux, each in its own order. Closing it
 * cancels what has not ended.
 *
 * <p>Events arrive on replica threads, which must never wait: they are put into an unbounded queue
 * (bounded by the tokens asked for) and go on from the client's.
 */
final class Sequences implements AutoCloseable {

    /** An event of the sequence {@code index}. */
    record Step(int index, GenerationEvent event) {}

    private final GenerationService service;
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final Sinks.Many<Step> sink =
            Sinks.many().unicast().onBackpressureBuffer(new ConcurrentLinkedQueue<>());

    private Sequences(GenerationService service) {
        this.service = service;
    }

    /** Submits all of {@code requests}, or none. */
    static Sequences submit(GenerationService service, List<GenerationRequest> requests) {
        var sequences = new Sequences(service);
        // All are open before the first can end, or the flux would complete too early.
        requests.forEach(request -> sequences.open.add(request.id()));
        try {
            service.submit(sequences.submissions(requests));
        } catch (QueueFullException e) {
            sequences.close();
            throw ApiException.queueFull(String.valueOf(e.getMessage()));
        } catch (NoSuchAdapterException e) {
            sequences.close();
            throw ApiException.noSuchModel(e.getMessage() + ", or not any more.");
        } catch (IllegalStateException e) {
            sequences.close();
            throw ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            sequences.close();
            throw ApiException.invalid(null, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            sequences.close();
            throw e;
        }
        return sequences;
    }

    private List<Submission> submissions(List<GenerationRequest> requests) {
        return IntStream.range(0, requests.size())
                .mapToObj(i -> submission(i, requests.get(i)))
                .toList();
    }

    private Submission submission(int index, GenerationRequest request) {
        return new Submission(request, event -> publish(index, request.id(), event));
    }

    // Sequences of one call may run on several replicas; the sink wants one emitter at a time. What
    // is done inside is one offer.
    private synchronized void publish(int index, String id, GenerationEvent event) {
        sink.tryEmitNext(new Step(index, event));
        if (event instanceof Finished || event instanceof Failed) {
            open.remove(id);
            if (open.isEmpty()) {
                sink.tryEmitComplete();
            }
        }
    }

    /** For one subscriber, on {@code thread}. */
    Flux<Step> steps(Scheduler thread) {
        return sink.asFlux().publishOn(thread);
    }

    @Override
    public void close() {
        open.forEach(service::cancel);
    }
}
