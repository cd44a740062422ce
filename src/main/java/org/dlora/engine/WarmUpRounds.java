package org.dlora.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.dlora.scheduling.BatchingPolicy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs rounds of real steps until a round's time stops falling: before C2 has compiled them,
 * kernels are hundreds of times slower. A round is a few waves of n sequences with n prompt tokens,
 * n growing, base and adapters mixed: prefills of several sizes, then decodes of n rows. On an
 * engine of its own, so no block, metric or id of the serving one is touched.
 */
final class WarmUpRounds {
    private static final Logger log = LoggerFactory.getLogger(WarmUpRounds.class);
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(8);
    private static final int OUTPUT_TOKENS = 16;
    private static final int LARGEST_WAVE = 64;

    /** A round that takes more than this share of the best one's time is no faster. */
    private static final double STEADY = 0.95;

    private static final int STEADY_ROUNDS = 3;

    private final ReplicaSettings settings;
    private final Engine engine;
    private final int vocabSize;
    private final List<@Nullable String> adapters = new ArrayList<>();
    private final long start = System.nanoTime();
    private int requests;
    private @Nullable String failure;

    WarmUpRounds(ReplicaSettings settings, ReplicaModel model, BatchingPolicy policy) {
        this.settings = settings;
        engine = new Engine(settings.withoutPrefixCache(), model, policy, EngineObserver.NONE);
        vocabSize = model.runner().vocabSize();
        adapters.add(null);
        adapters.addAll(model.adapters().keySet().stream().sorted().toList());
    }

    /**
     * Warms up for {@value #LIMIT_NANOS} ns at most.
     *
     * @throws IllegalStateException if a step fails
     */
    void run() {
        long best = Long.MAX_VALUE;
        int mostWaves = 0;
        int rounds = 0;
        for (int steady = 0; steady < STEADY_ROUNDS && remaining() > 0; rounds++) {
            long before = System.nanoTime();
            int waves = round();
            long time = System.nanoTime() - before;
            boolean faster = waves > mostWaves || time < STEADY * best;
            steady = faster ? 0 : steady + 1;
            best = waves > mostWaves ? time : Math.min(best, time);
            mostWaves = Math.max(mostWaves, waves);
        }
        engine.failAll("Warm-up ended", null);
        log.info(
                "Replica {} is warm after {} rounds in {} ms",
                settings.id(),
                rounds,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }

    /**
     * Runs waves as long as the next, up to 16 times as long, can be expected to end in time;
     * returns how many.
     */
    private int round() {
        int largest = Math.min(LARGEST_WAVE, settings.limits().maxBatch());
        int waves = 0;
        long time = 0;
        for (int n = 1; n <= largest && 16 * time < remaining(); n *= 4) {
            long before = System.nanoTime();
            wave(n);
            time = System.nanoTime() - before;
            waves++;
        }
        return waves;
    }

    private void wave(int sequences) {
        int outputs = Math.min(OUTPUT_TOKENS, settings.maxSequenceLength() - 1);
        int promptTokens = Math.min(sequences, settings.maxSequenceLength() - outputs);
        for (int i = 0; i < sequences; i++) {
            engine.submit(request(promptTokens, outputs), this::expectNoFailure);
        }
        while (!engine.isIdle() && remaining() > 0) {
            engine.step();
            if (failure != null) {
                throw new IllegalStateException(
                        "Warm-up of replica " + settings.id() + " failed: " + failure);
            }
        }
    }

    private GenerationRequest request(int promptTokens, int outputs) {
        var prompt = new int[promptTokens];
        Arrays.setAll(prompt, i -> (31 * requests + i) % vocabSize);
        var adapter = adapters.get(requests % adapters.size());
        var stop = new StopConditions(outputs, 0, true, Set.of(), List.of(), false);
        return new GenerationRequest(
                "warm-up-" + requests++,
                adapter,
                prompt,
                SamplingParams.GREEDY,
                stop,
                -1,
                -1,
                false);
    }

    private void expectNoFailure(GenerationEvent event) {
        if (event instanceof GenerationEvent.Failed failed && remaining() > 0) {
            failure = failed.message();
        }
    }

    private long remaining() {
        return start + LIMIT_NANOS - System.nanoTime();
    }
}
