package org.dlora.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.dlora.replica.Chunk;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicySettings;
import org.dlora.scheduling.rebalance.GreedyRebalancer;

/** One run of an arm: requests arrive at one rate, and all are served to their end. */
final class ClusterSimulation {
    private static final double SAMPLE = 1;

    /** A token that ends no answer. */
    private static final int TOKEN = ClusterSetup.END_TOKEN + 1;

    private final ClusterSetup setup;
    private final VirtualClock timeline = new VirtualClock();
    private final List<VirtualDevice> devices = new ArrayList<>();
    private final RequestOwner owner = new RequestOwner(timeline, devices);
    private final Deque<VirtualRequest> refused = new ArrayDeque<>();
    private final List<VirtualRequest> requests;
    private final PlacementRounds placement;
    private final RebalanceRounds rebalancing;
    private final Dispatch dispatch;
    private final Arm arm;
    private final double rate;
    private final QueueImbalance imbalance = new QueueImbalance();
    private int arrived;

    ClusterSimulation(ClusterSetup setup, Arm arm, double rate) {
        this.setup = setup;
        this.arm = arm;
        this.rate = rate;
        var costs = PaperCosts.DEFAULT;
        for (int j = 0; j < setup.replicas(); j++) {
            devices.add(device(j, costs));
        }
        requests = RequestPlan.of(setup, rate);
        placement = new PlacementRounds(setup, devices);
        rebalancing =
                new RebalanceRounds(
                        new ClusterProblem(setup, owner, devices, costs),
                        owner,
                        timeline,
                        new GreedyRebalancer());
        dispatch =
                arm == Arm.STATIC
                        ? new StaticDispatch(devices)
                        : new PredictedDispatch(owner, devices, costs);
    }

    private VirtualDevice device(int number, PaperCosts costs) {
        var settings = new SchedulingSettings(PolicySettings.of(setup.policy()), SloLimits.NONE);
        var replica =
                new VirtualReplica(
                        setup.shape(number),
                        settings,
                        costs,
                        timeline,
                        this::sample,
                        event -> receive(number, event));
        var link = new SimulatedLink(ClusterSetup.LINK);
        return new VirtualDevice(
                replica,
                new ResidentAdapters(replica, link, timeline, setup.adapterBudget()),
                link);
    }

    /** Returns the next token of a chunk: the end token where the answer has its length. */
    private int sample(Chunk chunk) {
        var request = owner.request(chunk.request());
        int output = chunk.firstPosition() + chunk.rows() - request.promptTokens() + 1;
        return output == request.outputTokens ? ClusterSetup.END_TOKEN : TOKEN;
    }

    private void receive(int replica, ReplicaEvent event) {
        if (event instanceof ReplicaEvent.AdapterUnloaded(var adapter)) {
            devices.get(replica).memory().unloaded(adapter);
        } else {
            owner.on(event);
        }
    }

    /** Runs to the end of the last request. */
    RunReport run() {
        if (arm == Arm.STATIC) {
            for (int k = 0; k < setup.adapters(); k++) {
                devices.get(k / ClusterSetup.STATIC_ADAPTERS)
                        .memory()
                        .prefetch(ClusterSetup.adapter(k));
            }
        }
        requests.forEach(request -> timeline.at(request.arrivedAt, () -> arrive(request)));
        every(SAMPLE, this::sampleQueues);
        if (arm != Arm.STATIC) {
            every(PlacementRounds.PERIOD, placement::place);
            every(RebalanceRounds.TICK, this::retry);
        }
        if (arm == Arm.CO_MIGRATION) {
            every(RebalanceRounds.TICK, rebalancing::look);
        }
        while (timeline.advance()) {}
        devices.forEach(device -> device.replica().state().verify());
        return report();
    }

    /** Has {@code action} run again and again until all requests have ended. */
    private void every(double period, Runnable action) {
        timeline.after(
                period,
                () -> {
                    if (arrived < requests.size() || owner.liveCount() > 0) {
                        action.run();
                        every(period, action);
                    }
                });
    }

    private void sampleQueues() {
        if (arrived < requests.size()) {
            imbalance.add(devices.stream().map(device -> device.replica().state().load()).toList());
        }
    }

    private void arrive(VirtualRequest request) {
        arrived++;
        owner.arrived(request);
        placement.arrived(request);
        if (!isDispatched(request)) {
            refused.add(request);
        }
    }

    /** Dispatches requests again that found all adapter memories full of adapters in use. */
    private void retry() {
        while (!refused.isEmpty() && isDispatched(refused.getFirst())) {
            refused.removeFirst();
        }
    }

    private boolean isDispatched(VirtualRequest request) {
        int replica = dispatch.choose(request);
        return replica >= 0 && owner.start(request, replica);
    }

    private RunReport report() {
        for (var request : requests) {
            if (!request.isEnded() || request.output != request.outputTokens) {
                throw new IllegalStateException(
                        "Request %s has %d of %d tokens"
                                .formatted(request.id(), request.output, request.outputTokens));
            }
        }
        long most = devices.stream().mapToLong(d -> d.memory().mostBytes()).max().orElse(0);
        long pauses = owner.pauses().ended().stream().filter(pause -> !pause.isShort()).count();
        return RunReport.of(
                arm,
                rate,
                requests,
                imbalance.ratio(),
                owner.moved(),
                Math.toIntExact(pauses),
                rebalancing.plans(),
                most);
    }
}
