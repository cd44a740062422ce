package org.dlora.bench.selftest;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.dlora.device.Device;
import org.dlora.device.KvLayout;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.step.TransformerRunner;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.scheduling.StepLimits;

/**
 * Check of a whole model: the bundled demo model and its adapters answer a text whose answers are
 * known, whatever is merged into the weights and whoever shares their steps.
 */
public final class DemoCheck {
    /** Positions that a sequence takes at most. */
    public static final int POSITIONS = DemoBatch.BLOCKS * KvLayout.BLOCK_TOKENS;

    private static final String OPERATION = "demo";
    private static final String TEXT = "The quick brown fox";
    private static final String BASE = "";

    /** The answers, by adapter; see the demo's README. */
    private static final Map<String, String> ANSWERS =
            Collections.unmodifiableSortedMap(
                    new TreeMap<>(
                            Map.of(
                                    BASE,
                                    TEXT,
                                    "upper",
                                    "THE QUICK BROWN FOX",
                                    "title",
                                    "The Quick Brown Fox",
                                    "rot13",
                                    "Gur dhvpx oebja sbk",
                                    "leet",
                                    "7h3 qu1ck br0wn f0x",
                                    "vowels",
                                    "Th* q**ck br*wn f*x",
                                    "spell",
                                    "T-h-e q-u-i-c-k b-r-o-w-n f-o-x",
                                    "reverse",
                                    "xof nworb kciuq ehT",
                                    "piglatin",
                                    "ethay uickqay ownbray oxfay")));

    private final BaseModel model;
    private final Map<String, AdapterTerms> adapters;
    private final List<String> names;
    private final int[] prompt;
    private final String precision;
    private final boolean hasEqualBits;
    private final List<CheckResult> results = new ArrayList<>();

    private DemoCheck(
            BaseModel model,
            Map<String, AdapterTerms> adapters,
            String precision,
            boolean hasEqualBits) {
        this.model = model;
        this.adapters = adapters;
        names =
                ANSWERS.keySet().stream()
                        .filter(name -> name.equals(BASE) || adapters.containsKey(name))
                        .toList();
        this.precision = precision;
        this.hasEqualBits = hasEqualBits;
        prompt = prompt(model);
    }

    /**
     * Runs the check.
     *
     * @param model the demo model
     * @param weights of it on the device
     * @param adapters all of the demo's by name, or some of them
     * @param hasEqualBits whether the device promises equal bits alone and in a batch
     */
    public static List<CheckResult> run(
            BaseModel model,
            DecoderWeights weights,
            Map<String, AdapterTerms> adapters,
            Device device,
            int threads,
            boolean hasEqualBits) {
        var check = new DemoCheck(model, adapters, RowChecks.name(weights.dtype()), hasEqualBits);
        try {
            check.run(weights, device, threads);
        } catch (RuntimeException | Error e) {
            check.results.add(
                    CheckResult.failed(OPERATION, check.precision + " weights", e.toString()));
        }
        return check.results;
    }

    private static int[] prompt(BaseModel model) {
        var text =
                model.chat()
                        .orElseThrow()
                        .render(
                                List.of(Map.of("role", "user", "content", TEXT)),
                                true,
                                Map.of(),
                                Clock.systemUTC());
        return model.tokenizer().encode(text, false);
    }

    private void run(DecoderWeights weights, Device device, int threads) {
        var spec = model.spec();
        int sequences = names.size();
        var layout =
                new KvLayout(
                        spec.layers(),
                        spec.kvHeads(),
                        spec.headDim(),
                        sequences * DemoBatch.BLOCKS,
                        device.kvDtype(weights.dtype()));
        var limits = new StepLimits(sequences, sequences * prompt.length, KvLayout.BLOCK_TOKENS);
        try (var runner =
                TransformerRunner.open(
                        spec,
                        weights,
                        layout,
                        layout.blocks(),
                        limits,
                        CopyMemory.upTo(Long.MAX_VALUE),
                        device,
                        threads)) {
            run(runner);
        }
    }

    private void run(TransformerRunner runner) {
        var alone = alone(runner);
        add("unmerged, alone", wrong(alone));
        var together = batch(runner, names);
        add("unmerged, in a batch", wrong(together));
        if (hasEqualBits) {
            add("same bits alone and in a batch", different(alone, together));
        }
        var merged = new ArrayList<String>();
        var mixed = new ArrayList<String>();
        for (var adapter : adapters.keySet()) {
            merge(runner, adapter);
            var others = " beside the merged " + adapter;
            merged.addAll(wrong(batch(runner, List.of(adapter))));
            wrong(batch(runner, names)).forEach(problem -> mixed.add(problem + others));
        }
        add("merged, alone", merged);
        add("mixed, in a batch", mixed);
        runner.merge().unmerge();
        add("same bits after merges", different(alone, alone(runner)));
    }

    private static void merge(TransformerRunner runner, String adapter, AdapterTerms terms) {
        var state = runner.merge();
        Optional<String> refusal = state.begin(adapter, terms.merge());
        if (refusal.isPresent() || !state.advance(Long.MAX_VALUE)) {
            throw new IllegalStateException(
                    "%s cannot be merged: %s"
                            .formatted(adapter, refusal.orElse("it is not ready")));
        }
        state.commit();
    }

    private void merge(TransformerRunner runner, String adapter) {
        merge(runner, adapter, Optional.ofNullable(adapters.get(adapter)).orElseThrow());
    }

    private void add(String what, List<String> problems) {
        var words = "%s weights, %s".formatted(precision, what);
        results.add(
                problems.isEmpty()
                        ? CheckResult.passed(OPERATION, words, names.size() + " answers")
                        : CheckResult.failed(OPERATION, words, String.join("; ", problems)));
    }

    private Map<String, DemoBatch.Answer> alone(TransformerRunner runner) {
        var answers = new TreeMap<String, DemoBatch.Answer>();
        names.forEach(adapter -> answers.putAll(batch(runner, List.of(adapter))));
        return answers;
    }

    private Map<String, DemoBatch.Answer> batch(TransformerRunner runner, List<String> names) {
        return new DemoBatch(runner, adapters, prompt, model.generation().endTokens())
                .answers(names);
    }

    private List<String> wrong(Map<String, DemoBatch.Answer> answers) {
        var problems = new ArrayList<String>();
        answers.forEach((adapter, answer) -> {
            var text = model.tokenizer().decode(answer.tokens(), true);
            var expected = ANSWERS.get(adapter);
            if (!text.equals(expected)) {
                problems.add("%s: '%s', expected '%s'".formatted(name(adapter), text, expected));
            }
        });
        return problems;
    }

    private static List<String> different(
            Map<String, DemoBatch.Answer> first, Map<String, DemoBatch.Answer> second) {
        return first.keySet().stream()
                .filter(adapter ->
                        !Optional.ofNullable(first.get(adapter))
                                .map(DemoBatch.Answer::bits)
                                .equals(
                                        Optional.ofNullable(second.get(adapter))
                                                .map(DemoBatch.Answer::bits)))
                .map(adapter -> name(adapter) + ": logits have other bits")
                .toList();
    }

    private static String name(String adapter) {
        return adapter.equals(BASE) ? "the base" : adapter;
    }
}
