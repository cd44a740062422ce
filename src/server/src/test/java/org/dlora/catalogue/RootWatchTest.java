package org.dlora.catalogue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.api.admin.manifest.ManifestReader;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.catalogue.manifest.ManifestTurns;
import org.dlora.catalogue.served.BrokenAdapter;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.GateDraft;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RootWatchTest {
    private static final String WEIGHTS = "adapter_model.safetensors";

    @TempDir Path folder;
    private Path root;
    private TinyServer server;
    private RootWatch watch;
    private final ManagedAdapters managed = new ManagedAdapters();
    private final AtomicReference<Instant> now = new AtomicReference<>(TinyServer.NOW);

    @BeforeEach
    void start() throws IOException {
        root = Files.createDirectory(folder.resolve("root"));
        server = new TinyServer(List.of(root));
        watch = watch(Duration.ofHours(1));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RootWatch watch(Duration interval) {
        return new RootWatch(List.of(root), server.adapters, managed, interval, now::get);
    }

    private static void copy(String adapter, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(TinyServer.ADAPTERS.resolve(adapter))) {
            for (var file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private void delete(String name) throws IOException {
        try (var files = Files.list(root.resolve(name))) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(root.resolve(name));
    }

    private boolean isServed(String name) {
        return server.catalogue.find(name).isPresent();
    }

    private List<String> broken() {
        return server.adapters.broken().stream().map(BrokenAdapter::name).toList();
    }

    @Test
    void aNewFolderIsServedOnceItStaysAsItIs() throws Exception {
        copy("r8-all", root.resolve("sql"));
        watch.look();
        assertThat(isServed("sql")).isFalse();
        watch.look();
        assertThat(isServed("sql")).isTrue();
        assertThat(server.ask("a", "sql", 1, 4).await()).isNotEmpty();
        assertThat(server.store.read().adapters()).hasSize(1);
        var registrations = server.catalogue.registrations();
        watch.look();
        watch.look();
        assertThat(server.catalogue.registrations()).isEqualTo(registrations);
    }

    @Test
    void aFolderThatIsBeingCopiedIsTriedAgainWhenItHasChanged() throws Exception {
        copy("r8-all", root.resolve("sql"));
        var whole = Files.readAllBytes(root.resolve("sql").resolve(WEIGHTS));
        Files.delete(root.resolve("sql").resolve(WEIGHTS));
        watch.look();
        for (int part = 1; part <= 3; part++) {
            Files.write(
                    root.resolve("sql").resolve(WEIGHTS),
                    Arrays.copyOf(whole, whole.length * part / 4));
            watch.look();
            assertThat(broken()).as("part %d", part).isEmpty();
        }
        watch.look();
        assertThat(isServed("sql")).isFalse();
        assertThat(broken()).containsExactly("sql");
        assertThat(server.adapters.broken().getFirst().problem()).contains(WEIGHTS);
        Files.write(root.resolve("sql").resolve(WEIGHTS), whole);
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isTrue();
        assertThat(broken()).isEmpty();
    }

    @Test
    void aFolderWithoutAConfigurationAndAHiddenOneAreNoAdaptersYet() throws Exception {
        Files.createDirectory(root.resolve("empty"));
        copy("r8-all", root.resolve(".copying"));
        Files.writeString(root.resolve("file"), "x");
        for (int i = 0; i < 3; i++) {
            watch.look();
        }
        assertThat(server.catalogue.entries()).isEmpty();
        assertThat(broken()).isEmpty();
    }

    @Test
    void theAdapterOfARemovedFolderIsWithdrawnAndItsRequestsEnd() throws Exception {
        copy("r8-all", root.resolve("sql"));
        watch.look();
        watch.look();
        var running = server.ask("a", "sql", 1, 20);
        running.awaitStart();
        delete("sql");
        watch.look();
        assertThat(isServed("sql")).isTrue();
        watch.look();
        assertThat(isServed("sql")).isFalse();
        assertThat(broken()).containsExactly("sql");
        assertThat(server.adapters.broken().getFirst().problem())
                .isEqualTo("its folder %s is not there any more".formatted(real("sql")));
        assertThat(running.await().getLast().toString()).startsWith("Finished");
        copy("r8-all", root.resolve("sql"));
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isTrue();
        assertThat(server.service().find("sql").orElseThrow().record().route())
                .isEqualTo(AliasRoute.to(1));
        assertThat(broken()).isEmpty();
    }

    private Path real(String name) throws IOException {
        return root.toRealPath().resolve(name);
    }

    @Test
    void aRootThatIsNotThereChangesNothing() throws Exception {
        copy("r8-all", root.resolve("sql"));
        watch.look();
        watch.look();
        Files.move(root, folder.resolve("away"));
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isTrue();
        Files.move(folder.resolve("away"), root);
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isTrue();
        assertThat(broken()).isEmpty();
    }

    @Test
    void unloadedAdaptersStayUnloaded() throws Exception {
        copy("r8-all", root.resolve("sql"));
        watch.look();
        watch.look();
        server.unregister("sql").join();
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isFalse();
    }

    @Test
    void foldersLeftOutAtTheStartAreTriedOnceTheyChange() throws Exception {
        copy("r8-all", root.resolve("sql"));
        var weights = root.resolve("sql").resolve(WEIGHTS);
        var whole = Files.readAllBytes(weights);
        Files.writeString(weights, "no weights");
        watch.begin(List.of(root.resolve("sql")));
        watch.look();
        watch.look();
        assertThat(broken()).isEmpty();
        Files.write(weights, whole);
        Files.setLastModifiedTime(weights, FileTime.from(Instant.EPOCH));
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isTrue();
    }

    @Test
    void aFolderWhoseGateCouldNotBeRunIsTriedAgainAfterAPause() throws Exception {
        gated("sql");
        copy("r4-qv", root.resolve("sql"));
        server.device.room(0);
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isFalse();
        assertThat(server.adapters.broken().getFirst().problem())
                .startsWith("The gate was not run to its end: ");
        server.device.room(Integer.MAX_VALUE);
        watch.look();
        assertThat(isServed("sql")).isFalse();
        pass(6);
        watch.look();
        assertThat(isServed("sql")).isTrue();
        assertThat(broken()).isEmpty();
    }

    /** Makes an adapter with a gate and without its folder. */
    private void gated(String name) throws IOException {
        copy("r8-all", root.resolve(name));
        watch.look();
        watch.look();
        var gate =
                new GateDraft(
                        List.of(),
                        "One two",
                        4,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalDouble.of(100));
        server.service().setGate(name, List.of(gate));
        delete(name);
        watch.look();
        watch.look();
        assertThat(isServed(name)).isFalse();
    }

    private void pass(int seconds) {
        now.updateAndGet(time -> time.plusSeconds(seconds));
    }

    private List<String> unjudged() {
        return server.adapters.broken().stream()
                .filter(one -> one.problem().startsWith("The gate was not run to its end"))
                .map(BrokenAdapter::name)
                .toList();
    }

    @Test
    void aLookTriesOneFolderWhoseGateCannotBeRunAfterAllOthers() throws Exception {
        copy("r8-all", root.resolve("gone"));
        for (var name : List.of("a", "b", "c")) {
            gated(name);
        }
        for (var name : List.of("a", "b", "c")) {
            copy("r4-qv", root.resolve(name));
        }
        copy("dora", root.resolve("new"));
        delete("gone");
        server.device.room(0);
        watch.look();
        assertThat(unjudged()).isEmpty();
        watch.look();
        assertThat(unjudged()).containsExactly("a");
        assertThat(isServed("new")).isTrue();
        assertThat(isServed("gone")).isFalse();
        server.device.room(0);
        watch.look();
        assertThat(unjudged()).containsExactlyInAnyOrder("a", "b");
        // The first is due again, after one that was not tried yet.
        pass(6);
        server.device.room(0);
        watch.look();
        assertThat(unjudged()).containsExactlyInAnyOrder("a", "b", "c");
        server.device.room(Integer.MAX_VALUE);
        pass(6);
        watch.look();
        assertThat(List.of("a", "b", "c")).allMatch(this::isServed);
        assertThat(broken()).containsExactly("gone");
    }

    /** Puts a manifest into force. */
    private void manage(String yaml) throws Exception {
        ManifestTurns.manage(
                managed,
                new ManifestReader(TinyServer.BASE, Set.of(), Map.of(), 100)
                        .parse(yaml.getBytes(UTF_8)));
    }

    @Test
    void aNewFolderHasToPassTheGateOfTheManifest() throws Exception {
        var yaml =
                "adapters:\n- {name: sql, gate: {prompts: [{prompt: One two, tokens: [7], logprobs: [%s], max_divergence: 1}]}}";
        manage(yaml.formatted("-900"));
        copy("r8-all", root.resolve("sql"));
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isFalse();
        assertThat(server.adapters.broken().getFirst().problem()).contains("did not pass its gate");
        var kept = server.store.read().adapters().getFirst();
        assertThat(kept.unloaded()).isTrue();
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
        watch.look();
        assertThat(server.store.read().adapters().getFirst()).isEqualTo(kept);
        manage(yaml.formatted(logprob));
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isTrue();
        assertThat(server.service().find("sql").orElseThrow().record().gate().gate()).isPresent();
        assertThat(broken()).isEmpty();
        server.unregister("sql").join();
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isFalse();
    }

    @Test
    void contentThatFailedItsGateIsTriedAgainAfterARestart() throws Exception {
        var yaml =
                "adapters:\n- {name: sql, gate: {prompts: [{prompt: One two, tokens: [7], logprobs: [%s], max_divergence: 1}]}}";
        manage(yaml.formatted("-900"));
        copy("r8-all", root.resolve("sql"));
        watch.look();
        watch.look();
        var kept = server.store.read().adapters().getFirst();
        assertThat(kept.hasFailedOnly()).isTrue();
        double logprob =
                kept.gate().results().values().stream()
                        .flatMap(result -> result.findings().stream())
                        .flatMap(finding -> finding.logprob().stream().boxed())
                        .findFirst()
                        .orElseThrow();
        server.close();

        server = new TinyServer(List.of(root), server.store);
        server.adapters.restore(server.store.read(), List.of());
        watch = watch(Duration.ofHours(1));
        watch.look();
        watch.look();
        assertThat(isServed("sql")).as("the gate is the same").isFalse();
        manage(yaml.formatted(logprob));
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isTrue();
        server.unregister("sql").join();
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isFalse();
    }

    @Test
    void answersThatAreRecordedForTheGateOfTheManifestJudgeTheFolderThatComesBack()
            throws Exception {
        gated("sql");
        var gate = server.adapters.gate("sql").orElseThrow();
        manage(
                "adapters:\n- {name: sql, gate: {prompts: [{prompt: One two, max_tokens: 4, max_divergence: 100}]}}");
        copy("dora", root.resolve("sql"));
        watch.look();
        watch.look();
        var record = server.service().find("sql").orElseThrow().record();
        assertThat(record.gate().gate()).hasValue(gate);
        assertThat(record.gate().results()).hasSize(1);
    }

    @Test
    void aNameWhoseContentTheManifestSaysIsLeftToIt() throws Exception {
        manage("adapters: [{name: sql, source: pool/dora}, {name: law, served: false}]");
        copy("r8-all", root.resolve("sql"));
        copy("r8-all", root.resolve("law"));
        watch.look();
        watch.look();
        assertThat(server.catalogue.entries()).isEmpty();
        assertThat(broken()).isEmpty();
        manage("adapters: []");
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isTrue();
        assertThat(isServed("law")).isTrue();
    }

    @Test
    void theThreadServesNewFolders() throws Exception {
        try (var own = watch(Duration.ofMillis(20))) {
            own.start(List.of());
            copy("r8-all", root.resolve("sql"));
            await().atMost(Duration.ofMinutes(1)).until(() -> isServed("sql"));
        }
    }
}
