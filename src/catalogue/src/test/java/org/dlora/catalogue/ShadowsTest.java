package org.dlora.catalogue;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.accounts.TokenAccounts;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.cluster.ToldFacts;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.ShadowFacts;
import org.dlora.cluster.facts.ShadowOutcome;
import org.dlora.cluster.requests.ShadowRequest;
import org.dlora.cluster.requests.Submission;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.TeamRef;
import org.dlora.scheduling.TeamStanding;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Shadows and weighted aliases on real replicas. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShadowsTest {
    private static final int REQUESTS = 10_000;
    private static final int AT_ONCE = 500;

    private final BlockingQueue<ShadowFacts> shadows = new LinkedBlockingQueue<>();
    private final TinyServer server =
            new TinyServer(
                    List.of(TinyServer.ADAPTERS),
                    new RequestObserver() {
                        @Override
                        public void ended(RequestFacts facts) {}

                        @Override
                        public void shadowed(ShadowFacts facts) {
                            shadows.add(facts);
                        }
                    });

    @BeforeEach
    void serve() {
        server.load("sql", "r8-all", false);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Adds a version of other weights, and loads it as the shadow of the name. */
    private void shadow(String folder) {
        server.service().addVersion("sql", folder, false);
        server.service().route("sql", "", AliasRoute.to(1), OptionalInt.of(2));
        assertThat(server.memory.isResident(shadowId())).isTrue();
    }

    private String shadowId() {
        return requireNonNull(server.catalogue.entry("sql").orElseThrow().served().get(2)).id();
    }

    private Answer ask(String id, int tokens) {
        return ask(TinyServer.request(id, "sql", 1, tokens));
    }

    /** Asks for the name as the HTTP interface does. */
    private Answer ask(GenerationRequest request) {
        return ask(request, Arrival.now(Clock.systemUTC(), null));
    }

    private Answer ask(GenerationRequest request, Arrival arrival) {
        var answer = new Answer();
        submit(request, answer, arrival);
        return answer;
    }

    private void submit(GenerationRequest request, GenerationListener listener, Arrival arrival) {
        var choice = server.catalogue.choose("sql", null, () -> 0).orElseThrow();
        var shadow =
                choice.shadow()
                        .map(version -> new ShadowRequest("", version, request.prompt()))
                        .orElse(null);
        server.cluster.submit(List.of(new Submission(request, listener, arrival, choice, shadow)));
    }

    private ShadowFacts told() throws InterruptedException {
        var facts = shadows.poll(1, TimeUnit.MINUTES);
        assertThat(facts).isNotNull();
        return requireNonNull(facts);
    }

    private static int outputTokens(List<GenerationEvent> events) {
        return ((Finished) events.getLast()).outputTokens();
    }

    /** Adds a shadow as a caller that the audit names so orders it. */
    private void shadow(String folder, String owner) {
        AuditedAction.call(
                owner,
                "adapter.route",
                () -> {
                    shadow(folder);
                    return owner;
                });
    }

    @Test
    void aShadowIsChargedToItsAuthor() throws Exception {
        var accounts = new NotedAccounts();
        server.adapters.chargeTo(accounts);
        shadow("dora", "key");
        var request = TinyServer.request("r1", "sql", 1, 20);
        var _ = ask(request).await();
        assertThat(told().outcome()).isEqualTo(ShadowOutcome.COMPARED);
        assertThat(accounts.authors).containsExactly("key");
        assertThat(accounts.works).containsExactly(TokenAccounts.Work.BESIDE);
        assertThat(accounts.reserved).containsExactly(request.prompt().length + 20L);
        assertThat(accounts.used).containsExactly(request.prompt().length + 20L);
    }

    @Test
    void aShadowThatIsNotRunCostsNothing() throws Exception {
        var accounts = new NotedAccounts();
        server.adapters.chargeTo(accounts);
        shadow("dora", "key");
        server.memory.evictByHand(shadowId()).join();
        var _ = ask("r1", 4).await();
        assertThat(told().outcome()).isEqualTo(ShadowOutcome.NOT_RESIDENT);
        assertThat(accounts.reserved).isEmpty();
    }

    @Test
    void aShadowThatNobodyOrderedIsTheServersOwn() throws Exception {
        var accounts = new NotedAccounts();
        server.adapters.chargeTo(accounts);
        shadow("dora");
        var _ = ask("r1", 4).await();
        assertThat(told().outcome()).isEqualTo(ShadowOutcome.COMPARED);
        assertThat(accounts.authors).isEmpty();
    }

    @Test
    void aShadowWhoseOwnerHasNoTokensIsNotRunAndTheClientIsServed() throws Exception {
        var accounts = new NotedAccounts();
        server.adapters.chargeTo(accounts);
        var alone = ask("r1", 20).await();
        shadow("dora", "key");
        accounts.isClosed = true;
        assertThat(ask("r2", 20).await()).isEqualTo(alone);
        assertThat(told().outcome()).isEqualTo(ShadowOutcome.OVER_LIMIT);
        assertThat(server.service().shadow("sql", "").orElseThrow().outcomes())
                .containsExactly(Map.entry(ShadowOutcome.OVER_LIMIT, 1L));
        assertThat(accounts.used).isEmpty();
    }

    @Test
    void aShadowIsComparedAndUnseen() throws Exception {
        var alone = ask("r1", 20).await();
        ToldFacts.forget(server.facts, 1);
        shadow("dora");
        assertThat(ask("r2", 20).await()).isEqualTo(alone);
        var facts = told();
        assertThat(facts.outcome()).isEqualTo(ShadowOutcome.COMPARED);
        assertThat(facts.request()).isEqualTo("r2");
        assertThat(facts.number()).isEqualTo(2);
        assertThat(facts.clientTokens()).isEqualTo(outputTokens(alone));
        assertThat(facts.shadowTokens()).isEqualTo(20);
        assertThat(facts.firstDifference()).isNotNull().isLessThan(20);
        assertThat(facts.equalShare()).isLessThan(1);
        // The history and the meters have the client's request alone.
        await().untilAsserted(() -> assertThat(server.facts).hasSize(1));
        assertThat(
                        server.registry.get("dlora.requests").counters().stream()
                                .mapToDouble(counter -> counter.count())
                                .sum())
                .isEqualTo(2);
        var totals = server.service().shadow("sql", "").orElseThrow();
        assertThat(totals.compared()).isEqualTo(1);
        assertThat(totals.identical()).isZero();
        await().until(() -> server.cluster.load().running() == 0);
    }

    /** A call's use of its limits depends on this event. */
    @Test
    void aClientLearnsThatItsRowsAreComputedAlsoBesideAShadow() throws Exception {
        assertThat(begins("r1")).isEqualTo(1);
        shadow("dora");
        assertThat(begins("r2")).isEqualTo(1);
    }

    private int begins(String id) throws Exception {
        var begins = new AtomicInteger();
        var answer = new Answer();
        submit(
                TinyServer.request(id, "sql", 1, 3),
                new GenerationListener() {
                    @Override
                    public void on(GenerationEvent event) {
                        answer.on(event);
                    }

                    @Override
                    public void began(long nanos) {
                        begins.incrementAndGet();
                    }
                },
                Arrival.now(Clock.systemUTC(), null));
        answer.await();
        return begins.get();
    }

    @Test
    void serviceOfAShadowCountsForTheTeamOfItsClient() throws Exception {
        server.cluster
                .schedule(_ ->
                        new SchedulingSettings(PolicySettings.of(PolicyKind.DLORA), SloLimits.NONE))
                .join();
        shadow("dora");
        var request = TinyServer.request("r1", "sql", 1, 20);
        ask(request, Arrival.now(Clock.systemUTC(), null).with("key", "red")).await();
        assertThat(told().outcome()).isEqualTo(ShadowOutcome.COMPARED);
        assertThat(server.cluster.scheduling(100))
                .flatExtracting(SchedulingReport::steps)
                .flatExtracting(step -> step.decision().teams())
                .extracting(TeamStanding::team)
                .containsOnly(new TeamRef("red"));
    }

    @Test
    void theSameWeightsAnswerTheSame() throws Exception {
        server.service()
                .update(
                        "sql",
                        UnaryOperator.identity(),
                        _ -> new VersionDefaults(Optional.of("Hi"), ParameterDefaults.NONE));
        server.service().route("sql", "", AliasRoute.to(1), OptionalInt.of(2));
        ask("r1", 20).await();
        var facts = told();
        assertThat(facts.isIdentical()).isTrue();
        assertThat(facts.equalShare()).isEqualTo(1);
        assertThat(facts.logprobDifference()).isEqualTo(0.0);
    }

    @Test
    void aShadowTakesItsOwnRowsInTheClientsSteps() throws Exception {
        ask("warm", 4).await();
        await().until(() -> server.cluster.load().running() == 0);
        double before = rows();
        int alone = steps(() -> ask("r1", 40).await());
        await().until(() -> rows() == before + 44); // 5 of the prompt, then one for each next token
        shadow("dora");
        long shared = 0;
        // The start of the shadow depends on the machine.
        for (int i = 2; i < 200 && shared < 37; i++) {
            shared = shared("r" + i, alone);
        }
        assertThat(shared).isGreaterThanOrEqualTo(37);
    }

    /** Asks with a shadow; returns the number of steps that both have run in. */
    private long shared(String id, int alone) throws Exception {
        double before = rows();
        var numbers = lastSteps();
        int both =
                steps(() -> {
                    ask(id, 40).await();
                    var facts = told();
                    assertThat(facts.outcome()).isEqualTo(ShadowOutcome.COMPARED);
                    assertThat(facts.shadowTokens()).isEqualTo(40);
                    return facts;
                });
        await().until(() -> rows() == before + 2 * 44);
        long shared =
                server.cluster.scheduling(100).stream()
                        .flatMap(replica ->
                                replica.steps().stream()
                                        .filter(step ->
                                                step.number()
                                                        > numbers.getOrDefault(
                                                                replica.replica(), 0L)))
                        .filter(step -> step.sequences() == 2)
                        .count();
        assertThat(shared).isEqualTo(2L * alone - both);
        return shared;
    }

    /** Returns the rows that all replicas have computed. */
    private double rows() {
        return server.registry.get("dlora.rows").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private interface Work {
        Object run() throws Exception;
    }

    private int steps(Work work) throws Exception {
        await().until(() -> server.cluster.load().running() == 0);
        long before = lastStep();
        var _ = work.run();
        await().until(() -> server.cluster.load().running() == 0);
        return (int) (lastStep() - before);
    }

    private long lastStep() {
        return lastSteps().values().stream().mapToLong(Long::longValue).sum();
    }

    /** Returns the number of each replica's last step. */
    private Map<String, Long> lastSteps() {
        var numbers = new TreeMap<String, Long>();
        for (var replica : server.cluster.scheduling(1)) {
            replica.steps().forEach(step -> numbers.put(replica.replica(), step.number()));
        }
        return numbers;
    }

    @Test
    void aShadowEndsWithTheClientsRequest() throws Exception {
        shadow("dora");
        var answer = ask("r1", 58);
        answer.awaitStart();
        server.cluster.cancel("r1");
        answer.await();
        var facts = told();
        assertThat(facts.outcome()).isIn(ShadowOutcome.CLIENT_ENDED, ShadowOutcome.COMPARED);
        await().until(() -> server.cluster.load().running() == 0);
        assertThat(server.replica(0).has("r1-shadow") || server.replica(1).has("r1-shadow"))
                .isFalse();
    }

    @Test
    void theShadowsOfAFailedReplicaGiveTheirAdapterBack() throws Exception {
        shadow("dora");
        var id = shadowId();
        var answer = ask("r1", 58);
        answer.awaitStart();
        for (int replica = 0; replica < 2; replica++) {
            server.adapters.shadows().lost(server.replica(replica));
        }
        assertThat(told().outcome()).isIn(ShadowOutcome.FAILED, ShadowOutcome.COMPARED);
        answer.await();
        await().until(() -> server.adapters.shadows().open() == 0);
        assertThat(server.memory.status(id).orElseThrow().running()).isZero();
    }

    @Test
    void aShadowThatIsNotResidentIsDroppedAndLoaded() throws Exception {
        shadow("dora");
        var id = shadowId();
        server.memory.evict(id).join();
        var answer = ask("r1", 8).await();
        assertThat(outputTokens(answer)).isEqualTo(8);
        assertThat(told().outcome()).isEqualTo(ShadowOutcome.NOT_RESIDENT);
        await().until(() -> server.memory.isResident(id));
        ask("r2", 8).await();
        assertThat(told().outcome()).isEqualTo(ShadowOutcome.COMPARED);
    }

    @Test
    void shadowsWithoutRoomAreDroppedAndAllClientsAreAnswered() throws Exception {
        var alone = ask("r0", 30).await();
        shadow("dora");
        var outcomes = new HashSet<ShadowOutcome>();
        // Two replicas run four sequences each, and a busy machine may submit more slowly than they
        // run.
        for (int round = 0; round < 100 && !outcomes.contains(ShadowOutcome.NO_ROOM); round++) {
            var answers = new ArrayList<Answer>();
            for (int i = 1; i <= 30; i++) {
                answers.add(ask("r" + round + "-" + i, 30));
            }
            for (var answer : answers) {
                assertThat(answer.await()).isEqualTo(alone);
                outcomes.add(told().outcome());
            }
        }
        assertThat(outcomes).contains(ShadowOutcome.NO_ROOM);
        await().until(() -> server.cluster.load().running() == 0);
    }

    @Test
    void aWeightedAliasIsWithinStatisticsOfItsWeights() throws Exception {
        server.service().addVersion("sql", "dora", false);
        server.service().addVersion("sql", "r4-qv", false);
        var weights = new TreeMap<>(Map.of(1, 70, 2, 20, 3, 10));
        server.service().route("sql", "", new AliasRoute(weights, false));
        var random = new Random(16);
        assertShares(served(random), weights);
        server.service().route("sql", "", new AliasRoute(weights, true));
        var first = chosen();
        assertShares(first, weights);
        assertThat(chosen()).isEqualTo(first);
    }

    /** Returns the version of each user. */
    private List<Integer> chosen() {
        return IntStream.range(0, REQUESTS)
                .mapToObj(user ->
                        server.catalogue
                                .choose("sql", "user " + user, () -> 0)
                                .orElseThrow()
                                .version()
                                .number())
                .toList();
    }

    /** Returns the versions that answered, by request. */
    private List<Integer> served(Random random) throws Exception {
        server.facts.clear();
        for (int from = 0; from < REQUESTS; from += AT_ONCE) {
            var answers = new ArrayList<Answer>();
            for (int i = from; i < from + AT_ONCE; i++) {
                var choice = server.catalogue.choose("sql", null, random::nextDouble).orElseThrow();
                var answer = new Answer();
                answers.add(answer);
                server.cluster.submit(
                        List.of(
                                new Submission(
                                        TinyServer.request("w" + i, "sql", 1, 1),
                                        answer,
                                        Arrival.now(Clock.systemUTC(), null),
                                        choice)));
            }
            for (var answer : answers) {
                answer.await();
            }
        }
        await().until(() -> server.facts.size() >= REQUESTS);
        var versions = new TreeMap<Integer, Integer>();
        for (var facts : server.facts) {
            versions.put(
                    Integer.valueOf(facts.id().substring(1)),
                    requireNonNull(facts.trace().number()));
        }
        assertThat(versions).hasSize(REQUESTS);
        return List.copyOf(versions.values());
    }

    /** Five standard deviations of a binomial distribution. */
    private static void assertShares(List<Integer> versions, Map<Integer, Integer> weights) {
        weights.forEach((number, percent) -> {
            double share = percent / 100.0;
            double bound = 5 * Math.sqrt(REQUESTS * share * (1 - share));
            long count = versions.stream().filter(number::equals).count();
            assertThat((double) count)
                    .as("version %d", number)
                    .isBetween(REQUESTS * share - bound, REQUESTS * share + bound);
        });
    }
}
