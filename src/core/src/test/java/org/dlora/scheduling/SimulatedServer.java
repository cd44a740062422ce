package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.dlora.replica.AdapterProfile;
import org.dlora.replica.CountingModel;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.ReplicaShape;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.SimulatedReplica;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.cost.CostSamples;

/**
 * A replica under a virtual clock whose steps a policy plans: requests arrive, run, pause, are
 * preempted and end, and merged weights are built beside. No cached prefixes are kept, so sequences
 * share no blocks. Every plan is held to the rules.
 *
 * @param <S> state of the policy
 */
public final class SimulatedServer<S> {
    final List<ServedRequest> finished = new ArrayList<>();
    public final List<StepReport> steps = new ArrayList<>();

    /** Numbers of sequences from one that arrives to the next. */
    private static final long PLACES = 1000;

    private final RecordingPolicy<S> policy;
    private final StepLimits limits;
    private final SimulatedReplica replica;
    private final List<ServedRequest> requests = new ArrayList<>();
    private final Map<String, ServedRequest> byId = new HashMap<>();
    private SchedulingSettings settings;

    /**
     * @param costs of the device, to which its calibration fits
     */
    public SimulatedServer(Policy<S> policy, StepLimits limits, int blocks, SyntheticCosts costs) {
        this(policy, limits, blocks, costs, costs.samples());
    }

    /**
     * @param calibration measurements that the replica learns the costs from
     */
    public SimulatedServer(
            Policy<S> policy,
            StepLimits limits,
            int blocks,
            SyntheticCosts costs,
            CostSamples calibration) {
        this.policy = new RecordingPolicy<>(policy);
        this.limits = limits;
        settings = new SchedulingSettings(this.policy, SloLimits.NONE);
        var shape =
                new ReplicaShape(
                        "r",
                        limits,
                        blocks,
                        Integer.MAX_VALUE,
                        Integer.MAX_VALUE,
                        false,
                        Set.of(),
                        0);
        replica = new SimulatedReplica(shape, settings, Map.of(), costs, new CountingModel());
        replica.apply(new ReplicaCommand.Calibrate(calibration));
    }

    /** Loads an adapter, with its rules and its weight against others'. */
    public void add(AdapterView adapter) {
        var id = adapter.id().toString();
        replica.apply(
                new ReplicaCommand.LoadAdapter(
                        new AdapterProfile(id, id, id, adapter.lora(), adapter.rules())));
        update(settings.slo(), settings.weights().with(Map.of(id, adapter.weight())));
    }

    public void limit(SloLimits slo) {
        update(slo, settings.weights());
    }

    public void share(TeamWeights shares) {
        settings = settings.with(shares);
        replica.apply(new ReplicaCommand.Schedule(0, settings));
    }

    private void update(SloLimits slo, ServiceWeights weights) {
        settings =
                new SchedulingSettings(
                        policy, slo, MergeSettings.DEFAULT, weights, settings.teams());
        replica.apply(new ReplicaCommand.Schedule(0, settings));
    }

    /** Limits the bytes that all merged weights may take. */
    public void limitMemory(long bytes) {
        replica.limitMerges(bytes);
    }

    public double now() {
        return replica.now();
    }

    public void idleUntil(double time) {
        replica.idle(Math.max(0, time - now()));
    }

    public boolean isIdle() {
        return replica.state().isIdle();
    }

    /** Returns what the policy remembers. */
    public S state() {
        return policy.state();
    }

    public MergeView merge() {
        return replica.state().merge();
    }

    /**
     * Submits a request of a team.
     *
     * @param echo whether it is for log-probabilities of its prompt too
     */
    public ServedRequest submit(Flow flow, int prompt, int outputTokens, boolean echo) {
        var adapter = flow.adapter().isBase() ? "" : flow.adapter().toString();
        return submit(flow.team(), adapter, prompt, outputTokens, false, echo ? 0 : -1);
    }

    public ServedRequest submit(String adapter, int prompt, int outputTokens) {
        return submit(adapter, prompt, outputTokens, false);
    }

    /** Submits a request for log-probabilities of its prompt too. */
    public ServedRequest submitEcho(String adapter, int prompt, int outputTokens) {
        return submit(TeamRef.NONE, adapter, prompt, outputTokens, false, 0);
    }

    public ServedRequest submit(String adapter, int prompt, int outputTokens, boolean exact) {
        return submit(TeamRef.NONE, adapter, prompt, outputTokens, exact, -1);
    }

    private ServedRequest submit(
            TeamRef team,
            String adapter,
            int prompt,
            int outputTokens,
            boolean exact,
            int promptLogprobs) {
        var served = new ServedRequest(PLACES * requests.size(), adapter, now(), outputTokens);
        requests.add(served);
        byId.put(served.requestId(), served);
        replica.submit(
                new GenerationRequest(
                        served.requestId(),
                        adapter.isEmpty() ? AdapterRef.base() : AdapterRef.of(adapter),
                        new int[prompt],
                        SamplingParams.GREEDY,
                        StopConditions.after(outputTokens),
                        -1,
                        promptLogprobs,
                        true,
                        exact,
                        false,
                        false,
                        team,
                        null));
        return served;
    }

    public void cancel(ServedRequest served) {
        replica.apply(new ReplicaCommand.Cancel(served.requestId()));
    }

    /** Runs rows of one request, whatever the policy would do, which starts anew. */
    public void prefill(ServedRequest request, int rows) {
        for (int left = rows; left > 0; ) {
            int some = Math.min(left, limits.maxTokens());
            var policy = new FixedPlan(request.id, some);
            replica.apply(
                    new ReplicaCommand.Schedule(0, new SchedulingSettings(policy, SloLimits.NONE)));
            replica.step();
            left -= some;
        }
        replica.apply(new ReplicaCommand.Schedule(0, settings));
    }

    public void runToTheEnd() {
        while (!isIdle()) {
            step();
        }
    }

    public void step() {
        double start = now();
        int before = replica.events().size();
        replica.step();
        var events = List.copyOf(replica.events().subList(before, replica.events().size()));
        var decision = policy.decision();
        var snapshot = policy.snapshot();
        for (long id : decision.plan().preempt()) {
            request(id).preempted(snapshot.sequence(id).computed());
        }
        double end = now();
        steps.add(StepReport.of(start, end, snapshot, decision, id -> request(id).computedOnce()));
        deliver(events);
    }

    private ServedRequest request(long sequence) {
        return requests.get((int) (sequence / PLACES));
    }

    private void deliver(List<ReplicaEvent> events) {
        double at = replica.lastStep().at();
        for (var event : events) {
            if (event instanceof ReplicaEvent.StepEnded(var step)) {
                at += step.seconds();
            }
        }
        for (var event : events) {
            if (event instanceof ReplicaEvent.Generated(var request, _, var told)) {
                deliver(Objects.requireNonNull(byId.get(request)), told, at);
            }
        }
    }

    private void deliver(ServedRequest served, GenerationEvent told, double at) {
        switch (told) {
            case GenerationEvent.Prompt _ -> {}
            case GenerationEvent.Token _ -> served.token(steps.size(), at);
            case GenerationEvent.Finished _ -> {
                served.endedAt = at;
                finished.add(served);
            }
            case GenerationEvent.Failed(_, var message, _) -> throw new AssertionError(message);
        }
    }
}
