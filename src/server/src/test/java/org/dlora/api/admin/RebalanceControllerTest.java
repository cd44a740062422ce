package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.migration.AdapterMove;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MigrationService;
import org.dlora.cluster.migration.MigrationStatus;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.rebalance.RebalanceReport;
import org.dlora.cluster.rebalance.RebalanceService;
import org.dlora.scheduling.rebalance.MoveKind;
import org.dlora.scheduling.rebalance.PredictedLatencies;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.dlora.scheduling.rebalance.RebalancePlan.AdapterCopy;
import org.dlora.scheduling.rebalance.RebalancePlan.RequestMove;
import org.dlora.scheduling.rebalance.RebalancePlan.SolverKind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

class RebalanceControllerTest extends AdminServer {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");
    private static final RebalancePlan PLAN =
            new RebalancePlan(
                    List.of(new RequestMove("cmpl-1-0", "0", "1", MoveKind.SEND)),
                    List.of(new AdapterCopy("sql#1", "1")),
                    List.of(),
                    2,
                    1,
                    0.75,
                    new PredictedLatencies(4, 3.5),
                    SolverKind.GREEDY,
                    false,
                    List.of("a reason"));

    private final List<String> ordered = new ArrayList<>();

    @BeforeEach
    void serve() {
        serve(demo().migrations(new Moves()));
    }

    @Test
    void callWithoutABodyIsOneWithoutMembers() {
        var answer =
                client().post().uri("/admin/rebalance").header("X-DLoRA-Request", "1").exchange();
        assertThat(json(answer, HttpStatus.OK))
                .isEqualTo(post("/admin/rebalance", "{}", HttpStatus.OK));
    }

    @Test
    void aDryRunShowsThePlan() {
        var plan = post("/admin/rebalance", "{\"dry_run\": true}", HttpStatus.OK);
        assertThat(plan.get("at").isNull()).isTrue();
        assertThat(plan.get("applied").asBoolean()).isFalse();
        assertThat(plan.get("before").asDouble()).isEqualTo(2);
        assertThat(plan.get("after").asDouble()).isEqualTo(1);
        assertThat(plan.get("relative_gain").asDouble()).isEqualTo(0.5);
        assertThat(plan.get("latency_before").asDouble()).isEqualTo(4);
        assertThat(plan.get("latency_after").asDouble()).isEqualTo(3.5);
        assertThat(plan.get("solver").asString()).isEqualTo("greedy");
        assertThat(plan.get("measured").isNull()).isTrue();
        assertThat(plan.get("moves"))
                .hasToString(
                        "[{\"request\":\"cmpl-1-0\",\"from\":\"0\",\"to\":\"1\",\"kv\":\"send\"}]");
        assertThat(plan.get("loads")).hasToString("[{\"adapter\":\"sql#1\",\"memory\":\"1\"}]");
        assertThat(ordered).isEmpty();
    }

    @Test
    void anOrderedPlanIsAppliedAndReported() {
        var report = post("/admin/rebalance", "{}", HttpStatus.OK);
        assertThat(report.get("at").asString()).isEqualTo(AT.toString());
        assertThat(report.get("applied").asBoolean()).isTrue();
        assertThat(report.get("moved").asInt()).isEqualTo(1);
        assertThat(report.get("measured").asDouble()).isEqualTo(1.25);
        assertThat(report.get("measured_gain").asDouble()).isEqualTo(0.75);
        assertThat(ordered).singleElement().asString().startsWith("ordered by 127.0.0.1");
    }

    @Test
    void thePlansAreListed() {
        var plans = get("/admin/rebalance", HttpStatus.OK).get("plans");
        assertThat(plans).hasSize(1);
        assertThat(plans.get(0).get("trigger").asString()).isEqualTo("a test");
    }

    @Test
    void unknownSyntaxIsRefused() {
        assertThat(message(post("/admin/rebalance", "{\"dry\": true}", HttpStatus.BAD_REQUEST)))
                .contains("dry_run");
        post("/admin/rebalance", "{\"dry_run\": 1}", HttpStatus.BAD_REQUEST);
        assertThat(ordered).isEmpty();
    }

    @Test
    void pagesOfStrangersChangeNothing() {
        assertGuarded("/admin/rebalance");
        assertThat(ordered).isEmpty();
    }

    @Test
    void isClosedOnOpenNetworks() {
        serve(demo());
        get("/admin/rebalance", HttpStatus.FORBIDDEN);
        post("/admin/rebalance", "{}", HttpStatus.FORBIDDEN);
    }

    private final class Plans implements RebalanceService {
        @Override
        public RebalancePlan dryRun() {
            return PLAN;
        }

        @Override
        public CompletableFuture<RebalanceReport> rebalanceNow(String reason) {
            ordered.add(reason);
            return CompletableFuture.completedFuture(
                    new RebalanceReport(AT, reason, PLAN, true, 1, 0, 1.25, 0.75));
        }

        @Override
        public List<RebalanceReport> reports() {
            return List.of(RebalanceReport.planned(AT, "a test", PLAN));
        }
    }

    private final class Moves implements MigrationService {
        @Override
        public Optional<RebalanceService> rebalancing() {
            return Optional.of(new Plans());
        }

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
