package org.dlora.store.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.dlora.catalogue.history.AuditFilter;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.DurationBand;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.catalogue.history.NamedUsage;
import org.dlora.catalogue.history.Page;
import org.dlora.catalogue.history.RequestFilter;
import org.dlora.catalogue.history.RequestLatency;
import org.dlora.catalogue.history.RequestOrder;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.catalogue.history.SlowRequests;
import org.dlora.catalogue.history.TimedUsage;
import org.dlora.catalogue.history.UsageFilter;
import org.dlora.catalogue.history.UsageHour;
import org.dlora.catalogue.history.UsageName;
import org.dlora.catalogue.history.UsageSums;
import org.dlora.catalogue.history.UsageUnit;
import org.dlora.catalogue.history.VersionedRequest;
import org.dlora.cluster.facts.AnswerText;
import org.dlora.cluster.facts.CallPart;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.facts.PromptHash;
import org.dlora.cluster.facts.RefusalCode;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestOutcome;
import org.dlora.cluster.facts.RequestTimes;
import org.dlora.cluster.facts.RequestTrace;
import org.dlora.cluster.facts.ServedBase;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.cluster.facts.ShadowOutcome;
import org.dlora.cluster.facts.TestTraces;
import org.dlora.cluster.facts.TokenChain;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.store.Database;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The history on H2 and on PostgreSQL. */
abstract class HistoryContract {
    static final ServedBase BASE = new ServedBase("base-hash", "fp_1", "exact");
    static final RequestFilter ALL =
            new RequestFilter(null, null, null, null, null, null, null, null, null);
    private static final Page FIRST = new Page(null, 100, null, null);
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.123456Z");

    @TempDir Path home;
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final ClusterEvents events = new ClusterEvents(Clock.systemUTC());
    private Database database;
    private StoredHistory history;

    /** Returns a new database, once it is open. */
    abstract Database open();

    @BeforeEach
    void begin() {
        database = open();
        history = history(HistorySettings.DEFAULT);
        history.serves(BASE);
    }

    @AfterEach
    void end() {
        history.close();
        database.close();
    }

    private StoredHistory history(HistorySettings settings) {
        return new StoredHistory(database, settings, events, Clock.systemUTC(), metrics);
    }

    @Test
    void aRequestIsFoundWithAllItsFacts() {
        var answer = new AnswerText(new int[] {8, 9}, "hello");
        history.ended(
                facts("r1", "sql", TestTraces.of("sql", "me", List.of("0", "1"), answer, 8, 9)));

        var found = only(requests(1));

        assertThat(found.id()).isEqualTo("r1");
        assertThat(found.clientId()).isEqualTo("client");
        assertThat(List.of(found.model(), String.valueOf(found.adapter())))
                .containsExactly("sql", "sql");
        assertThat(found.weightsHash()).isEqualTo("hash");
        assertThat(found.user()).isEqualTo("me");
        assertThat(found.replicas()).containsExactly("0", "1");
        assertThat(List.of(found.systemFingerprint(), found.numericMode()))
                .containsExactly("fp_1", "exact");
        assertThat(
                        new RequestTimes(
                                found.arrived(),
                                found.queued(),
                                found.adapterReady(),
                                found.firstToken(),
                                found.done()))
                .isEqualTo(
                        new RequestTimes(NOW, NOW, null, NOW.plusSeconds(1), NOW.plusSeconds(2)));
        assertThat(List.of(found.status(), found.outcome())).containsExactly("answered", "stop");
        assertThat(List.of(found.promptTokens(), found.cachedTokens(), found.outputTokens()))
                .containsExactly(3, 1, 2);
        assertThat(found.preemptions()).isEqualTo(4);
        assertThat(List.of(found.unmergedSteps(), found.mergedSteps(), found.mixedSteps()))
                .containsExactly(5, 6, 7);
        assertThat(List.of(found.migrations(), found.rescues())).containsExactly(8, 9);
        assertThat(found.seed()).isEqualTo(7);
        var kept = history.request("r1").orElseThrow();
        assertThat(kept.ended()).isEqualTo(found);
        assertThat(kept.parameters()).contains("\"temperature\":0.0", "\"max_tokens\":5");
        assertThat(kept.promptHash()).isEqualTo(PromptHash.of(1, 2, 3));
        assertThat(kept.tokenHashes()).isEqualTo(TokenChain.of(8, 9));
        assertThat(kept.logprobs()).isNull();
        var text = Objects.requireNonNull(kept.text());
        assertThat(text.prompt()).containsExactly(1, 2, 3);
        assertThat(text.tokens()).containsExactly(8, 9);
        assertThat(text.answer()).isEqualTo("hello");
        assertThat(history.request("r2")).isEmpty();
        // By the names of the columns, which servers of before have written.
        assertThat(
                        count(
                                """
                                select count(*) from request where request_id = 'r1'
                                  and end_user = 'me' and version_hash = 'hash'
                                  and fingerprint = 'fp_1' and numeric_mode = 'exact'
                                  and replicas = '0,1' and arrived_at = queued_at
                                  and ready_at is null and begun_at is null
                                  and queued_at < first_token_at and first_token_at < done_at
                                  and prompt_tokens = 3 and cached_tokens = 1
                                  and output_tokens = 2 and migrations = 8 and rescues = 9
                                  and preemptions = 4 and steps_unmerged = 5
                                  and steps_merged = 6 and steps_mixed = 7\
                                """))
                .isOne();
    }

    @Test
    void aRequestKeepsItsCourseAndIsFoundByItsBands() {
        var trace = TestTraces.base();
        var course =
                List.of(
                        new CourseMark(CourseMark.Kind.PREEMPTED, NOW.plusMillis(300), "0"),
                        new CourseMark(CourseMark.Kind.MOVED, NOW.plusMillis(400), "1"),
                        new CourseMark(CourseMark.Kind.RESUMED, NOW.plusMillis(500), "1"));
        history.ended(
                facts(
                        "r1",
                        "sql",
                        new RequestTrace(
                                trace.adapter(),
                                trace.number(),
                                trace.alias(),
                                trace.endUser(),
                                null,
                                null,
                                NOW.plusMillis(200),
                                null,
                                trace.replicas(),
                                trace.request(),
                                trace.tokenHashes(),
                                null,
                                null,
                                course,
                                CallPart.WHOLE)));

        var found = only(requests(1));

        assertThat(found.begun()).isEqualTo(NOW.plusMillis(200));
        assertThat(history.request("r1").orElseThrow().course()).isEqualTo(course);
        var second = DurationBand.TO_10S; // 1 s to the first token, 2 s in all.
        assertThat(history.requests(banded(second, null), FIRST)).hasSize(1);
        assertThat(history.requests(banded(second, second), FIRST)).hasSize(1);
        assertThat(history.requests(banded(null, second), FIRST)).hasSize(1);
        assertThat(history.requests(banded(DurationBand.UNDER_1S, second), FIRST)).isEmpty();
        assertThat(history.requests(banded(null, DurationBand.TO_1MIN), FIRST)).isEmpty();
    }

    static RequestFilter banded(@Nullable DurationBand ttft, @Nullable DurationBand duration) {
        return new RequestFilter(
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                ttft,
                duration,
                SlowRequests.ANY);
    }

    @Test
    void slowRequestsAreListedByTheirTimes() {
        history.ended(took("r1", 40L, 900));
        history.ended(took("r2", null, 4000));
        history.ended(took("r3", 700L, 900));
        history.ended(took("r4", 20L, 30));
        requests(4);
        var byDuration = new SlowRequests(null, null, RequestOrder.DURATION);
        assertThat(ids(byDuration, FIRST)).containsExactly("r2", "r3", "r1", "r4");
        var first = history.requests(slow(byDuration), new Page(null, 2, null, null));
        assertThat(ids(byDuration, new Page(first.getLast().key(), 9, null, null)))
                .containsExactly("r1", "r4");
        assertThat(ids(byDuration, new Page(1L, 9, null, null))).isEmpty();
        assertThat(ids(new SlowRequests(null, null, RequestOrder.TTFT), FIRST))
                .containsExactly("r3", "r1", "r4");
        assertThat(ids(new SlowRequests(40L, null, RequestOrder.NEWEST), FIRST))
                .containsExactly("r3", "r1");
        assertThat(ids(new SlowRequests(null, 900L, RequestOrder.NEWEST), FIRST))
                .containsExactly("r3", "r2", "r1");
        assertThat(ids(new SlowRequests(41L, 900L, RequestOrder.DURATION), FIRST))
                .containsExactly("r3");
    }

    private static RequestFacts took(String id, @Nullable Long ttft, long milliseconds) {
        var usual = facts(id, "sql", TestTraces.base());
        return new RequestFacts(
                id,
                usual.clientId(),
                usual.model(),
                usual.version(),
                usual.replica(),
                new RequestTimes(
                        NOW,
                        NOW,
                        null,
                        ttft == null ? null : NOW.plusMillis(ttft),
                        NOW.plusMillis(milliseconds)),
                usual.usage(),
                0,
                0,
                usual.outcome(),
                usual.trace());
    }

    private List<String> ids(SlowRequests slow, Page page) {
        return history.requests(slow(slow), page).stream().map(EndedRequest::id).toList();
    }

    static RequestFilter slow(SlowRequests slow) {
        return new RequestFilter(
                null, null, null, null, null, null, null, null, null, null, null, slow);
    }

    @Test
    void versionsAreThoseOfAnAdaptersRequests() {
        history.ended(facts("r1", "sql", TestTraces.of("sql", null, List.of(), null)));
        history.ended(facts("r2", "other", TestTraces.of("other", null, List.of(), null)));
        requests(2);
        assertThat(history.versions("sql", Instant.EPOCH, 9))
                .singleElement()
                .returns(
                        TestTraces.of("sql", null, List.of(), null).number(),
                        VersionedRequest::number);
        assertThat(history.versions("none", Instant.EPOCH, 9)).isEmpty();
    }

    @Test
    void logprobsThatWereAskedForAreKeptExactly() {
        float[] logprobs = {-0.1f, -Float.MIN_VALUE, Float.NEGATIVE_INFINITY};
        var trace = TestTraces.base();
        history.ended(
                facts(
                        "r1",
                        "sql",
                        new RequestTrace(
                                trace.adapter(),
                                trace.number(),
                                trace.alias(),
                                trace.endUser(),
                                null,
                                null,
                                null,
                                null,
                                trace.replicas(),
                                trace.request(),
                                trace.tokenHashes(),
                                logprobs,
                                null,
                                List.of(),
                                CallPart.WHOLE)));
        assertThat(kept().logprobs()).isEqualTo(logprobs);
    }

    @Test
    void parametersAreKeptOnceForAllRequestsThatHaveThem() {
        for (int i = 0; i < 9; i++) {
            history.ended(facts("r" + i, "sql", TestTraces.base()));
        }
        var rows = requests(9);
        assertThat(rows)
                .allMatch(row ->
                        history.request(row.id())
                                .orElseThrow()
                                .parameters()
                                .contains("\"max_tokens\":5"));
        assertThat(count("select count(*) from request_parameters")).isOne();
        assertThat(count("select count(*) from request where parameters <> ''")).isZero();
    }

    @Test
    void parametersOfRowsOfBeforeAreRead() {
        history.ended(facts("r1", "sql", TestTraces.base()));
        requests(1);
        update("update request set parameters_hash = null, parameters = '{\"old\":1}'");
        assertThat(kept().parameters()).isEqualTo("{\"old\":1}");
    }

    @Test
    void parametersGoOnceNoRequestHasThem() {
        history.ended(facts("r1", "sql", TestTraces.base()));
        requests(1);
        update("insert into request_parameters values ('old', '{}', 1)");
        history.forget();
        assertThat(count("select count(*) from request_parameters")).isOne();
        assertThat(kept().parameters()).contains("\"max_tokens\":5");
    }

    private long count(String sql) {
        return database.with(
                DataSource.class,
                source -> {
                    try (var connection = source.getConnection();
                            var statement = connection.createStatement();
                            var rows = statement.executeQuery(sql)) {
                        assertThat(rows.next()).isTrue();
                        return rows.getLong(1);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    private void update(String sql) {
        int changed =
                database.with(
                        DataSource.class,
                        source -> {
                            try (var connection = source.getConnection();
                                    var statement = connection.createStatement()) {
                                return statement.executeUpdate(sql);
                            } catch (SQLException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        assertThat(changed).isOne();
    }

    @Test
    void textsAreNotKeptUnlessAsked() {
        history.ended(facts("r1", "sql", TestTraces.base()));
        assertThat(kept().text()).isNull();
        assertThat(history.wantsText()).isFalse();
    }

    @Test
    void filtersSelectAndPagesFollowOneAnother() {
        for (int i = 0; i < 30; i++) {
            var model = i % 3 == 0 ? "sql" : "upper";
            history.ended(
                    facts("r" + i, model, TestTraces.of(model, "u" + i % 2, List.of(), null)));
        }
        requests(30);

        var filter =
                new RequestFilter(null, null, "sql", null, "u0", "answered", "stop", null, null);
        var seen = new ArrayList<String>();
        Long after = null;
        for (var page = history.requests(filter, new Page(after, 2, null, null));
                !page.isEmpty();
                page = history.requests(filter, new Page(after, 2, null, null))) {
            page.forEach(row -> seen.add(row.id()));
            after = page.getLast().key();
        }
        assertThat(seen).containsExactly("r24", "r18", "r12", "r6", "r0");
    }

    @Test
    void timesSelectRows() {
        history.ended(facts("r1", "sql", TestTraces.base()));
        var written = HistoryKey.time(only(requests(1)).key());
        assertThat(history.requests(ALL, new Page(null, 9, written, written.plusMillis(1))))
                .hasSize(1);
        assertThat(history.requests(ALL, new Page(null, 9, written.plusMillis(1), null))).isEmpty();
        assertThat(history.requests(ALL, new Page(null, 9, null, written))).isEmpty();
    }

    @Test
    void usageSumsByHourAndAdapter() {
        history.ended(facts("r1", "sql", TestTraces.of("sql", null, List.of(), null)));
        history.ended(facts("r2", "sql", TestTraces.of("sql", null, List.of(), null)));
        requests(2);
        history.ended(facts("r3", "sql", TestTraces.of("sql", null, List.of(), null)));
        history.ended(refused("r4"));
        requests(4);

        var hour = Instant.parse("2026-01-02T03:00:00Z");
        assertThat(history.usage(UsageFilter.ALL, null, null, 10))
                .containsExactly(
                        new UsageHour(hour, null, null, null, new UsageSums(1, 1, 0, 0, 0)),
                        new UsageHour(hour, "sql", null, null, new UsageSums(3, 0, 9, 3, 6)));
        assertThat(history.usage(new UsageFilter("sql", null, null), hour, hour.plusSeconds(1), 10))
                .hasSize(1);
        assertThat(history.usage(new UsageFilter("", null, null), null, null, 10)).hasSize(1);
        assertThat(history.usage(new UsageFilter("no\0such", null, null), null, null, 10))
                .isEmpty();
        var earliest = Instant.parse("0001-01-01T00:00:00Z");
        var latest = Instant.parse("9999-12-31T23:59:59Z");
        assertThat(history.usage(new UsageFilter("sql", null, null), earliest, latest, 10))
                .hasSize(1);
        assertThat(history.usage(UsageFilter.ALL, null, hour, 10)).isEmpty();
    }

    @Test
    void requestsSumsAndActionsAreFoundByKeyAndTeam() {
        history.ended(facts("r1", "sql", by("dlora_0123456789ab", "red")));
        history.ended(facts("r2", "sql", by("dlora_0123456789ab", "red")));
        history.ended(facts("r3", "sql", by("dlora_ba9876543210", null)));
        requests(3);
        assertThat(history.requests(byKey("dlora_0123456789ab", null), FIRST)).hasSize(2);
        assertThat(history.requests(byKey(null, "red"), FIRST)).hasSize(2);
        assertThat(history.requests(byKey("dlora_ba9876543210", "red"), FIRST)).isEmpty();
        assertThat(history.usage(new UsageFilter(null, "dlora_0123456789ab", null), null, null, 9))
                .singleElement()
                .returns(2L, usage -> usage.sums().requests());
        assertThat(history.usage(new UsageFilter("sql", null, ""), null, null, 9))
                .singleElement()
                .returns("dlora_ba9876543210", UsageHour::apiKey);

        events.done("dlora_0123456789ab (team red)", "adapter.pin", "a", null, null);
        events.done("dlora_ba9876543210", "adapter.pin", "b", null, null);
        events.done("admin-key", "adapter.pin", "c", null, null);
        events.done("dlora_host (team red)", "adapter.pin", "d", null, null);
        await().atMost(Duration.ofMinutes(1))
                .until(() -> history.audit(AuditFilter.ALL, FIRST).size() == 4);
        assertThat(subjects("dlora_0123456789ab", null)).containsExactly("a");
        assertThat(subjects(null, "red")).containsExactly("a");
        assertThat(subjects("dlora_ba9876543210", null)).containsExactly("b");
        assertThat(subjects("admin-key", null)).containsExactly("c");
    }

    @Test
    void aCallCountsOnceAndSoDoesEachOfItsPrompts() {
        for (int i = 0; i < 10; i++) {
            var part = new CallPart(i == 0, i % 5 == 0, true);
            history.ended(facts("r" + i, "sql", by("dlora_0123456789ab", "red", part)));
        }
        requests(10);
        assertThat(history.usageOver(UsageUnit.DAY, UsageFilter.ALL, Instant.EPOCH))
                .extracting(TimedUsage::sums)
                .containsExactly(new UsageSums(1, 0, 6, 2, 20));
    }

    @Test
    void promptsThatWereNotComputedAndTokensOutsideAnswersCountForNothing() {
        var counted = facts("r1", "sql", by("k", null, new CallPart(true, true, false)));
        history.ended(counted);
        history.ended(
                new RequestFacts(
                        "r2",
                        counted.clientId(),
                        counted.model(),
                        counted.version(),
                        counted.replica(),
                        counted.times(),
                        new SequenceUsage(30, 0, 0, 0, StepCounts.NONE),
                        0,
                        0,
                        new RequestOutcome.Answered(FinishReason.CANCELLED),
                        by("k", null)));
        requests(2);
        assertThat(history.usageOver(UsageUnit.DAY, UsageFilter.ALL, Instant.EPOCH))
                .extracting(TimedUsage::sums)
                .containsExactly(new UsageSums(2, 0, 3, 1, 0));
    }

    @Test
    void usageIsSummedByHourDayAndName() {
        history.ended(facts("r1", "sql", by("dlora_0123456789ab", "red")));
        history.ended(facts("r2", "sql", by("dlora_ba9876543210", "red")));
        history.ended(facts("r3", "sql", by("dlora_ba9876543210", null)));
        history.ended(refused("r4"));
        requests(4);
        var hour = Instant.parse("2026-01-02T03:00:00Z");
        var day = Instant.parse("2026-01-02T00:00:00Z");
        var one = new UsageSums(1, 0, 3, 1, 2);
        var two = one.plus(one);
        var begins = Map.of(UsageUnit.HOUR, hour, UsageUnit.DAY, day);
        begins.forEach((unit, begin) -> {
            assertThat(history.usageOver(unit, UsageFilter.ALL, begin))
                    .containsExactly(new TimedUsage(begin, new UsageSums(4, 1, 9, 3, 6)));
            assertThat(history.usageOver(unit, new UsageFilter(null, null, "red"), begin))
                    .containsExactly(new TimedUsage(begin, two));
            assertThat(
                            history.usageOver(
                                    unit, new UsageFilter("sql", "dlora_ba9876543210", ""), begin))
                    .containsExactly(new TimedUsage(begin, one));
            assertThat(history.usageOver(unit, UsageFilter.ALL, begin.plusSeconds(1))).isEmpty();
            usageIsSummedByName(unit, begin);
        });
    }

    private void usageIsSummedByName(UsageUnit unit, Instant begin) {
        var one = new UsageSums(1, 0, 3, 1, 2);
        var two = one.plus(one);
        assertThat(history.usageBy(UsageName.KEY, UsageFilter.ALL, unit, begin, 9))
                .containsExactly(
                        new NamedUsage("dlora_ba9876543210", two),
                        new NamedUsage("dlora_0123456789ab", one),
                        new NamedUsage("", new UsageSums(1, 1, 0, 0, 0)));
        assertThat(history.usageBy(UsageName.TEAM, UsageFilter.ALL, unit, begin, 1))
                .containsExactly(new NamedUsage("red", two));
        assertThat(
                        history.usageBy(
                                UsageName.KEY, new UsageFilter(null, null, "red"), unit, begin, 9))
                .containsExactlyInAnyOrder(
                        new NamedUsage("dlora_ba9876543210", one),
                        new NamedUsage("dlora_0123456789ab", one));
        assertThat(history.usageBy(UsageName.ADAPTER, UsageFilter.ALL, unit, begin, 9))
                .extracting(NamedUsage::name)
                .containsExactly("sql", "");
        assertThat(
                        history.usageBy(
                                UsageName.ADAPTER, UsageFilter.ALL, unit, begin.plusSeconds(1), 9))
                .isEmpty();
    }

    @Test
    void latenciesAreThoseOfAnAdaptersAnsweredRequests() {
        history.ended(facts("r1", "sql", TestTraces.of("sql", null, List.of(), null)));
        history.ended(facts("r2", "sql", TestTraces.of("sql", null, List.of(), null)));
        history.ended(facts("r3", "other", TestTraces.of("other", null, List.of(), null)));
        history.ended(refused("r4"));
        requests(4);
        var times = new RequestLatency(NOW, NOW.plusSeconds(1), NOW.plusSeconds(2), 2);
        assertThat(history.latencies("sql", Instant.EPOCH, 9)).containsExactly(times, times);
        assertThat(history.latencies("sql", Instant.EPOCH, 1)).containsExactly(times);
        assertThat(history.latencies("sql", Instant.now().plusSeconds(60), 9)).isEmpty();
    }

    private List<String> subjects(@Nullable String key, @Nullable String team) {
        return history.audit(new AuditFilter(null, null, null, key, team), FIRST).stream()
                .map(AuditRecord::subject)
                .toList();
    }

    private static RequestFilter byKey(@Nullable String key, @Nullable String team) {
        return new RequestFilter(null, null, null, null, null, null, null, key, team);
    }

    private static RequestTrace by(String key, @Nullable String team) {
        return by(key, team, CallPart.WHOLE);
    }

    private static RequestTrace by(String key, @Nullable String team, CallPart part) {
        var plain = TestTraces.of("sql", null, List.of(), null);
        return new RequestTrace(
                plain.adapter(),
                null,
                null,
                null,
                key,
                team,
                null,
                null,
                plain.replicas(),
                plain.request(),
                plain.tokenHashes(),
                null,
                null,
                List.of(),
                part);
    }

    @Test
    void aBudgetThatRunsOutIsKept() {
        events.publish(new ClusterEvent.BudgetAlert(NOW, "team", "red", "month", 80, 100));
        await().atMost(Duration.ofMinutes(1))
                .until(() -> !history.events("budget_alert", null, FIRST).isEmpty());
        assertThat(history.events("budget_alert", null, FIRST))
                .singleElement()
                .extracting(EventRecord::detail)
                .asString()
                .contains("\"name\":\"red\"", "\"used\":80");
    }

    @Test
    void changesAndAdministrativeActionsAreKept() {
        events.publish(
                new ClusterEvent.AdapterLoaded(NOW, "host", "sql", "hash", 10, 0.5, "file", ""));
        events.publish(new ClusterEvent.ModeSwitched(NOW, "0", "unmerged", "merged(sql#1)", "hot"));
        events.done("127.0.0.1", "adapter.pin", "sql", Map.of("pinned", false), null);
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        history.events(null, null, FIRST).size() == 2
                                && !history.audit(AuditFilter.ALL, FIRST).isEmpty());

        assertThat(history.events(null, null, FIRST))
                .extracting(EventRecord::kind)
                .containsExactly("mode_switched", "adapter_loaded");
        assertThat(history.events("adapter_loaded", "sql", FIRST))
                .singleElement()
                .returns("host", EventRecord::place)
                .extracting(EventRecord::detail)
                .asString()
                .contains("\"seconds\":0.5");
        assertThat(
                        history.audit(
                                new AuditFilter("127.0.0.1", "adapter.pin", "sql", null, null),
                                FIRST))
                .singleElement()
                .returns("{\"pinned\":false}", AuditRecord::before)
                .returns(null, AuditRecord::after);
        assertThat(history.audit(new AuditFilter("others", null, null, null, null), FIRST))
                .isEmpty();
    }

    @Test
    void shadowsAreFoundByTheirRequest() {
        var compared =
                new ShadowFacts(
                        "r1", "sql", "", 4, "hash", ShadowOutcome.COMPARED, 10, 12, 9, 3, 0.5);
        var dropped =
                new ShadowFacts(
                        "r2", "sql", "canary", 4, null, ShadowOutcome.NO_ROOM, 0, 0, 0, null, null);
        history.shadowed(compared);
        history.shadowed(dropped);
        events.publish(new ClusterEvent.GateJudged(NOW, "sql", 4, "hash", false, "prompt 0: no"));
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        history.shadow("r2").isPresent()
                                && !history.events("gate_judged", "sql", FIRST).isEmpty());
        assertThat(history.shadow("r1")).contains(compared);
        assertThat(history.shadow("r2")).contains(dropped);
        assertThat(history.shadow("r3")).isEmpty();
        assertThat(history.requests(ALL, FIRST)).isEmpty();
        assertThat(history.usage(UsageFilter.ALL, null, null, 10)).isEmpty();
    }

    @Test
    void hostileNamesAreKeptAsFarAsTheDatabaseTakesThem() {
        var name = "'; drop table request; -- <script>\u0000\uD800" + "\uD83D\uDE00".repeat(200);
        history.ended(facts("r1", name, TestTraces.of(null, name, List.of(), null)));
        var found = only(requests(1));
        assertThat(found.model())
                .startsWith("'; drop table request; -- <script>\uFFFD\uFFFD\uD83D\uDE00")
                .hasSizeLessThanOrEqualTo(255);
        assertThat(history.requests(model(name), FIRST)).hasSize(1);
        assertThat(metrics.counter("dlora.history.failed").count()).isZero();
    }

    @Test
    void rowsOfAnotherBaseAreNotListed() {
        history.ended(facts("r1", "sql", TestTraces.base()));
        requests(1);
        try (var other = history(HistorySettings.DEFAULT)) {
            other.serves(new ServedBase("other", "fp_2", "exact"));
            assertThat(other.requests(ALL, FIRST)).isEmpty();
            assertThat(other.usage(UsageFilter.ALL, null, null, 10)).isEmpty();
        }
    }

    @Test
    void rowsThatWereWrittenBeforeAnErrorAreNotWrittenTwice() {
        var keys = new HistoryKey(Clock.systemUTC(), new Random(1));
        long key = keys.next();
        var row = row(key, "r1");
        write(List.of(row));
        try (var writer = new HistoryWriter(database, HistorySettings.DEFAULT, metrics)) {
            writer.add(WaitingRow.of(row(key, "r1")));
            writer.add(WaitingRow.of(row(keys.next(), "r2")));
            writer.start();
            requests(2);
        }
        assertThat(history.usage(UsageFilter.ALL, null, null, 10))
                .singleElement()
                .returns(2L, usage -> usage.sums().requests());
        assertThat(metrics.counter("dlora.history.failed").count()).isZero();
    }

    @Test
    void rowsOfServersThatChoseTheSameKeysAreAllKept() {
        long key = new HistoryKey(Clock.systemUTC(), new Random(1)).next();
        write(List.of(row(key, "r1"), row(key + 1, "r2")));
        try (var writer = new HistoryWriter(database, HistorySettings.DEFAULT, metrics)) {
            writer.add(WaitingRow.of(row(key, "r3")));
            writer.start();
            requests(3);
        }
        assertThat(requests(3)).extracting(EndedRequest::id).containsExactly("r3", "r2", "r1");
        assertThat(metrics.counter("dlora.history.failed").count()).isZero();
    }

    static RequestRow row(long key, String request) {
        return RequestRows.of(key, facts(request, "sql", TestTraces.base()), BASE, false);
    }

    @Test
    void serversThatAddToTheSameSumsNeverWaitInACircle() {
        var keys = new HistoryKey(Clock.systemUTC(), new Random(1));
        var day = Instant.parse("2026-01-02T00:00:00Z");
        write(List.of(row(keys, "sql", day), row(keys, "upper", day)));
        try (var threads = Executors.newFixedThreadPool(2)) {
            for (int hour = 1; hour < 24; hour++) {
                var at = day.plus(Duration.ofHours(hour));
                var both = List.<Row>of(row(keys, "sql", at), row(keys, "upper", at));
                var one = List.<Row>of(row(keys, "sql", at));
                var begin = new CountDownLatch(1);
                var writes =
                        Stream.of(both, one)
                                .map(rows ->
                                        threads.submit(() -> {
                                            begin.await();
                                            write(rows);
                                            return rows;
                                        }))
                                .toList();
                begin.countDown();
                for (var each : writes) {
                    // One of two writers that start a sum may be refused and tries again.
                    if (catchThrowable(each::get) instanceof ExecutionException e) {
                        assertThat(e)
                                .rootCause()
                                .isInstanceOf(SQLException.class)
                                .extracting(cause -> ((SQLException) cause).getSQLState())
                                .isEqualTo("23505");
                    }
                }
            }
        }
    }

    private static RequestRow row(HistoryKey keys, String adapter, Instant done) {
        var usual = facts("r", adapter, TestTraces.of(adapter, null, List.of(), null));
        var facts =
                new RequestFacts(
                        usual.id(),
                        usual.clientId(),
                        usual.model(),
                        usual.version(),
                        usual.replica(),
                        new RequestTimes(done, done, null, done, done),
                        usual.usage(),
                        usual.migrations(),
                        usual.rescues(),
                        usual.outcome(),
                        usual.trace());
        return RequestRows.of(keys.next(), facts, BASE, false);
    }

    private void write(List<Row> rows) {
        database.with(
                HistoryTables.class,
                tables -> {
                    tables.write(rows);
                    return 0;
                });
    }

    @Test
    void closeWritesWaitingRows() {
        for (int i = 0; i < 1000; i++) {
            history.ended(facts("r" + i, "sql", TestTraces.base()));
        }
        history.close();
        assertThat(history.requests(ALL, new Page(null, 2000, null, null))).hasSize(1000);
    }

    @Test
    void oldRowsAndTheOldestOfTooManyAreRemoved() {
        for (int i = 0; i < 10; i++) {
            history.ended(facts("r" + i, "sql", TestTraces.base()));
        }
        requests(10);
        var day = Duration.ofDays(1);
        try (var few =
                history(
                        new HistorySettings(
                                true, false, 10, 1 << 20, day, 4, day.multipliedBy(9999)))) {
            few.serves(BASE);
            few.forget();
            assertThat(few.requests(ALL, FIRST))
                    .extracting(EndedRequest::id)
                    .containsExactly("r9", "r8", "r7", "r6");
        }
        var later = Clock.offset(Clock.systemUTC(), Duration.ofDays(2));
        try (var late =
                new StoredHistory(
                        database,
                        new HistorySettings(
                                true, false, 10, 1 << 20, day, 1000, Duration.ofDays(9999)),
                        events,
                        later,
                        metrics)) {
            late.serves(BASE);
            late.forget();
            assertThat(late.requests(ALL, FIRST)).isEmpty();
            assertThat(late.usage(UsageFilter.ALL, null, null, 10)).isNotEmpty();
        }
    }

    /** Waits until so many requests are in the database, and returns them. */
    private List<EndedRequest> requests(int count) {
        await().atMost(Duration.ofMinutes(1))
                .until(() -> history.requests(ALL, FIRST).size() >= count);
        return history.requests(ALL, FIRST);
    }

    private RequestRecord kept() {
        return history.request(only(requests(1)).id()).orElseThrow();
    }

    private static EndedRequest only(List<EndedRequest> rows) {
        assertThat(rows).hasSize(1);
        return rows.getFirst();
    }

    private static RequestFilter model(String name) {
        return new RequestFilter(null, null, name, null, null, null, null, null, null);
    }

    static RequestFacts facts(String id, String model, RequestTrace trace) {
        return new RequestFacts(
                id,
                "client",
                model,
                "hash",
                "1",
                new RequestTimes(NOW, NOW, null, NOW.plusSeconds(1), NOW.plusSeconds(2)),
                new SequenceUsage(3, 1, 2, 4, new StepCounts(5, 6, 7)),
                8,
                9,
                new RequestOutcome.Answered(FinishReason.STOP),
                trace);
    }

    private static RequestFacts refused(String id) {
        return new RequestFacts(
                id,
                null,
                "none",
                null,
                null,
                new RequestTimes(NOW, null, null, null, NOW),
                SequenceUsage.NONE,
                0,
                0,
                new RequestOutcome.TurnedAway(RefusalCode.QUEUE_FULL),
                TestTraces.base());
    }
}
