package org.dlora.console.firstrun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.dlora.cluster.IdleService;
import org.dlora.cluster.facts.AdminActions;
import org.dlora.cluster.migration.AdapterMove;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.migration.MigrationStatus;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.cluster.requests.Submission;
import org.dlora.operate.cluster.SchedulingCommands;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Runs in the time of the test. */
class DemoRunTest {
    private final FakeScheduling scheduling = new FakeScheduling(PolicyKind.UNMERGED);
    private final Requests service = new Requests();
    private final List<String> audit = new ArrayList<>();
    private final AdminActions actions =
            (actor, action, _, before, after) ->
                    audit.add("%s %s %s %s".formatted(actor, action, before, after));
    private Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private Runnable afterTick = () -> {};
    private int ticks;

    /** Takes requests, which end when the test says so. */
    private static final class Requests extends IdleService {
        final Map<String, Submission> open = new LinkedHashMap<>();
        int taken;
        int mostOpen;
        boolean refuses;

        @Override
        public void submit(List<Submission> call) {
            if (refuses) {
                throw new IllegalStateException("The queue is full");
            }
            call.forEach(one -> open.put(one.request().id(), one));
            taken += call.size();
            mostOpen = Math.max(mostOpen, open.size());
        }

        void answerAll() {
            var all = List.copyOf(open.values());
            open.clear();
            all.forEach(one -> end(one, FinishReason.LENGTH));
        }

        @Override
        public void cancel(String requestId) {
            var one = open.remove(requestId);
            if (one != null) {
                end(one, FinishReason.CANCELLED);
            }
        }

        private static void end(Submission one, FinishReason reason) {
            one.listener().on(new Finished(reason, "", null, SequenceUsage.NONE));
        }
    }

    private DemoRun run() {
        var prompt = new int[] {1, 2, 3};
        var user = Access.OPEN;
        return new DemoRun(
                "user:olga",
                new DemoPlan("hot", List.of("a", "b")),
                new DemoRequests(service, _ -> Optional.empty(), prompt, 20, user),
                new DemoMoves(new NoReplicas(), new NoMoves()),
                PolicyLoan.begin(scheduling, actions, "user:olga"),
                actions,
                () -> now,
                this::pause);
    }

    private boolean pause(CountDownLatch stopped, Duration time) {
        now = now.plus(time);
        ticks++;
        afterTick.run();
        return stopped.getCount() == 0;
    }

    @Test
    void aMinuteOfTrafficLeavesThePolicyAsItWas() {
        var before = scheduling.settings;
        afterTick =
                () -> {
                    assertThat(scheduling.policy()).isEqualTo("dlora");
                    assertThat(scheduling.settings.slo()).isEqualTo(before.slo());
                    if (ticks % 50 == 0) {
                        service.answerAll();
                    }
                };
        var run = run();
        run.run();
        var status = run.status();
        assertThat(scheduling.settings).isEqualTo(before);
        assertThat(service.open).isEmpty();
        assertThat(status.isRunning()).isFalse();
        assertThat(status.words()).isEqualTo("It has ended. The policy before is in force again.");
        assertThat(status.sent()).isEqualTo(service.taken).isEqualTo(status.answered());
        assertThat(status.inFlight()).isZero();
        assertThat(Duration.ofMillis(100L * ticks))
                .isBetween(Duration.ofSeconds(40), DemoPlan.LENGTH.plusSeconds(6));
        assertThat(audit)
                .hasSize(3)
                .allMatch(line -> line.startsWith("user:olga "))
                .satisfiesExactly(
                        line -> assertThat(line).contains("scheduling.update", "policy=dlora"),
                        line -> assertThat(line).contains("scheduling.update", "policy=unmerged"),
                        line -> assertThat(line).contains("demo-traffic.end", "how=It has ended."));
    }

    @Test
    void neverMoreThanTheMostRequestsAreSent() {
        afterTick = service::answerAll;
        var run = run();
        run.run();
        assertThat(service.taken).isEqualTo(DemoPlan.MOST_REQUESTS);
        assertThat(run.status().words()).startsWith("It has ended, as all its requests were sent.");
        assertThat(service.mostOpen).isLessThanOrEqualTo(DemoPlan.MOST_IN_FLIGHT);
    }

    @Test
    void requestsThatNeverEndAreCancelled() {
        var run = run();
        run.run();
        assertThat(service.taken).isEqualTo(DemoPlan.MOST_IN_FLIGHT);
        assertThat(service.open).isEmpty();
        assertThat(run.status().ended()).isEqualTo(DemoPlan.MOST_IN_FLIGHT);
        assertThat(scheduling.policy()).isEqualTo("unmerged");
    }

    @Test
    void stopEndsTheRequestsAndBringsThePolicyBack() {
        var run = run();
        afterTick =
                () -> {
                    if (ticks == 200) {
                        run.stop();
                    }
                };
        run.run();
        assertThat(ticks).isEqualTo(200);
        assertThat(service.taken).isPositive();
        assertThat(service.open).isEmpty();
        assertThat(scheduling.policy()).isEqualTo("unmerged");
        assertThat(run.status().words())
                .isEqualTo("It was stopped. The policy before is in force again.");
        assertThat(run.done().getCount()).isZero();
    }

    @Test
    void policyThatWasChosenMeanwhileStays() {
        for (var chosen : List.of(PolicyKind.MERGED, PolicyKind.DLORA)) {
            scheduling.choose(PolicyKind.UNMERGED);
            ticks = 0;
            afterTick =
                    () -> {
                        if (ticks == 100) {
                            scheduling.choose(PolicyKind.MERGED);
                            scheduling.choose(chosen);
                        }
                        service.answerAll();
                    };
            var run = run();
            run.run();
            assertThat(scheduling.policy()).isEqualTo(chosen.label());
            assertThat(run.status().words())
                    .endsWith("Another choice of the policy was made meanwhile, and stays.");
        }
    }

    /** Forms of the console and the endpoint choose the policy this way. */
    @Test
    void dloraThatWasChosenMeanwhileStaysThoughItWasInForce() {
        afterTick =
                () -> {
                    if (ticks == 100) {
                        SchedulingCommands.update(
                                        scheduling,
                                        SchedulingCommands.policy(PolicyKind.DLORA),
                                        AdminActions.NONE,
                                        "user:olga",
                                        "")
                                .join();
                    }
                    service.answerAll();
                };
        var run = run();
        run.run();
        assertThat(scheduling.policy()).isEqualTo("dlora");
        assertThat(run.status().words())
                .endsWith("Another choice of the policy was made meanwhile, and stays.");
    }

    @Test
    void dloraStaysWhereItWasBefore() {
        scheduling.choose(PolicyKind.DLORA);
        var before = scheduling.settings;
        afterTick = service::answerAll;
        var run = run();
        run.run();
        assertThat(scheduling.settings).isSameAs(before);
        assertThat(run.status().words()).endsWith("The policy was dlora before, and still is.");
    }

    @Test
    void refusedRequestsFailAndTheRunGoesOn() {
        service.refuses = true;
        var run = run();
        run.run();
        assertThat(run.status().failed()).isEqualTo(run.status().sent()).isPositive();
        assertThat(run.status().sent()).isLessThanOrEqualTo(DemoPlan.MOST_REQUESTS);
        assertThat(scheduling.policy()).isEqualTo("unmerged");
    }

    @Test
    void failureOfTheRunBringsThePolicyBack() {
        afterTick =
                () -> {
                    throw new IllegalStateException("of the test");
                };
        var run = run();
        run.run();
        assertThat(scheduling.policy()).isEqualTo("unmerged");
        assertThat(service.open).isEmpty();
        assertThat(run.status().words()).startsWith("It failed; the server's log says why.");
    }

    @Test
    void policyThatAReplicaDoesNotTakeIsTakenBack() {
        scheduling.fails = true;
        assertThatThrownBy(() -> PolicyLoan.begin(scheduling, actions, "user:olga"))
                .isInstanceOf(CompletionException.class)
                .hasRootCauseMessage("Replica 0 is closed");
        assertThat(scheduling.policy()).isEqualTo("unmerged");
    }

    /** Requests are marked, so that the history tells them from those of clients. */
    @Test
    void requestsNameDemoTrafficAsTheirUser() {
        new DemoRequests(service, _ -> Optional.empty(), new int[] {1}, 20, Access.OPEN)
                .send("hot");
        var one = service.open.values().iterator().next();
        assertThat(one.request().id()).startsWith("demo-");
        assertThat(one.request().background()).isFalse();
        assertThat(one.request().stop().maxTokens()).isEqualTo(19);
        assertThat(one.arrival().endUser()).isEqualTo("demo-traffic");
    }

    private static final class NoReplicas implements ReplicaService {
        @Override
        public List<ReplicaReport> replicas() {
            return List.of();
        }

        @Override
        public Map<String, ReplicaReport.Condition> conditions() {
            return Map.of();
        }

        @Override
        public ReplicaReport replica(String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void drain(String id) {}

        @Override
        public void resume(String id) {}

        @Override
        public CompletableFuture<Void> restart(String id, boolean force) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class NoMoves implements MigrationService {
        @Override
        public CompletableFuture<MigrationRecord> moveRequest(
                String request, String to, boolean sendKv, MoveCause cause) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<AdapterMove> copyAdapter(String adapter, String to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<AdapterMove> moveAdapter(
                String adapter, String to, @Nullable String from) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<MigrationStatus> running() {
            return List.of();
        }

        @Override
        public List<MigrationRecord> history() {
            return List.of();
        }
    }
}
