package org.dlora.scheduling;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.dlora.scheduling.StepPlan.Run;
import org.jspecify.annotations.Nullable;

/**
 * A replica in virtual time that does what a policy plans: requests arrive, run, pause, are
 * preempted and end; merged weights are built in slices beside. Every plan is held to the rules.
 */
final class VirtualServer<S> {
    /** Time that building takes of each step, as a share of it. */
    private static final double SLICE = 0.2;

    final List<Served> finished = new ArrayList<>();
    final List<StepReport> steps = new ArrayList<>();

    private final Policy<S> policy;
    private final StepLimits limits;
    private final int blocks;
    private final CostModel costs;
    private final Map<String, AdapterView> adapters = new LinkedHashMap<>();
    private final Map<String, OutputLengths> outputs = new HashMap<>();
    private final TreeMap<Long, Served> requests = new TreeMap<>();
    private final Set<String> ready = new LinkedHashSet<>();
    private Set<AdapterRef> loaded = Set.of();
    private OutputLengths allOutputs = OutputLengths.NONE;
    private SloLimits slo = SloLimits.NONE;
    private long memory = Long.MAX_VALUE;
    private Mode mode = Mode.unmerged();
    private MergeView.@Nullable Build building;
    private S state;
    private long arrivals;
    private double now;

    VirtualServer(Policy<S> policy, StepLimits limits, int blocks, CostModel costs) {
        this.policy = policy;
        this.limits = limits;
        this.blocks = blocks;
        this.costs = costs;
        state = policy.start();
        add(AdapterView.base(1, Backlog.NONE, OutputLengths.NONE));
    }

    /** The model that {@code adapter} names; the base model's name is empty. */
    private static AdapterRef ref(String adapter) {
        return adapter.isEmpty() ? AdapterRef.base() : AdapterRef.of(adapter);
    }

    /** A request, as the server and its client see it. */
    static final class Served {
        final long id;
        final String adapter;
        final double arrivedAt;
        final int prompt;
        final int outputs;
        final boolean exact;
        final boolean echo;
        int tokens;
        int computed;
        int known;
        int blocks;
        double firstTokenAt = Double.NaN;
        double endedAt = Double.NaN;
        double longestGap;
        double lastTokenAt;

        Served(
                long id,
                String adapter,
                double arrivedAt,
                int prompt,
                int outputs,
                boolean exact,
                boolean echo) {
            this.id = id;
            this.adapter = adapter;
            this.arrivedAt = arrivedAt;
            this.prompt = prompt;
            this.outputs = outputs;
            this.exact = exact;
            this.echo = echo;
            tokens = prompt;
        }

        /** Log-probabilities of its prompt's tokens are reported once. */
        private int plainRows() {
            int reported = Math.max(known, computed);
            return echo && reported < prompt - 1 ? reported - computed + 1 : tokens;
        }

        SequenceView view() {
            return new SequenceView(
                    id,
                    ref(adapter),
                    id,
                    tokens,
                    computed,
                    blocks,
                    blocks,
                    blocks,
                    0,
                    0,
                    plainRows(),
                    new RequestView(arrivedAt, prompt, outputs, exact, true));
        }
    }

    /** A step that has run: in it {@code waiting} adapters had rows that did not run. */
    record StepReport(
            double start,
            double end,
            Snapshot snapshot,
            Decision<?> decision,
            Map<String, Integer> rows,
            Map<String, Double> service,
            Set<String> waiting) {}

    void add(AdapterView adapter) {
        adapters.put(adapter.id().isBase() ? "" : adapter.id().toString(), adapter);
        loaded =
                adapters.keySet().stream()
                        .map(VirtualServer::ref)
                        .collect(toCollection(LinkedHashSet::new));
    }

    void limit(SloLimits limit) {
        slo = limit;
    }

    /** Bytes that all merged weights may take. */
    void limitMemory(long bytes) {
        memory = bytes;
    }

    double now() {
        return now;
    }

    void idleUntil(double time) {
        now = Math.max(now, time);
    }

    boolean isIdle() {
        return requests.isEmpty();
    }

    S state() {
        return state;
    }

    Served submit(String adapter, int prompt, int outputTokens) {
        return submit(adapter, prompt, outputTokens, false, false);
    }

    /** One that wants log-probabilities of its prompt. */
    Served submitEcho(String adapter, int prompt, int outputTokens) {
        return submit(adapter, prompt, outputTokens, false, true);
    }

    Served submit(String adapter, int prompt, int outputTokens, boolean exact) {
        return submit(adapter, prompt, outputTokens, exact, false);
    }

    private Served submit(
            String adapter, int prompt, int outputTokens, boolean exact, boolean echo) {
        var served = new Served(arrivals++, adapter, now, prompt, outputTokens, exact, echo);
        requests.put(served.id, served);
        return served;
    }

    void cancel(Served served) {
        requests.remove(served.id);
    }

    void runToTheEnd() {
        while (!isIdle()) {
            step();
        }
    }

    void step() {
        var snapshot = snapshot();
        var decision = policy.decide(snapshot, state);
        assertThat(policy.decide(snapshot, state)).isEqualTo(decision);
        PlanRules.check(snapshot, decision.plan());
        var shape = StepShape.of(snapshot, decision.plan());
        state = decision.next();
        double start = now;
        double seconds = costs.step(shape);
        now += seconds + build(decision.plan(), seconds);
        mode = decision.plan().mode();
        for (long id : decision.plan().preempt()) {
            var preempted = get(id);
            preempted.known = Math.max(preempted.known, preempted.computed);
            preempted.blocks = 0;
            preempted.computed = 0;
        }
        var rows = new HashMap<String, Integer>();
        var service = new HashMap<String, Double>();
        var left = new HashMap<String, Integer>();
        requests.values().forEach(r -> left.merge(r.adapter, 1, Integer::sum));
        for (var run : decision.plan().run()) {
            var served = get(run.sequence());
            rows.merge(served.adapter, run.rows(), Integer::sum);
            service.merge(
                    served.adapter,
                    DloraSettings.DEFAULT.service(served.view(), run.rows(), served.known),
                    Double::sum);
            if (run.rows() == served.view().runnable()) {
                left.merge(served.adapter, -1, Integer::sum);
            }
            advance(served, run);
        }
        var waiting = new HashSet<String>();
        left.forEach((adapter, count) -> {
            if (count > 0) {
                waiting.add(adapter);
            }
        });
        steps.add(new StepReport(start, now, snapshot, decision, rows, service, waiting));
    }

    /** Builds what the plan wants for a share of the step; returns the seconds that took. */
    private double build(StepPlan plan, double step) {
        if (!(plan.target() instanceof Mode.Merged(var adapter)) || ready.contains(adapter)) {
            building = null;
            return 0;
        }
        ready.removeIf(other -> !plan.mode().isMerged(other));
        double whole = costs.merge(view(adapter).lora());
        double done =
                building != null && building.adapter().equals(adapter) ? building.progress() : 0;
        double slice = Math.min(SLICE * step, (1 - done) * whole);
        if (done * whole + slice >= whole * (1 - 1e-9)) {
            building = null;
            ready.add(adapter);
        } else {
            building = new MergeView.Build(adapter, done + slice / whole);
        }
        return slice;
    }

    private void advance(Served served, Run run) {
        served.computed += run.rows();
        served.blocks = limits.blocksFor(served.computed);
        if (served.computed == served.tokens) {
            served.tokens++;
            if (Double.isNaN(served.firstTokenAt)) {
                served.firstTokenAt = now;
            } else {
                served.longestGap = Math.max(served.longestGap, now - served.lastTokenAt);
            }
            served.lastTokenAt = now;
        }
        if (served.tokens == served.prompt + served.outputs) {
            served.endedAt = now;
            requests.remove(served.id);
            finished.add(served);
            allOutputs = allOutputs.plus(served.outputs);
            outputs.merge(
                    served.adapter,
                    OutputLengths.NONE.plus(served.outputs),
                    (seen, one) -> seen.plus(served.outputs));
        }
    }

    private Served get(long id) {
        return Objects.requireNonNull(requests.get(id));
    }

    private AdapterView view(String adapter) {
        return Objects.requireNonNull(adapters.get(adapter));
    }

    Snapshot snapshot() {
        var shown = new ArrayList<SequenceView>();
        var ofAdapter = new HashMap<String, Integer>();
        int held = 0;
        int waiting = 0;
        for (var served : requests.values()) {
            held += served.blocks;
            boolean isShown = served.blocks > 0 || waiting < limits.maxBatch();
            if (served.blocks == 0) {
                waiting++;
                isShown |= ofAdapter.merge(served.adapter, 1, Integer::sum) <= limits.maxBatch();
            }
            if (isShown) {
                shown.add(served.view());
            }
        }
        return new Snapshot(
                now,
                shown,
                blocks - held,
                limits,
                new MergeView(mode, ready, building, SLICE, memory),
                adapters.keySet().stream().map(this::counted).filter(AdapterView::hasWork).toList(),
                loaded,
                allOutputs,
                slo,
                costs);
    }

    private AdapterView counted(String key) {
        var adapter = view(key);
        var its = requests.values().stream().filter(r -> r.adapter.equals(key)).toList();
        var backlog =
                new Backlog(
                        its.size(),
                        (int) its.stream().filter(r -> r.blocks > 0).count(),
                        its.stream().filter(r -> r.blocks == 0).mapToLong(r -> r.tokens).sum());
        return new AdapterView(
                adapter.id(),
                adapter.lora(),
                adapter.rules(),
                adapter.weight(),
                backlog,
                outputs.getOrDefault(key, OutputLengths.NONE));
    }
}
