package org.dlora.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.dlora.replica.Chunk;
import org.dlora.replica.ReplicaEvent;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.dlora.simulation.MovePauses.MovePause;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams whose requests are moved at random times, in virtual time. */
class MovePauseTest {
    private static final int REPLICAS = 3;
    private static final ClusterSetup SETUP =
            new ClusterSetup(REPLICAS, 4, 1, PolicyKind.UNMERGED, 8, 20, 3);

    private final VirtualClock timeline = new VirtualClock();
    private final List<VirtualDevice> devices = new ArrayList<>();
    private final RequestOwner owner = new RequestOwner(timeline, devices);
    private final Map<String, Integer> told = new HashMap<>(); // tokens at the last move
    private final Random random = new Random(20261127);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStreamPausesForAtMostTwoStepsAndTheCopyOfItsLastBlocks(boolean sendKv) {
        for (int j = 0; j < REPLICAS; j++) {
            devices.add(device(j));
        }
        var requests = RequestPlan.of(SETUP, 1);
        requests.forEach(request -> timeline.at(request.arrivedAt, () -> start(request)));
        for (int i = 0; i < 1000; i++) {
            timeline.at(0.0213 * i, () -> move(sendKv));
        }
        while (timeline.advance()) {}
        assertThat(requests).allMatch(VirtualRequest::isEnded);
        var pauses = owner.pauses().ended();
        assertThat(pauses).hasSizeGreaterThan(100);
        if (sendKv) {
            assertThat(pauses).filteredOn(pause -> !pause.isShort()).isEmpty();
            assertThat(pauses).anyMatch(pause -> pause.steps() == 1);
            assertThat(pauses).anyMatch(pause -> pause.steps() == 2);
        } else {
            Predicate<MovePause> copies = pause -> pause.copySeconds() > 0;
            assertThat(pauses).noneMatch(copies).allMatch(pause -> pause.steps() <= 4);
        }
    }

    private void start(VirtualRequest request) {
        owner.arrived(request);
        assertThat(owner.start(request, random.nextInt(REPLICAS))).isTrue();
    }

    private void move(boolean sendKv) {
        var live = new ArrayList<VirtualRequest>();
        owner.live().forEach(live::add);
        if (!live.isEmpty()) {
            var request = live.get(random.nextInt(live.size()));
            // A stream that is moved again before its next token has the pauses of both moves.
            int before = told.getOrDefault(request.id(), -1);
            int target = random.nextInt(REPLICAS);
            if (request.output > before
                    && owner.move(
                            request,
                            target,
                            sendKv,
                            () -> told.put(request.id(), request.output))) {
                told.put(request.id(), Integer.MAX_VALUE);
            }
        }
    }

    private VirtualDevice device(int number) {
        var settings = new SchedulingSettings(PolicySettings.of(SETUP.policy()), SloLimits.NONE);
        var replica =
                new VirtualReplica(
                        SETUP.shape(number),
                        settings,
                        PaperCosts.DEFAULT,
                        timeline,
                        this::sample,
                        event -> receive(number, event));
        var link = new SimulatedLink(ClusterSetup.LINK);
        var memory = new ResidentAdapters(replica, link, timeline, SETUP.adapterBudget());
        return new VirtualDevice(replica, memory, link);
    }

    private int sample(Chunk chunk) {
        var request = owner.request(chunk.request());
        int output = chunk.firstPosition() + chunk.rows() - request.promptTokens() + 1;
        return output == request.outputTokens ? ClusterSetup.END_TOKEN : ClusterSetup.END_TOKEN + 1;
    }

    private void receive(int replica, ReplicaEvent event) {
        if (event instanceof ReplicaEvent.AdapterUnloaded(var adapter)) {
            devices.get(replica).memory().unloaded(adapter);
        } else {
            owner.on(event);
        }
    }
}
