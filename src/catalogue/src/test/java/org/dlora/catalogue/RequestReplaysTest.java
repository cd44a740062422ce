package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.dlora.catalogue.history.RequestParameters;
import org.dlora.catalogue.replay.ReplayReport;
import org.dlora.catalogue.replay.ReplayVerdict;
import org.dlora.catalogue.replay.TestRows;
import org.dlora.catalogue.served.EarlierVersion;
import org.dlora.catalogue.served.VersionChoice;
import org.dlora.catalogue.served.VersionGoneException;
import org.dlora.cluster.TinyCluster;
import org.dlora.cluster.ToldFacts;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replays on real replicas. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RequestReplaysTest {
    private static final int TOKENS = 12;
    private static final SamplingParams SEEDED =
            new SamplingParams(0.9, 0.95, 40, 0, 0.2, 0.1, 1.1, Map.of(5, 2.0), OptionalLong.of(7));
    private static final StopConditions STOP =
            new StopConditions(TOKENS, 0, true, Set.of(), List.of(), false);

    private static RequestReplays replays(TinyServer server) {
        return new RequestReplays(
                server.cluster, Optional.of(server.scheduling()), vocabulary(server));
    }

    private static int vocabulary(TinyServer server) {
        return server.vocabulary();
    }

    private static GenerationRequest request(String id, String adapter, SamplingParams sampling) {
        var plain = TinyServer.request(id, adapter, 1, TOKENS);
        return new GenerationRequest(
                id, plain.adapter(), plain.prompt(), sampling, STOP, -1, -1, true);
    }

    /** Runs a request, and returns its row. */
    private static TestRows row(
            TinyServer server, String id, String adapter, SamplingParams sampling)
            throws InterruptedException {
        var request = request(id, adapter, sampling);
        var answer = new TinyCluster.Answer();
        server.cluster.submit(request, answer);
        int[] tokens =
                answer.await().stream()
                        .filter(Token.class::isInstance)
                        .mapToInt(event -> ((Token) event).token())
                        .toArray();
        var row =
                TestRows.of(id, request.prompt(), tokens)
                        .with(new RequestParameters(sampling, STOP, -1, true, false));
        return adapter.equals(TinyServer.BASE)
                ? row
                : row.withAdapter(
                        adapter,
                        null,
                        server.catalogue.find(adapter).orElseThrow().version().orElseThrow());
    }

    private static ReplayReport replay(TinyServer server, TestRows row) throws Exception {
        var adapter = row.adapter();
        var choice =
                adapter == null
                        ? null
                        : new EarlierVersion(adapter, row.weights(), row.number())
                                .in(server.catalogue);
        return replay(server, row, choice);
    }

    private static ReplayReport replay(
            TinyServer server, TestRows row, @Nullable VersionChoice choice) throws Exception {
        return replays(server)
                .replay(row.row(), row.prompt(), choice, PrefixOwner.SHARED)
                .get(100, TimeUnit.SECONDS);
    }

    @Test
    void requestsOfAllKindsAreIdenticalAndCountForNobody() throws Exception {
        try (var server = new TinyServer()) {
            server.load("sql", "r8-all", false);
            server.load("law", "dora", false);
            var rows = new ArrayList<TestRows>();
            for (var adapter : List.of(TinyServer.BASE, "sql", "law")) {
                rows.add(row(server, adapter + "-greedy", adapter, SamplingParams.GREEDY));
                rows.add(row(server, adapter + "-seeded", adapter, SEEDED));
            }
            ToldFacts.await(server.facts, rows.size());
            for (var row : rows) {
                var report = replay(server, row);
                assertThat(report.verdict()).as(row.id()).isEqualTo(ReplayVerdict.IDENTICAL);
                assertThat(report.replayTokens()).isEqualTo(TOKENS);
            }
            assertThat(server.facts).hasSize(rows.size());
            assertThat(
                            server.registry.get("dlora.requests").counters().stream()
                                    .mapToDouble(Counter::count)
                                    .sum())
                    .isEqualTo(rows.size());
        }
    }

    @Test
    void aChangedTokenIsFoundWithItsPlace() throws Exception {
        try (var server = new TinyServer()) {
            var row = row(server, "r", TinyServer.BASE, SamplingParams.GREEDY);
            int[] changed = row.tokens().clone();
            changed[5] = (changed[5] + 1) % vocabulary(server);
            var report =
                    replay(server, TestRows.of("r", row.prompt(), changed).with(row.parameters()));
            assertThat(report.verdict()).isEqualTo(ReplayVerdict.DIFFERENT);
            var difference = Objects.requireNonNull(report.difference());
            assertThat(difference.index()).isEqualTo(5);
            assertThat(difference.original()).hasValue(changed[5]);
            assertThat(difference.replay()).hasValue(row.tokens()[5]);
            assertThat(difference.replayLogprob()).isNegative();
        }
    }

    @Test
    void theVersionThatAnsweredIsLoadedAgain() throws Exception {
        try (var server = new TinyServer()) {
            var first = server.load("sql", "r8-all", false);
            var row = row(server, "r", "sql", SamplingParams.GREEDY);
            server.load("sql", "dora", true);
            await().until(() -> !server.memory.isResident(first.id()));

            var choice = new EarlierVersion("sql", row.weights(), 1).in(server.catalogue);
            assertThat(choice.version().number()).isEqualTo(1);
            assertThat(replay(server, row, choice).verdict()).isEqualTo(ReplayVerdict.IDENTICAL);
            assertThat(server.memory.isResident(first.id())).isTrue();

            server.service().retire("sql", 1);
            assertThatExceptionOfType(VersionGoneException.class)
                    .isThrownBy(
                            () -> new EarlierVersion("sql", row.weights(), 1).in(server.catalogue))
                    .withMessage(
                            "Version 1 of adapter 'sql' is not served any more (an administrator retired it). Its files, added again by POST /admin/adapters/sql/versions, become that version again");
            assertThatExceptionOfType(VersionGoneException.class)
                    .isThrownBy(() ->
                            new EarlierVersion("sql", "0".repeat(64), null).in(server.catalogue))
                    .withMessageContaining("no version has the hash 000");
            assertThat(server.service().addVersion("sql", "r8-all", false)).isEqualTo(1);
            assertThat(replay(server, row).verdict()).isEqualTo(ReplayVerdict.IDENTICAL);
            server.unregister("sql").join();
            assertThatExceptionOfType(NoSuchAdapterException.class)
                    .isThrownBy(
                            () -> new EarlierVersion("sql", row.weights(), 1).in(server.catalogue));
        }
    }

    /** Neither the replay nor the one step that judges its noise leaves blocks for others. */
    @Test
    void authorOfAReplayOwnsItsCachedPrefixes() throws Exception {
        var red = PrefixOwner.ofTeam("red");
        try (var server = new TinyServer()) {
            server.load("sql", "r8-all", false);
            server.permits.ahead(true);
            var weights = server.catalogue.find("sql").orElseThrow().version().orElseThrow();
            await().until(() -> server.permits.fidelity(weights).isPresent());
            int[] prompt = IntStream.rangeClosed(1, 20).toArray();
            var merged =
                    TestRows.of("r", prompt, new int[TOKENS])
                            .withAdapter("sql", 1, weights)
                            .withSteps(new StepCounts(3, 9, 0));
            var choice = new EarlierVersion("sql", weights, 1).in(server.catalogue);
            var report =
                    replays(server)
                            .replay(merged.row(), prompt, choice, red)
                            .get(100, TimeUnit.SECONDS);
            assertThat(Objects.requireNonNull(report.noise()).gap()).isPresent();
            assertThat(server.cachedTokens("a", "sql", prompt, red)).isEqualTo(16);
            assertThat(server.cachedTokens("b", "sql", prompt, PrefixOwner.ofTeam("blue")))
                    .isZero();
            assertThat(server.cachedTokens("c", "sql", prompt, PrefixOwner.SHARED)).isZero();
        }
    }

    @Test
    void aRequestThatWasCancelledIsComparedAsFarAsItCame() throws Exception {
        try (var server = new TinyServer()) {
            var row = row(server, "r", TinyServer.BASE, SamplingParams.GREEDY);
            int[] begin = Arrays.copyOf(row.tokens(), 4);
            var cancelled =
                    TestRows.of("r", row.prompt(), begin).with(row.parameters()).ended("cancelled");
            var report = replay(server, cancelled);
            assertThat(report.verdict()).isEqualTo(ReplayVerdict.IDENTICAL);
            assertThat(report.replayTokens()).isEqualTo(4);
        }
    }

    @Test
    void noiseIsJudgedForRequestsThatRanMerged() throws Exception {
        try (var server = new TinyServer()) {
            server.load("sql", "r8-all", false);
            var row = row(server, "r", "sql", SamplingParams.GREEDY);
            // The measurement of this server says that merging costs nothing, so no gap is noise.
            server.permits.ahead(true);
            var weights = Objects.requireNonNull(row.weights());
            await().until(() -> server.permits.fidelity(weights).isPresent());
            int[] changed = row.tokens().clone();
            changed[5] = (changed[5] + 1) % vocabulary(server);
            var merged =
                    TestRows.of("r", row.prompt(), changed)
                            .with(row.parameters())
                            .withAdapter("sql", 1, weights)
                            .withSteps(new StepCounts(3, 9, 0));
            var report = replay(server, merged);
            assertThat(report.verdict()).isEqualTo(ReplayVerdict.DIFFERENT);
            var noise = Objects.requireNonNull(report.noise());
            assertThat(noise.bound()).hasValue(0);
            assertThat(noise.gap().orElseThrow()).isPositive();
        }
    }

    @Test
    void incomparableRequestsAreRefusedInWords() {
        try (var server = new TinyServer()) {
            var none = TestRows.of("r", new int[] {1}).ended("shutting_down");
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            replays(server)
                                    .replay(none.row(), none.prompt(), null, PrefixOwner.SHARED))
                    .withMessage(
                            "it has no output token that could be compared; it ended as shutting_down");
        }
    }

    @Test
    void aCancelledReplayLeavesNoRequest() throws Exception {
        try (var server = new TinyServer()) {
            var plain = TinyServer.request("r", TinyServer.BASE, 1, 50);
            var row =
                    TestRows.of("r", plain.prompt(), new int[50])
                            .with(
                                    new RequestParameters(
                                            SamplingParams.GREEDY, plain.stop(), -1, true, false));
            var running = replays(server).replay(row.row(), row.prompt(), null, PrefixOwner.SHARED);
            running.cancel(true);
            await().until(() -> server.cluster.unfinished() == 0);
            assertThatExceptionOfType(CancellationException.class).isThrownBy(running::join);
        }
    }
}
