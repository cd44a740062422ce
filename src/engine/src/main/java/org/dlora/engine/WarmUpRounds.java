package org.dlora.engine;

import static java.util.Comparator.comparingLong;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.dlora.device.KvLayout;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.cost.CostSamples;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warm-up of a replica: rounds of real steps until steps are fast. Kernels in Java are hundreds of
 * times slower before the JIT compiler C2 has compiled them.
 *
 * <p>A round is a few waves of n sequences with about n prompt tokens each, n growing. The waves
 * mix the base and adapters, and greedy and drawn answers. So they have prefills of several sizes,
 * and decodes of n rows. The rounds run on an engine of their own, which leaves the blocks, metrics
 * and ids of the serving engine alone.
 */
final class WarmUpRounds {
    private static final Logger log = LoggerFactory.getLogger(WarmUpRounds.class);
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(8);
    private static final int LARGEST_WAVE = 64;

    /** Sequences of a wave in the first round, where code is slow: calls compile it, not rows. */
    private static final int FIRST_LARGEST_WAVE = 16;

    /** Prompt tokens of a wave at most; more rows run through the same code. */
    private static final int WAVE_PROMPT_TOKENS = 512;

    /** Rows of the first wave, the only one of slow steps, which so runs code for many rows too. */
    private static final int FEWEST_PROMPT_TOKENS = 8;

    /** Decode steps of a small wave and of a large one: code is compiled by how often it runs. */
    private static final int MOST_OUTPUTS = 16;

    private static final int FEWEST_OUTPUTS = 4;

    /** Times as long as the wave before it, which has a quarter of n, that a wave may take. */
    private static final int GROWTH = 8;

    /** Blocks of a prompt that sequences share; its last token is beyond them, as each runs one. */
    private static final int SHARED_BLOCKS = 16;

    private static final SamplingParams DRAWN =
            new SamplingParams(1, 0.9, 40, 0, 0, 0, 1, Map.of(), OptionalLong.of(1));

    /** Compilers serve all replicas, so one warm-up that has reached its end makes the JVM warm. */
    private static volatile boolean isJvmWarm;

    /** Null in a JVM that only interprets. */
    private final @Nullable CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();

    private final ReplicaSettings settings;
    private final Runnable goOn;
    private final ReplicaModel model;
    private final boolean merging;
    private final Calibration calibration;
    private final Engine engine;
    private final int vocabSize;
    private final List<AdapterRef> adapters = new ArrayList<>();
    private final long start = System.nanoTime();
    private int requests;

    /**
     * Prepares an engine of its own.
     *
     * @param withheld KV blocks that have no memory
     * @param merging whether to find out what merging takes and saves too, in up to a second
     * @param goOn called before each step; what it throws ends the warm-up
     */
    WarmUpRounds(
            ReplicaSettings settings,
            ReplicaModel model,
            List<Integer> withheld,
            boolean merging,
            Runnable goOn) {
        this.settings = settings;
        this.merging = merging;
        this.goOn = goOn;
        this.model = model;
        calibration = new Calibration(settings.mergeBytes(), () -> 1e-9 * System.nanoTime());
        engine =
                new Engine(
                        settings.withPrefixCache(true),
                        model,
                        SchedulingSettings.DEFAULT,
                        calibration);
        engine.withhold(withheld);
        vocabSize = model.runner().vocabSize();
        // First those with adapters: they run what the base model does and more.
        model.adapters().keySet().stream().sorted().map(AdapterRef::of).forEach(adapters::add);
        adapters.add(AdapterRef.base());
    }

    /**
     * Warms up for {@value #LIMIT_NANOS} ns at most.
     *
     * @throws IllegalStateException if a step fails
     */
    void run() {
        var warmth = new Warmth();
        boolean isWarm = false;
        int rounds = 0;
        for (; !isWarm && remaining() > 0; rounds++) {
            boolean isShort = rounds == 0 && !isJvmWarm;
            calibration.restart();
            long before = System.nanoTime();
            long compiledBefore = compilerNanos();
            int waves = round(isShort ? FIRST_LARGEST_WAVE : LARGEST_WAVE);
            boolean isReached =
                    warmth.isReached(
                            waves, System.nanoTime() - before, compilerNanos() - compiledBefore);
            isWarm = isReached && !isShort;
        }
        if (isWarm) {
            isJvmWarm = true;
            compare();
        }
        engine.failAll("Warm-up ended", null);
        log.info(
                "Replica {} is warm after {} rounds in {} ms",
                settings.id(),
                rounds,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }

    /** Returns the measured costs of the device; empty if there was no time to measure. */
    Optional<CostSamples> costs() {
        if (calibration.isEmpty()) {
            return Optional.empty();
        }
        var served = model.adapters().values();
        return Optional.of(
                merging
                        ? calibration.samples(model.runner().merge(), served)
                        : calibration.samples(served));
    }

    private long compilerNanos() {
        return compilers == null
                ? 0
                : TimeUnit.MILLISECONDS.toNanos(compilers.getTotalCompilationTime());
    }

    /**
     * Runs waves as long as the next can be expected to end in time.
     *
     * @param mostSequences of a wave
     * @return how many waves
     */
    private int round(int mostSequences) {
        int largest = Math.min(mostSequences, settings.limits().maxBatch());
        int waves = 0;
        long time = 0;
        for (int n = 1; n <= largest && GROWTH * time < remaining(); n *= 4) {
            long before = System.nanoTime();
            wave(n);
            time = System.nanoTime() - before;
            waves++;
        }
        return waves;
    }

    private void wave(int sequences) {
        int outputs =
                Math.min(
                        Math.clamp(LARGEST_WAVE / sequences, FEWEST_OUTPUTS, MOST_OUTPUTS),
                        settings.maxSequenceLength() - 1);
        int promptTokens =
                Math.min(
                        Math.clamp(sequences, FEWEST_PROMPT_TOKENS, WAVE_PROMPT_TOKENS / sequences),
                        settings.maxSequenceLength() - outputs);
        for (int i = 0; i < sequences; i++) {
            submit(request(promptTokens, outputs));
        }
        finish();
    }

    /**
     * Runs steps for the cost model that waves do not have. Many rows without a LoRA term attend to
     * a long prompt, which shows the cost of attention. If merges are to be expected, as many rows
     * of one adapter do so. That shows what merging a hot adapter saves.
     */
    private void compare() {
        alone(AdapterRef.base());
        if (merging) {
            model.adapters().entrySet().stream()
                    .filter(one -> adapters.contains(AdapterRef.of(one.getKey())))
                    .max(comparingLong(one -> one.getValue().lora().elements()))
                    .ifPresent(largest -> alone(AdapterRef.of(largest.getKey())));
        }
    }

    /** Computes a prompt once; then all go on from it, which saves the time of as many prompts. */
    private void alone(AdapterRef adapter) {
        int sequences = Math.min(LARGEST_WAVE, settings.limits().maxBatch());
        int outputs = Math.min(FEWEST_OUTPUTS, settings.maxSequenceLength() - 1);
        int longest = (settings.maxSequenceLength() - outputs - 1) / KvLayout.BLOCK_TOKENS;
        int most = Math.min(longest, settings.usableKvBlocks() - sequences);
        var prompt = prompt(KvLayout.BLOCK_TOKENS * Math.clamp(most, 0, SHARED_BLOCKS) + 1);
        submit(request(adapter, prompt, SamplingParams.GREEDY, 1));
        finish();
        for (int i = 0; i < sequences; i++) {
            submit(request(adapter, prompt, SamplingParams.GREEDY, outputs));
        }
        finish();
    }

    private void submit(GenerationRequest request) {
        engine.submit(request, event -> note(request, event));
    }

    private void finish() {
        while (!engine.isIdle() && remaining() > 0) {
            goOn.run();
            if (!engine.step()) {
                throw new IllegalStateException(
                        "Warm-up of replica %s failed: a step could not be computed; see the server's log"
                                .formatted(settings.id()));
            }
        }
    }

    private GenerationRequest request(int promptTokens, int outputs) {
        var adapter = adapters.get(requests % adapters.size());
        var sampling = requests % 4 == 3 ? DRAWN : SamplingParams.GREEDY;
        return request(adapter, prompt(promptTokens), sampling, outputs);
    }

    private int[] prompt(int tokens) {
        var prompt = new int[tokens];
        Arrays.setAll(prompt, i -> (31 * requests + i) % vocabSize);
        return prompt;
    }

    private GenerationRequest request(
            AdapterRef adapter, int[] prompt, SamplingParams sampling, int outputs) {
        var stop = new StopConditions(outputs, 0, true, Set.of(), List.of(), false);
        return new GenerationRequest(
                "warm-up-" + requests++, adapter, prompt, sampling, stop, -1, -1, false);
    }

    /** Notes a failure; the other adapters are served all the same. */
    private void note(GenerationRequest request, GenerationEvent event) {
        var adapter = request.adapter();
        if (event instanceof GenerationEvent.Failed failed && remaining() > 0) {
            log.warn(
                    "Replica {}: {} did not answer in warm-up: {}",
                    settings.id(),
                    adapter.isBase() ? adapter : "adapter " + adapter,
                    failed.message());
            if (!adapter.isBase()) {
                adapters.remove(adapter);
            }
        }
    }

    private long remaining() {
        return start + LIMIT_NANOS - System.nanoTime();
    }
}
