package org.dlora.cluster;

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
import java.util.Optional;
import java.util.OptionalDouble;
import org.dlora.cluster.adapters.BrokenAdapter;
import org.dlora.cluster.catalogue.AdapterRoute;
import org.dlora.cluster.catalogue.GateDraft;
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
        return new RootWatch(List.of(root), server.adapters, interval);
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
                .isEqualTo(AdapterRoute.to(1));
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
    void whatWasUnloadedStaysSo() throws Exception {
        copy("r8-all", root.resolve("sql"));
        watch.look();
        watch.look();
        server.adapters.unload("sql").join();
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isFalse();
    }

    @Test
    void whatTheStartHasLeftOutIsTriedOnceItChanges() throws Exception {
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
    void aFolderWhoseGateCouldNotBeRunIsTriedAgainAtTheNextLook() throws Exception {
        copy("r8-all", root.resolve("sql"));
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
        server.service().setGate("sql", List.of(gate));
        delete("sql");
        watch.look();
        watch.look();
        copy("r4-qv", root.resolve("sql"));
        server.device.room(0);
        watch.look();
        watch.look();
        assertThat(isServed("sql")).isFalse();
        assertThat(server.adapters.broken().getFirst().problem())
                .startsWith("The gate was not run to its end: ");
        server.device.room(Integer.MAX_VALUE);
        watch.look();
        assertThat(isServed("sql")).isTrue();
        assertThat(broken()).isEmpty();
    }

    @Test
    void theThreadLooks() throws Exception {
        try (var own = watch(Duration.ofMillis(20))) {
            own.start(List.of());
            copy("r8-all", root.resolve("sql"));
            await().atMost(Duration.ofMinutes(1)).until(() -> isServed("sql"));
        }
    }
}
