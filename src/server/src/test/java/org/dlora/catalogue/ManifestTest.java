package org.dlora.catalogue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.api.admin.manifest.ManifestReader;
import org.dlora.api.openai.ServedBuilder;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.manifest.ManifestFile;
import org.dlora.catalogue.manifest.ManifestReport;
import org.dlora.catalogue.manifest.ManifestReport.State;
import org.dlora.catalogue.manifest.ManifestTurns;
import org.dlora.catalogue.manifest.ManifestWatch;
import org.dlora.catalogue.manifest.Reconciliation;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.catalogue.source.Acquisition;
import org.dlora.catalogue.source.AcquisitionJobs;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.catalogue.source.AcquisitionState;
import org.dlora.catalogue.source.AdapterSources;
import org.dlora.catalogue.source.AdapterTarget;
import org.dlora.catalogue.source.ContentStore;
import org.dlora.catalogue.source.SourceSettings;
import org.dlora.catalogue.source.hub.FakeHub;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.catalogue.source.unpack.UnpackLimits;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.catalogue.versions.MemoryCatalogueStore;
import org.dlora.cluster.IdleService;
import org.dlora.cluster.facts.AdminActions;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.CommandRefusedException.Kind;
import org.dlora.operate.adapters.AdapterCommands;
import org.dlora.operate.adapters.AdapterUpdate;
import org.dlora.operate.adapters.CatalogueRefusals;
import org.dlora.operate.adapters.ResidencyCommands;
import org.dlora.operate.adapters.TeamQuota;
import org.dlora.operate.cluster.SchedulingCommands;
import org.dlora.replica.SchedulingSettings;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The manifest of a server with real replicas. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManifestTest {
    private static final Caller ANN = new Caller("ann", Access.OPEN);

    private final CountingStore store = new CountingStore();
    private final ManagedAdapters managed = new ManagedAdapters();
    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-01-02T03:04:05Z"));
    private final FakeHub hub = new FakeHub();
    private final List<String> audit = new ArrayList<>();

    /** Open while jobs wait before they validate what was fetched. */
    private CountDownLatch validating = new CountDownLatch(0);

    /** Values after the last action, by action and subject. */
    private final Map<String, Map<String, Object>> values = new HashMap<>();

    @TempDir Path folder;
    private Path root;
    private Path home;
    private Path file;
    private TinyServer server;
    private AcquisitionJobs jobs;
    private @Nullable ManifestWatch watch;

    /** Counts the writes that reach the store. */
    private static final class CountingStore implements CatalogueStore {
        private final MemoryCatalogueStore kept = new MemoryCatalogueStore();
        private int writes;

        /** Whether answers to commits are lost. */
        private boolean losesAnswers;

        /** Runs before each write. */
        private Runnable beforeWrite = () -> {};

        @Override
        public CatalogueContent read() {
            return kept.read();
        }

        @Override
        public void write(AdapterRecord adapter) {
            beforeWrite.run();
            writes++;
            kept.write(adapter);
            if (losesAnswers) {
                throw new CatalogueUnavailableException("the connection is broken");
            }
        }

        @Override
        public void delete(AdapterRecord known) {
            writes++;
            kept.delete(known);
        }

        @Override
        public void writeShares(Map<String, Double> before, Map<String, Double> after) {
            writes++;
            kept.writeShares(before, after);
        }
    }

    @BeforeEach
    void start() throws IOException {
        root = folder.resolve("root");
        home = folder.resolve("home");
        file = folder.resolve("manifest.yml");
        for (var name : List.of("r8-all", "dora", "r4-qv")) {
            copy(name, root.resolve("pool").resolve(name));
        }
        serve();
    }

    private void serve() {
        server = new TinyServer(List.of(root, home.resolve("adapters")), store);
        jobs =
                new AcquisitionJobs(
                        new ContentStore(home.resolve("adapters")),
                        AdapterSources.of(
                                new SourceSettings(
                                        true,
                                        List.of(),
                                        List.of(),
                                        new UnpackLimits(1 << 24, 100, 100)),
                                new HubSettings(
                                        hub.url(),
                                        Optional.empty(),
                                        folder.resolve("cache"),
                                        false)),
                        acquired(),
                        now::get);
    }

    private AdapterTarget acquired() {
        return new AdapterTarget() {
            @Override
            public void check(AcquisitionRequest request) {}

            @Override
            public RegisteredAdapter validate(String name, Path at) {
                waitFor(validating);
                return server.source.validate(name, at);
            }

            @Override
            public RegisteredAdapter validate(String name, String path) {
                throw new IllegalStateException("the manifest reads folders by itself");
            }

            @Override
            public Optional<String> register(
                    AcquisitionRequest request,
                    RegisteredAdapter content,
                    String origin,
                    @Nullable String author) {
                throw new IllegalStateException("the manifest registers by itself");
            }
        };
    }

    @AfterEach
    void stop() throws IOException {
        jobs.close();
        server.close();
        hub.close();
    }

    private static void copy(String adapter, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(TinyServer.ADAPTERS.resolve(adapter))) {
            for (var one : files.toList()) {
                Files.copy(one, to.resolve(one.getFileName()));
            }
        }
    }

    private AdminActions audit() {
        return (actor, action, subject, _, after) -> {
            audit.add(actor + " " + action + " " + subject);
            if (after != null) {
                values.put(action + " " + subject, Map.copyOf(after));
            }
        };
    }

    /** Begins with a manifest, and applies it. */
    private void begin(String yaml) throws IOException {
        Files.writeString(file, yaml);
        var parser = new ManifestReader(TinyServer.BASE, Set.of(), Map.of(), 100);
        var begun =
                new ManifestWatch(
                        new ManifestFile(file),
                        parser,
                        Duration.ofHours(1),
                        managed,
                        new Reconciliation(
                                new ManifestChanges(
                                        server.adapters,
                                        server.residency(),
                                        server.scheduling(),
                                        jobs,
                                        acquired(),
                                        managed,
                                        now::get)),
                        now::get,
                        audit());
        begun.begin(yaml.getBytes(UTF_8), parser.parse(yaml.getBytes(UTF_8)));
        watch = begun;
        turn();
    }

    private void turn() {
        ManifestTurns.turn(requireNonNull(watch));
    }

    /** Replaces the manifest by a rename; it counts after two turns. */
    private void replace(String yaml) throws IOException {
        var next = Files.writeString(folder.resolve("next"), yaml);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        turn();
        turn();
    }

    private ManifestReport report() {
        return requireNonNull(watch).report();
    }

    private AdapterRecord record(String name) {
        return server.service().find(name).orElseThrow().record();
    }

    private static final String FULL =
            """
            adapters:
            - name: sql
              versions: {stable: pool/r8-all, new: pool/dora}
              route: {versions: {stable: 90, new: 10}, sticky: true}
              aliases: {champion: stable}
              description: Queries
              owner: ann
              tags: [a, b]
              pinned: true
              share: 2
            - {name: law, source: pool/r4-qv, system_prompt: Be brief., parameters: {temperature: 0.5}}
            """;

    @Test
    void wantedAdaptersAreServed() throws Exception {
        begin(FULL);
        assertThat(report().adapters()).allSatisfy(one -> assertThat(one.problems()).isEmpty());
        assertThat(report().state()).isEqualTo(State.APPLIED);
        var sql = record("sql");
        assertThat(sql.route())
                .isEqualTo(new AliasRoute(new TreeMap<>(Map.of(1, 10, 2, 90)), true));
        assertThat(sql.alias("champion").orElseThrow().route()).isEqualTo(AliasRoute.to(2));
        assertThat(sql.details().description()).isEqualTo("Queries");
        assertThat(sql.details().owner()).isEqualTo("ann");
        assertThat(sql.details().tags()).containsExactly("a", "b");
        assertThat(sql.details().pinned()).hasValue(true);
        assertThat(server.cluster.settings().weights().of("sql")).isEqualTo(2);
        assertThat(store.read().shares()).isEqualTo(Map.of("sql", 2.0));
        var law = record("law").version(record("law").route().main()).orElseThrow();
        assertThat(law.defaults().systemPrompt()).hasValue("Be brief.");
        assertThat(server.ask("a", "law", 1, 4).await()).isNotEmpty();
        assertThat(audit)
                .contains("manifest manifest.accept " + file, "manifest adapter.update sql");
    }

    @Test
    void servedContentIsNotWrittenAgain() throws Exception {
        begin(FULL);
        int writes = store.writes;
        var registrations = server.catalogue.registrations();
        for (int i = 0; i < 3; i++) {
            turn();
        }
        replace(FULL + "# a comment\n");
        assertThat(report().state()).isEqualTo(State.APPLIED);
        assertThat(store.writes).isEqualTo(writes);
        assertThat(server.catalogue.registrations()).isEqualTo(registrations);
    }

    @Test
    void aRestartFindsAllAsItWas() throws Exception {
        begin(FULL);
        var kept = store.read();
        jobs.close();
        server.close();
        int writes = store.writes;
        serve();
        server.adapters.restore(kept, List.of());
        server.scheduling().schedule(_ -> shared()).join();
        begin(FULL);
        assertThat(report().state()).isEqualTo(State.APPLIED);
        assertThat(store.read()).isEqualTo(kept);
        assertThat(store.writes).isLessThanOrEqualTo(writes + 1);
    }

    private SchedulingSettings shared() {
        var now = server.cluster.settings();
        return new SchedulingSettings(
                now.policy(), now.slo(), now.merge(), now.weights().with(Map.of("sql", 2.0)));
    }

    @Test
    void aChangeCountsOnceItIsReadTwice() throws Exception {
        begin("adapters: [{name: sql, source: pool/r8-all}]");
        Files.writeString(file, "adapters: [{name: sql, source: pool/dora}]");
        turn();
        assertThat(record("sql").versions()).hasSize(1);
        turn();
        assertThat(record("sql").route()).isEqualTo(AliasRoute.to(2));
        replace("adapters: [{name: sql, source: pool/r8-all}]");
        assertThat(record("sql").route()).isEqualTo(AliasRoute.to(1));
    }

    /** A ConfigMap of Kubernetes is a link to a folder that is replaced. */
    @Test
    void aLinkThatLeadsElsewhereIsSeen() throws Exception {
        for (var name : List.of("r8-all", "dora")) {
            Files.createDirectory(folder.resolve(name));
            Files.writeString(
                    folder.resolve(name).resolve("manifest.yml"),
                    "adapters: [{name: sql, source: pool/%s}]".formatted(name));
        }
        var data = Files.createSymbolicLink(folder.resolve("..data"), folder.resolve("r8-all"));
        Files.createSymbolicLink(file, data.resolve("manifest.yml"));
        begin(Files.readString(file));
        Files.createSymbolicLink(folder.resolve("..tmp"), folder.resolve("dora"));
        Files.move(folder.resolve("..tmp"), data, StandardCopyOption.ATOMIC_MOVE);
        turn();
        turn();
        assertThat(record("sql").route()).isEqualTo(AliasRoute.to(2));
    }

    @Test
    void aBrokenManifestChangesNothing() throws Exception {
        begin(FULL);
        var before = store.read();
        var hash = report().hash();
        for (var broken :
                List.of(
                        "adapters: [",
                        "adapters:\n- {name: sql, sauce: pool/dora}\n",
                        "base: other\nadapters: []\n",
                        "adapters: [{name: a, source: pool/dora}, {name: a, source: pool/dora}]")) {
            replace(broken);
            assertThat(report().state()).as(broken).isEqualTo(State.BROKEN);
            assertThat(report().errors()).hasSize(1);
            assertThat(report().errors().getFirst().line()).isPositive();
            assertThat(report().hash()).isEqualTo(hash);
            assertThat(report().adapters()).hasSize(2);
            assertThat(store.read()).isEqualTo(before);
        }
        Files.delete(file);
        turn();
        assertThat(report().errors().getFirst().toString()).endsWith("does not exist");
        assertThat(managed.members("sql")).contains("route");
        replace(FULL);
        assertThat(report().state()).isEqualTo(State.APPLIED);
        assertThat(report().errors()).isEmpty();
        assertThat(store.read()).isEqualTo(before);
    }

    @Test
    void anAdapterThatIsTakenOutIsReleasedAndGoesOnBeingServed() throws Exception {
        begin(FULL);
        replace("adapters: []");
        assertThat(record("sql").details().description()).isEqualTo("Queries");
        assertThat(managed.members("sql")).isEmpty();
        server.unregister("sql").join();
        turn();
        assertThat(server.service().find("sql")).isEmpty();
    }

    @Test
    void anAdapterThatIsNotToBeServedIsUnloadedForGood() throws Exception {
        begin(FULL);
        replace("adapters: [{name: sql, served: false}, {name: never, served: false}]");
        assertThat(server.service().find("sql")).isEmpty();
        assertThat(report().state()).isEqualTo(State.APPLIED);
        assertThat(store.read().adapters().stream().filter(AdapterRecord::unloaded))
                .extracting(AdapterRecord::name)
                .containsExactly("sql");
    }

    @Test
    void aSourceThatIsNotThereIsReportedAndTriedAgain() throws Exception {
        begin(
                """
                adapters:
                - {name: late, source: pool/late}
                - {name: law, source: pool/r4-qv}
                - {name: nowhere, description: x}
                """);
        assertThat(report().state()).isEqualTo(State.DIFFERENT);
        var late = report().adapters().getFirst();
        assertThat(late.problems().getFirst()).contains("pool/late").contains("is no folder below");
        assertThat(late.differences())
                .extracting(difference -> difference.member())
                .containsExactly("served", "versions.main", "route");
        assertThat(report().adapters().get(1).differences()).isEmpty();
        assertThat(report().adapters().get(2).problems().getFirst()).contains("it is not served");
        copy("dora", root.resolve("pool/late"));
        turn();
        assertThat(report().adapters().getFirst().problems()).isEmpty();
        assertThat(server.service().find("late")).isPresent();
    }

    @Test
    void contentOfTheHubIsFetchedOnce() throws Exception {
        serveByHub("dora");
        var yaml =
                "adapters: [{name: sql, source: \"hf:org/name\", description: %s, parameters: {top_k: %d}}]";
        begin(yaml.formatted("one", 3));
        await().atMost(Duration.ofMinutes(1))
                .until(() -> {
                    turn();
                    return report().state() == State.APPLIED;
                });
        var version = record("sql").version(1).orElseThrow();
        assertThat(version.source()).isEqualTo("hf:org/name@" + FakeHub.COMMIT);
        assertThat(version.defaults().parameters().topK()).hasValue(3);
        int calls = hub.calls.size();
        replace(yaml.formatted("two", 4));
        assertThat(report().state()).isEqualTo(State.APPLIED);
        assertThat(record("sql").route()).isEqualTo(AliasRoute.to(2));
        assertThat(record("sql").details().description()).isEqualTo("two");
        assertThat(hub.calls).hasSize(calls);
    }

    /** The version has no secret, but is found by it; one with another query is fetched. */
    @Test
    void addressesWithAQueryAreRecognized() throws Exception {
        var yaml = "adapters: [{name: sql, source: \"https://h.example/a.zip?sig=%s\"}]";
        var _ =
                server.register(
                        new AcquisitionRequest("sql", "pool/dora", false, true),
                        "https://h.example/a.zip?sig=secret");
        begin(yaml.formatted("secret"));
        assertThat(report().state()).isEqualTo(State.APPLIED);
        replace(yaml.formatted("other"));
        assertThat(report().state()).isNotEqualTo(State.APPLIED);
        assertThat(report().toString())
                .contains("https://h.example/a.zip", "https-hosts")
                .doesNotContain("other", "secret");
        assertThat(record("sql").toString()).doesNotContain("secret");
        assertThat(values.toString()).doesNotContain("secret", "other");
    }

    @Test
    void servedAdaptersStayUntilNewContentIsThere() throws Exception {
        begin("adapters: [{name: sql, source: pool/r8-all}]");
        replace(
                "adapters: [{name: sql, source: \"hf:org/other\", description: x, system_prompt: y}]");
        assertThat(report().state()).isIn(State.FETCHING, State.DIFFERENT);
        assertThat(record("sql").versions()).hasSize(1);
        assertThat(record("sql").route()).isEqualTo(AliasRoute.to(1));
        assertThat(record("sql").details().description()).isEqualTo("x");
    }

    @Test
    void aSourceThatFailsIsTriedAgainAfterAPause() throws Exception {
        begin("adapters: [{name: sql, source: \"hf:org/other\"}]");
        await().atMost(Duration.ofMinutes(1))
                .until(() -> {
                    turn();
                    return report().state() == State.DIFFERENT;
                });
        int begun = jobs.all().size();
        turn();
        assertThat(jobs.all()).hasSize(begun);
        now.updateAndGet(time -> time.plusSeconds(6));
        turn();
        assertThat(jobs.all()).hasSize(begun + 1);
    }

    /** Fetches the adapter of {@code folder} from the hub. */
    private void serveByHub(String folder) throws IOException {
        try (var files = Files.list(TinyServer.ADAPTERS.resolve(folder))) {
            for (var one : files.toList()) {
                hub.file(String.valueOf(one.getFileName()), Files.readAllBytes(one));
            }
        }
    }

    private void awaitState(State state) {
        await().atMost(Duration.ofMinutes(1))
                .until(() -> {
                    turn();
                    return report().state() == state;
                });
    }

    @Test
    void contentThatFailedItsGateIsNotFetchedAgain() throws Exception {
        serveByHub("dora");
        var adapter = "adapters:\n- {name: sql, source: \"hf:org/name\", gate: {prompts: [%s]}}";
        begin(adapter.formatted("{prompt: One two, expected: never}"));
        awaitState(State.DIFFERENT);
        assertThat(server.service().find("sql")).isEmpty();
        assertThat(problem()).contains("did not pass its gate", "the adapter is not served");
        int calls = hub.calls.size();
        int begun = jobs.all().size();
        for (int i = 0; i < 3; i++) {
            now.updateAndGet(time -> time.plusSeconds(301));
            turn();
            assertThat(problem()).contains("did not pass its gate");
        }
        assertThat(jobs.all()).hasSize(begun);
        assertThat(hub.calls).hasSize(calls);
        replace(adapter.formatted("{prompt: One two, max_divergence: 1}"));
        awaitState(State.APPLIED);
        assertThat(record("sql").route()).isEqualTo(AliasRoute.to(1));
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            throw new CancellationException("The job was cancelled");
        }
    }

    private Acquisition job() {
        return jobs.all().getFirst().report();
    }

    private void awaitJob(AcquisitionState state) {
        await().atMost(Duration.ofMinutes(1)).until(() -> job().state() == state);
    }

    /** Returns the folders of the store of acquired adapters, and what is unfinished there. */
    private List<String> kept() throws IOException {
        try (var all = Files.walk(home.resolve("adapters"))) {
            return all.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> name.equals("adapter_config.json"))
                    .toList();
        }
    }

    @Test
    void aJobOfAnOlderManifestIsJudgedByTheGateInForce() throws Exception {
        serveByHub("dora");
        validating = new CountDownLatch(1);
        begin("adapters: [{name: sql, source: \"hf:org/name\"}]");
        awaitJob(AcquisitionState.VALIDATING);
        replace(
                """
                adapters:
                - name: sql
                  source: "hf:org/name"
                  system_prompt: Be brief.
                  gate: {prompts: [{prompt: One two, expected: never}]}
                """);
        assertThat(report().state()).isEqualTo(State.FETCHING);
        validating.countDown();
        awaitState(State.DIFFERENT);
        assertThat(problem()).contains("did not pass its gate");
        assertThat(server.service().find("sql")).isEmpty();
        var version = store.read().adapters().getFirst().version(1).orElseThrow();
        assertThat(version.defaults().systemPrompt()).hasValue("Be brief.");
        assertThat(jobs.all()).hasSize(1);
    }

    @Test
    void aJobWhoseSourceTheManifestDropsIsCancelled() throws Exception {
        serveByHub("dora");
        validating = new CountDownLatch(1);
        begin("adapters: [{name: sql, source: \"hf:org/name\"}]");
        awaitJob(AcquisitionState.VALIDATING);
        replace("adapters: []");
        awaitJob(AcquisitionState.CANCELLED);
        assertThat(server.service().find("sql")).isEmpty();
        assertThat(kept()).isEmpty();
        validating.countDown();
        replace("adapters: [{name: sql, source: \"hf:org/name\"}]");
        awaitState(State.APPLIED);
        assertThat(jobs.all()).hasSize(2);
    }

    @Test
    void contentIsRefusedWhoseSourceTheManifestDropsWhileItIsLoaded() throws Exception {
        serveByHub("dora");
        server.register("other", "pool/r8-all", false);
        validating = new CountDownLatch(1);
        begin("adapters: [{name: sql, source: \"hf:org/name\"}]");
        awaitJob(AcquisitionState.VALIDATING);
        // Another change delays the change of the job.
        var isWriting = new CountDownLatch(1);
        var mayWrite = new CountDownLatch(1);
        store.beforeWrite =
                () -> {
                    isWriting.countDown();
                    waitFor(mayWrite);
                };
        var change = Thread.ofPlatform().start(() -> server.unregister("other").join());
        waitFor(isWriting);
        validating.countDown();
        awaitJob(AcquisitionState.LOADING);
        replace("adapters: []");
        mayWrite.countDown();
        change.join();
        awaitJob(AcquisitionState.FAILED);
        assertThat(job().error())
                .isEqualTo(
                        "The manifest in force does not name hf:org/name as a source of adapter 'sql'; it is not served");
        assertThat(server.service().find("sql")).isEmpty();
        assertThat(kept()).isEmpty();
    }

    private String problem() {
        return String.join("\n", report().adapters().getFirst().problems());
    }

    @Test
    void aCommitWhoseAnswerIsLostKeepsTheFolderOfItsRow() throws Exception {
        serveByHub("dora");
        store.losesAnswers = true;
        begin("adapters: [{name: sql, source: \"hf:org/name\"}]");
        awaitState(State.DIFFERENT);
        assertThat(problem()).contains("the connection is broken");
        assertThat(server.service().find("sql")).isEmpty();
        var version = store.read().adapters().getFirst().version(1).orElseThrow();
        assertThat(home.resolve("adapters").resolve(version.folder())).isDirectory();
        store.losesAnswers = false;
        now.updateAndGet(time -> time.plusSeconds(6));
        awaitState(State.APPLIED);
    }

    private static String gated(String source) {
        return """
        adapters:
        - name: sql
          source: pool/%s
          gate:
            prompts:
            - {prompt: One two, max_tokens: 8}
        """
                .formatted(source);
    }

    @Test
    void theFirstVersionAnswersTheGateThatLaterOnesHaveToPass() throws Exception {
        begin(gated("r8-all"));
        assertThat(report().state()).isEqualTo(State.APPLIED);
        var gate = record("sql").gate().gate().orElseThrow();
        assertThat(gate.prompts().getFirst().expected()).isPresent();
        assertThat(managed.members("sql")).contains("gate");
        int writes = store.writes;
        turn();
        assertThat(store.writes).isEqualTo(writes);
        replace(gated("dora"));
        assertThat(report().state()).isEqualTo(State.DIFFERENT);
        assertThat(problem()).contains("Version 2 of adapter 'sql' did not pass its gate");
        assertThat(record("sql").route()).isEqualTo(AliasRoute.to(1));
        assertThat(record("sql").gate().gate()).hasValue(gate);
        // Other callers neither change nor remove the adapter.
        var commands = new AdapterCommands(administration(), server.events, TeamQuota.NONE);
        var draft =
                new GateDraft(
                        List.of(),
                        "a",
                        8,
                        Optional.of("b"),
                        Optional.empty(),
                        OptionalDouble.empty());
        assertRefused(() -> commands.setGate(ANN, "sql", List.of(draft)))
                .withMessageContaining("'gate'");
        assertRefused(() -> commands.removeGate(ANN, "sql"));
        var _ = server.service().removeGate("sql");
        turn();
        assertThat(record("sql").gate().gate()).hasValue(gate);
        replace("adapters: [{name: sql, source: pool/dora}]");
        commands.removeGate(ANN, "sql");
        turn();
        assertThat(report().state()).isEqualTo(State.APPLIED);
        assertThat(record("sql").route()).isEqualTo(AliasRoute.to(2));
    }

    @Test
    void aNewAdapterIsServedOnceItPassesItsGate() throws Exception {
        var yaml =
                "adapters:\n- {name: sql, source: pool/r8-all, gate: {prompts: [{prompt: One two, tokens: [7], logprobs: [%s], max_divergence: 1}]}}";
        begin(yaml.formatted("-900"));
        assertThat(server.service().find("sql")).isEmpty();
        assertThat(problem()).contains("did not pass its gate");
        var kept = store.read().adapters().getFirst();
        assertThat(kept.unloaded()).isTrue();
        assertThat(kept.gate().gate()).isPresent();
        double logprob =
                kept.gate()
                        .results()
                        .values()
                        .iterator()
                        .next()
                        .findings()
                        .getFirst()
                        .logprob()
                        .orElseThrow();
        replace(yaml.formatted(logprob));
        assertThat(report().state()).isEqualTo(State.APPLIED);
        assertThat(record("sql").route()).isEqualTo(AliasRoute.to(1));
        var version = record("sql").version(1).orElseThrow();
        assertThat(record("sql").gate().current(version).orElseThrow().passed()).isTrue();
    }

    @Test
    void aRouteCanHaveAShadowThatOthersDoNotChange() throws Exception {
        begin(
                """
                adapters:
                - name: sql
                  versions: {old: pool/r8-all, new: pool/dora}
                  route: {versions: {old: 1}, shadow: new}
                """);
        assertThat(report().state()).isEqualTo(State.APPLIED);
        var versions = record("sql").alias("").orElseThrow();
        int shadow = versions.shadow().orElseThrow();
        assertThat(versions.uses(shadow)).isTrue();
        assertThat(versions.route().weights()).doesNotContainKey(shadow);
        int writes = store.writes;
        turn();
        assertThat(store.writes).isEqualTo(writes);
        var commands = new AdapterCommands(administration(), server.events, TeamQuota.NONE);
        assertRefused(() -> commands.route(ANN, "sql", "", versions.route(), OptionalInt.empty()));
        commands.route(ANN, "sql", "", versions.route(), OptionalInt.of(shadow));
        server.service().route("sql", "", versions.route(), OptionalInt.empty());
        turn();
        assertThat(record("sql").alias("")).hasValue(versions);
    }

    @Test
    void aGateThatCannotBeRecordedChangesNoVersion() throws Exception {
        begin("adapters: [{name: sql, source: pool/r8-all}]");
        replace(
                "adapters:\n- {name: sql, source: pool/dora, gate: {prompts: [{prompt: %s}]}}"
                        .formatted("word ".repeat(100)));
        assertThat(problem()).contains("its gate could not be set: The answer to prompt 0");
        assertThat(record("sql").versions()).hasSize(1);
        assertThat(report().adapters().getFirst().differences())
                .extracting(difference -> difference.member())
                .contains("gate", "versions.main");
    }

    @Test
    void versionsAndTheAuditSayThatTheManifestMadeThem() throws Exception {
        serveByHub("dora");
        begin(
                """
                adapters:
                - {name: sql, source: pool/r8-all, description: Queries}
                - {name: law, source: "hf:org/name"}
                """);
        awaitState(State.APPLIED);
        for (var name : List.of("sql", "law")) {
            var version = record(name).version(1).orElseThrow();
            assertThat(version.facts().author()).as(name).hasValue("manifest");
        }
        var after = requireNonNull(values.get("adapter.update sql"));
        assertThat(after).containsEntry("description", "Queries").containsKey("aliases");
        assertThat(after.get("manifest")).isEqualTo(report().hash());
    }

    @Test
    void changesOfOthersComeBack() throws Exception {
        begin(FULL);
        var _ = server.service().route("sql", "", AliasRoute.to(1));
        server.residency().pin("sql", false);
        turn();
        assertThat(record("sql").route().weights()).isEqualTo(Map.of(1, 10, 2, 90));
        assertThat(record("sql").details().pinned()).hasValue(true);
    }

    @Test
    void otherCallersCannotChangeManagedAdapters() throws Exception {
        begin(FULL);
        var administration = administration();
        var guard = administration.guard();
        var commands = new AdapterCommands(administration, server.events, TeamQuota.NONE);
        var residency = new ResidencyCommands(administration, server.events, TeamQuota.NONE);
        var to1 = AliasRoute.to(1);
        var before = store.read();
        for (var change :
                List.<Runnable>of(
                        () -> translated(() -> guard.addVersion("sql", true)),
                        () -> translated(() -> guard.withdraw("sql")),
                        () -> commands.addVersion(ANN, "sql", "pool/r4-qv", false),
                        () -> commands.retire(ANN, "sql", 1),
                        () -> commands.route(ANN, "sql", "", to1, OptionalInt.empty()),
                        () -> commands.route(ANN, "sql", "champion", to1, OptionalInt.empty()),
                        () -> commands.rollBack(ANN, "sql", "", Optional.empty()),
                        () -> commands.removeAlias(ANN, "sql", "champion"),
                        () -> commands.delete(ANN, "sql", false).join(),
                        () ->
                                commands.update(
                                        ANN,
                                        "law",
                                        AdapterUpdate.ofDefaults(
                                                Optional.of("Be long."), Optional.empty())),
                        () -> commands.update(ANN, "sql", AdapterUpdate.ofShare(1)),
                        () -> residency.change(ANN, "sql", ResidencyCommands.Action.UNPIN).join(),
                        () -> schedule(administration, ManifestTest::unshared))) {
            assertRefused(change)
                    .withMessageContaining(
                            "comes from the manifest (dlora.adapters.manifest, line ")
                    .withMessageEndingWith("; change it there.");
        }
        assertThat(store.read()).isEqualTo(before);
        // Changes that the manifest does not state, or states alike.
        var _ = commands.route(ANN, "sql", "other", to1, OptionalInt.empty());
        var _ = commands.route(ANN, "sql", "champion", AliasRoute.to(2), OptionalInt.empty());
        var _ =
                commands.update(
                        ANN,
                        "law",
                        AdapterUpdate.ofTexts(
                                Optional.of("Laws"), Optional.empty(), Optional.empty()));
        residency.change(ANN, "law", ResidencyCommands.Action.PIN).join();
        residency.change(ANN, "sql", ResidencyCommands.Action.PIN).join();
        schedule(administration, settings -> settings);
        turn();
        assertThat(report().state()).isEqualTo(State.APPLIED);
    }

    private Administration administration() {
        return new ServedBuilder(
                        new ServedModels(server.source.base(), 64, server.names(), Instant.EPOCH),
                        new IdleService())
                .catalogue(server.service())
                .scheduling(server.scheduling())
                .residency(server.residency())
                .managed(managed)
                .administration();
    }

    private void schedule(Administration administration, UnaryOperator<SchedulingSettings> change) {
        translated(() ->
                SchedulingCommands.update(administration, change, server.events, "ann", "").join());
    }

    /** Makes a change whose refusals the caller translates. */
    private static void translated(Runnable change) {
        var _ =
                CatalogueRefusals.translated(() -> {
                    change.run();
                    return true;
                });
    }

    private static ThrowableAssertAlternative<CommandRefusedException> assertRefused(
            Runnable change) {
        return assertThatExceptionOfType(CommandRefusedException.class)
                .isThrownBy(change::run)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CONFLICT));
    }

    private static SchedulingSettings unshared(SchedulingSettings before) {
        return new SchedulingSettings(
                before.policy(),
                before.slo(),
                before.merge(),
                before.weights().with(Map.of("sql", 1.0)));
    }

    @Test
    void theThreadWatchesTheFile() throws Exception {
        begin("adapters: [{name: sql, source: pool/r8-all}]");
        var parser = new ManifestReader(TinyServer.BASE, Set.of(), Map.of(), 100);
        try (var own =
                new ManifestWatch(
                        new ManifestFile(file),
                        parser,
                        Duration.ofMillis(20),
                        managed,
                        new Reconciliation(
                                new ManifestChanges(
                                        server.adapters,
                                        server.residency(),
                                        server.scheduling(),
                                        jobs,
                                        acquired(),
                                        managed,
                                        now::get)),
                        now::get,
                        AdminActions.NONE)) {
            var bytes = Files.readAllBytes(file);
            own.begin(bytes, parser.parse(bytes));
            own.start();
            Files.writeString(file, "adapters: [{name: sql, source: pool/dora}]");
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> record("sql").route().equals(AliasRoute.to(2)));
        }
    }
}
