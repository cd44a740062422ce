package org.dlora.bench.profile;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;

/**
 * Makes a replica run steps of a wanted shape, by requests of random tokens. Listeners hear of a
 * step while the next one may already run.
 */
final class StepDriver {
    private final ReplicaRef replica;
    private final StepRecorder recorder;
    private final ProfileShape shape;
    private final int vocabSize;
    private final SplittableRandom random = new SplittableRandom(1);
    private int requests;

    StepDriver(ReplicaRef replica, StepRecorder recorder, ProfileShape shape, int vocabSize) {
        this.replica = replica;
        this.recorder = recorder;
        this.shape = shape;
        this.vocabSize = vocabSize;
    }

    /** Records {@code steps} prefill steps of one prompt each, one right after the other. */
    void prefill(int steps) {
        recorder.start(shape.promptTokens());
        var end = new CompletableFuture<Void>();
        // The step after the last ends it, so one more is run.
        prefill(steps + 1, end);
        await(end);
        recorder.stop();
    }

    private void prefill(int steps, CompletableFuture<Void> end) {
        if (steps == 0) {
            end.complete(null);
            return;
        }
        replica.submit(request(1), new Progress(() -> {}, () -> prefill(steps - 1, end), end));
    }

    /** Records the decode steps in which all sequences take part. */
    void decode() {
        var begun = new AtomicInteger();
        var ends =
                IntStream.range(0, shape.batch())
                        .mapToObj(_ -> decode(begun))
                        .toArray(CompletableFuture<?>[]::new);
        await(CompletableFuture.allOf(ends));
    }

    private CompletableFuture<Void> decode(AtomicInteger begun) {
        var end = new CompletableFuture<Void>();
        Runnable first =
                () -> {
                    if (begun.incrementAndGet() == shape.batch()) {
                        recorder.start(shape.batch());
                    }
                };
        Runnable last =
                () -> {
                    recorder.stop();
                    end.complete(null);
                };
        replica.submit(request(shape.decodedTokens()), new Progress(first, last, end));
        return end;
    }

    private static void await(CompletableFuture<Void> end) {
        try {
            end.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("A step failed", e.getCause());
        }
    }

    private GenerationRequest request(int outputTokens) {
        int number = requests++;
        var adapters = shape.adapters();
        return new GenerationRequest(
                "profile-" + number,
                adapters.isEmpty()
                        ? AdapterRef.base()
                        : AdapterRef.of(adapters.get(number % adapters.size())),
                random.ints(shape.promptTokens(), 0, vocabSize).toArray(),
                SamplingParams.GREEDY,
                new StopConditions(outputTokens, outputTokens, true, Set.of(), List.of(), false),
                -1,
                -1,
                false);
    }

    /** Listener for a sequence's first token and its end. */
    private static final class Progress implements GenerationListener {
        private final Runnable first;
        private final Runnable last;
        private final CompletableFuture<Void> failure;
        private boolean hasToken;

        Progress(Runnable first, Runnable last, CompletableFuture<Void> failure) {
            this.first = first;
            this.last = last;
            this.failure = failure;
        }

        @Override
        public void on(GenerationEvent event) {
            switch (event) {
                case GenerationEvent.Token _ when !hasToken -> {
                    hasToken = true;
                    first.run();
                }
                case GenerationEvent.Token _, GenerationEvent.Prompt _ -> {}
                case GenerationEvent.Finished _ -> last.run();
                case GenerationEvent.Failed failed ->
                        failure.completeExceptionally(new IllegalStateException(failed.message()));
            }
        }
    }
}
