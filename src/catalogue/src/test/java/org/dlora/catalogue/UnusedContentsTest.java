package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dlora.catalogue.source.ContentStore;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.KeptFolders;
import org.dlora.catalogue.versions.MemoryCatalogueStore;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.TinyCluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Folders of acquired adapters, as versions come and go on real replicas. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnusedContentsTest {
    private static final String ONE = "1".repeat(64);
    private static final String TWO = "2".repeat(64);
    private static final String ORPHAN = "3".repeat(64);

    @TempDir Path home;
    private final LastingStore store = new LastingStore();
    private ContentStore contents;

    /** A store that outlasts a server of the test. */
    private static final class LastingStore implements CatalogueStore {
        private final MemoryCatalogueStore kept = new MemoryCatalogueStore();

        @Override
        public CatalogueContent read() {
            return kept.read();
        }

        @Override
        public Optional<KeptFolders> folders() {
            return Optional.of(
                    new KeptFolders(
                            "test",
                            kept.read().adapters().stream()
                                    .flatMap(adapter -> adapter.versions().values().stream())
                                    .filter(VersionRecord::isServable)
                                    .map(VersionRecord::folder)
                                    .collect(Collectors.toSet())));
        }

        @Override
        public void write(AdapterRecord adapter) {
            kept.write(adapter);
        }

        @Override
        public void delete(AdapterRecord known) {
            kept.delete(known);
        }

        @Override
        public void writeShares(Map<String, Double> before, Map<String, Double> after) {
            kept.writeShares(before, after);
        }
    }

    @BeforeEach
    void fill() throws IOException {
        contents = new ContentStore(home.resolve("adapters"));
        put(ONE, "r8-all");
        put(TWO, "dora");
        put(ORPHAN, "r4-qv");
    }

    @AfterEach
    void close() throws IOException {
        contents.close();
    }

    private void put(String hash, String adapter) throws IOException {
        fill(Files.createDirectories(contents.folder().resolve(hash)), adapter);
    }

    private static void fill(Path folder, String adapter) throws IOException {
        try (var files = Files.list(TinyServer.ADAPTERS.resolve(adapter))) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(String.valueOf(file.getFileName())));
            }
        }
    }

    /** Serves a folder as an acquisition does, which holds it until it is referenced. */
    private void acquire(TinyServer server, String hash, String adapter) throws IOException {
        var staged = contents.stage();
        fill(staged, adapter);
        try (var stored = contents.publish(staged, hash, _ -> true)) {
            server.register("sql", hash, true);
            stored.keep();
        }
    }

    /** Starts a server that has read its catalogue, and removes what is unused. */
    private TinyServer start() {
        var server = new TinyServer(List.of(contents.folder()), store);
        server.adapters.removeUnused(contents);
        return server;
    }

    /** Folders of adapters that memories still have are looked at again after 10 s. */
    private void awaitHashes(String... hashes) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(contents.hashes()).containsExactly(hashes));
    }

    @Test
    void foldersGoWithTheLastVersionThatHasThem() throws IOException {
        try (var server = start()) {
            acquire(server, ONE, "r8-all");
            acquire(server, TWO, "dora");
            // Version 1 can be rolled back to.
            awaitHashes(ONE, TWO);
            server.service().retire("sql", 1);
            awaitHashes(TWO);
            server.service().delete("sql", false).join();
            awaitHashes();
        }
    }

    @Test
    void anUnloadedAdapterKeepsItsFolders() {
        try (var server = start()) {
            server.register("sql", ONE, false);
            server.unregister("sql").join();
            awaitHashes(ONE);
            server.register("sql", ONE, false);
            awaitHashes(ONE);
        }
    }

    @Test
    void theStoreIsNotOfferedToAddFrom() {
        var roots = List.of(TinyServer.ADAPTERS, contents.folder());
        try (var server = new TinyServer(roots, store)) {
            server.adapters.removeUnused(contents);
            var offered = server.adapters.service().folders();
            assertThat(offered.roots()).containsExactly(TinyServer.ADAPTERS.toString());
            assertThat(offered.unserved()).contains("r8-all").doesNotContain(ONE, TWO, ORPHAN);
            server.register("sql", ONE, false);
            assertThat(server.service().find("sql")).isNotNull();
        }
    }

    @Test
    void aFolderStaysWhileRequestsMayHaveToLoadIt() throws Exception {
        try (var server = new TinyServer(List.of(contents.folder()), store)) {
            var writer = new CatalogueWriter(server.hosted, store);
            writer.known(store.read());
            try (var remover =
                    new UnusedContents(writer, store, List.of(server.memory), contents)) {
                server.load("sql", ONE, false);
                var running = new ArrayList<TinyCluster.Answer>();
                for (int i = 0; i < 60; i++) {
                    running.add(server.ask("r" + i, "sql", 1, 50));
                }
                var gone = server.service().delete("sql", false);
                boolean isClean = remover.clean();
                if (!running.getLast().isEnded()) {
                    assertThat(isClean).isFalse();
                    assertThat(contents.hashes()).containsExactly(ONE);
                }
                for (var answer : running) {
                    answer.await();
                }
                gone.join();
                await().untilAsserted(() -> assertThat(remover.clean()).isTrue());
                assertThat(contents.hashes()).isEmpty();
            }
        }
    }

    @Test
    void leftoversOfAKillAreRemovedAtTheNextStart() throws Exception {
        try (var server = new TinyServer(List.of(contents.folder()), store)) {
            server.register("sql", ONE, false);
            server.register("sql", TWO, true);
            // The row of version 1 is written, and the process killed before its folder goes.
            server.service().retire("sql", 1);
        }
        assertThat(contents.hashes()).containsExactly(ONE, TWO, ORPHAN);
        try (var server = new TinyServer(List.of(contents.folder()), store)) {
            server.adapters.removeUnused(contents);
            server.adapters.restored(store.read(), List.of());
            awaitHashes(TWO);
        }
    }
}
