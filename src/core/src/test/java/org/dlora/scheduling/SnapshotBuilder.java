package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Builds a snapshot for one test. Sequences are numbered from 1 in the order of arrival; each
 * adapter's backlog is what its sequences and {@link #unseen} make up.
 */
public final class SnapshotBuilder {
    public static final LoraFacts LORA = new LoraFacts(16, 1000, 1_000_000, 1);

    private final List<SequenceView> sequences = new ArrayList<>();
    private final Map<AdapterRef, AdapterView> adapters = new LinkedHashMap<>();
    private final Map<AdapterRef, Integer> unseen = new LinkedHashMap<>();
    private StepLimits limits = new StepLimits(8, 64, 16);
    private MergeView merge = MergeView.UNMERGED;
    private OutputLengths outputs = OutputLengths.NONE;
    private SloLimits slo = SloLimits.NONE;
    private CostModel costs = new SyntheticCosts(0.01, 0.001, 0, 0, 0.5);
    private int freeBlocks = 1000;
    private double now = 100;
    private final Map<TeamRef, Double> teams = new LinkedHashMap<>();
    private TeamRef team = TeamRef.NONE;

    /** Adds an adapter of weight 1 that may be merged. */
    public SnapshotBuilder adapter(String id) {
        return adapter(id, LORA, MergeRules.FREE, 1, OutputLengths.NONE);
    }

    public SnapshotBuilder adapter(
            String id, LoraFacts lora, MergeRules rules, double weight, OutputLengths answers) {
        var ref = AdapterRef.of(id);
        adapters.put(ref, new AdapterView(ref, lora, rules, weight, Backlog.NONE, answers));
        return this;
    }

    /** Gives the sequences from now on to a team. */
    public SnapshotBuilder team(TeamRef other, double share) {
        team = other;
        teams.put(other, share);
        return this;
    }

    /** Adds a request that the snapshot does not show. */
    public SnapshotBuilder unseen(String adapter, int requests) {
        unseen.put(AdapterRef.of(adapter), requests);
        return this;
    }

    /** Adds a sequence that decodes: {@code output} of at most {@code maxOutput} tokens so far. */
    public SnapshotBuilder decoding(String adapter, int prompt, int output, int maxOutput) {
        int tokens = prompt + output;
        return add(adapter, tokens, tokens - 1, request(prompt, maxOutput, false));
    }

    /** Adds a sequence that has computed {@code computed} tokens of its prompt. */
    public SnapshotBuilder prefilling(String adapter, int prompt, int computed, int maxOutput) {
        return add(adapter, prompt, computed, request(prompt, maxOutput, false));
    }

    /** Adds a sequence that waits without blocks. */
    public SnapshotBuilder waiting(String adapter, int prompt, int maxOutput) {
        return add(adapter, prompt, 0, request(prompt, maxOutput, false));
    }

    /** Adds a decoding sequence that wants exact weights. */
    public SnapshotBuilder exact(String adapter) {
        return add(adapter, 20, 19, request(10, 100, true));
    }

    public SnapshotBuilder limits(int maxBatch, int maxTokens) {
        limits = new StepLimits(maxBatch, maxTokens, 16);
        return this;
    }

    public SnapshotBuilder freeBlocks(int count) {
        freeBlocks = count;
        return this;
    }

    public SnapshotBuilder merge(MergeView view) {
        merge = view;
        return this;
    }

    public SnapshotBuilder outputs(OutputLengths lengths) {
        outputs = lengths;
        return this;
    }

    public SnapshotBuilder slo(double ttft, double tpot) {
        slo = new SloLimits(ttft, tpot);
        return this;
    }

    public SnapshotBuilder costs(CostModel model) {
        costs = model;
        return this;
    }

    public SnapshotBuilder now(double seconds) {
        now = seconds;
        return this;
    }

    public Snapshot build() {
        var views = adapters.values().stream().map(this::withBacklog).toList();
        return new Snapshot(
                now,
                sequences,
                freeBlocks,
                limits,
                merge,
                views,
                Set.copyOf(adapters.keySet()),
                outputs,
                slo,
                costs,
                teams.entrySet().stream()
                        .map(entry -> view(entry.getKey(), entry.getValue()))
                        .toList());
    }

    private TeamView view(TeamRef ref, double share) {
        var unfinished = new LinkedHashMap<AdapterRef, Integer>();
        sequences.stream()
                .filter(v -> v.request().team().equals(ref))
                .forEach(v -> unfinished.merge(v.adapter(), 1, Integer::sum));
        return new TeamView(ref, share, unfinished);
    }

    public SnapshotIndex index() {
        return SnapshotIndex.of(build());
    }

    private SequenceRequest request(int prompt, int maxOutput, boolean exact) {
        return new SequenceRequest(50, prompt, maxOutput, exact, true, team);
    }

    private SnapshotBuilder add(String adapter, int tokens, int computed, SequenceRequest request) {
        long id = sequences.size() + 1L;
        int blocks = Math.ceilDiv(computed, 16);
        sequences.add(
                new SequenceView(
                        id,
                        AdapterRef.of(adapter),
                        id,
                        tokens,
                        computed,
                        blocks,
                        blocks,
                        blocks,
                        0,
                        0,
                        tokens,
                        request));
        return this;
    }

    private AdapterView withBacklog(AdapterView view) {
        var its =
                sequences.stream()
                        .filter(v -> v.adapter().equals(view.id()))
                        .collect(Collectors.partitioningBy(SequenceView::holdsBlocks));
        int running = its.getOrDefault(true, List.of()).size();
        var waiting = its.getOrDefault(false, List.of());
        var backlog =
                new Backlog(
                        running + waiting.size() + unseen.getOrDefault(view.id(), 0),
                        running,
                        waiting.stream().mapToLong(SequenceView::tokens).sum());
        return new AdapterView(
                view.id(), view.lora(), view.rules(), view.weight(), backlog, view.outputs());
    }
}
