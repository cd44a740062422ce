package org.dlora.cluster.supervision;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.ClusterReplicas;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.cluster.supervision.SupervisedServer.Answer;
import org.dlora.device.FaultyDevice.Gate;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.scheduling.PausingPolicy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;

/**
 * Two adapters that leave while requests need them, and a replica that ends at that moment.
 *
 * @param isShared whether both replicas share an adapter memory
 */
record LeavingScenario(boolean isShared, Leaving leaving, End end, Phase phase) {
    private static final int REQUESTS = 12;
    private static final long PLENTY = 1 << 30;

    /** Way in which an adapter leaves. */
    enum Leaving {
        EVICTED,
        CLOSED,
        UNLOADED,
        RELOADED,
        RETIRED;

        void apply(SupervisedServer server) {
            for (var name : server.served.adapters()) {
                var id = server.catalogue.find(name).orElseThrow().id();
                switch (this) {
                    case EVICTED -> {
                        for (var memory : server.memories) {
                            var _ = memory.evictByHand(id);
                        }
                    }
                    case CLOSED -> evict(server, id);
                    case UNLOADED -> {
                        var _ = server.adapters.service().unregister(name);
                    }
                    case RELOADED -> server.register(name, other(server, name));
                    case RETIRED -> {
                        evict(server, id);
                        var _ = server.adapters.service().unregister(name);
                    }
                }
            }
        }

        private static void evict(SupervisedServer server, String id) {
            for (var memory : server.memories) {
                var _ = memory.evict(id);
            }
        }

        private static String other(SupervisedServer server, String name) {
            var names = server.served.adapters();
            return names.get(1 - names.indexOf(name));
        }

        /** Returns whether new requests get the same version. */
        boolean comesBack() {
            return this == EVICTED || this == CLOSED;
        }
    }

    /** Moment of the requests on the replica that ends. */
    enum Phase {
        WAITING(0),
        PREFILL(1),
        DECODE(8),
        PAUSED(9);

        private final int steps;

        Phase(int steps) {
            this.steps = steps;
        }

        Gate block(SupervisedServer server) {
            return server.device.block("1", steps);
        }

        PolicySource policy() {
            return this == PAUSED ? new PausingPolicy() : PolicySettings.of(PolicyKind.UNMERGED);
        }
    }

    /** End of replica 1, whose thread stands before a gate. */
    enum End {
        FAIL {
            @Override
            void begin(SupervisedServer server, Gate gate) {
                gate.fail();
                await().until(() -> !server.replicas.get(1).latest().isServing());
                server.fence(1);
            }
        },
        RESTART {
            @Override
            void begin(SupervisedServer server, Gate gate) {
                var _ = server.cluster.restart("1");
                server.fence(1);
                gate.open();
            }
        },
        DRAIN {
            @Override
            void begin(SupervisedServer server, Gate gate) {
                var replicas = new ClusterReplicas(server.cluster, Clock.systemUTC());
                replicas.drain("1");
                gate.open();
                await().until(() ->
                        requireNonNull(replicas.conditions().get("1")).state()
                                == ReplicaStatus.DRAINED);
            }
        },
        HANG {
            @Override
            void begin(SupervisedServer server, Gate gate) {
                server.fence(1);
            }
        };

        abstract void begin(SupervisedServer server, Gate gate);
    }

    /** Returns the events of all requests in a server that nothing disturbs. */
    static List<List<GenerationEvent>> undisturbed(SupervisedModel model)
            throws InterruptedException {
        var settings = PolicySettings.of(PolicyKind.UNMERGED);
        try (var server = new SupervisedServer(PLENTY, model, true, settings)) {
            var events = new ArrayList<List<GenerationEvent>>();
            for (var answer : askAll(server, "alone")) {
                events.add(answer.await());
            }
            return events;
        }
    }

    private static List<Answer> askAll(SupervisedServer server, String prefix) {
        var answers = new ArrayList<Answer>();
        for (int i = 0; i < REQUESTS; i++) {
            answers.add(server.ask(prefix + i, i));
        }
        return answers;
    }

    /** Asserts that each request has the events that it has undisturbed. */
    void check(SupervisedModel model, List<List<GenerationEvent>> undisturbed)
            throws InterruptedException {
        try (var server = new SupervisedServer(PLENTY, model, isShared, phase.policy())) {
            var gate = phase.block(server);
            var answers = askAll(server, "r");
            gate.awaitStep();
            leaving.apply(server);
            if (leaving.comesBack()) {
                answers.addAll(askAll(server, "later"));
            }
            end.begin(server, gate);
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).await())
                        .as("%d", i)
                        .isEqualTo(undisturbed.get(i % REQUESTS));
            }
        }
    }
}
