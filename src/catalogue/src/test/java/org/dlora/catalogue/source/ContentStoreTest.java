package org.dlora.catalogue.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentStoreTest {
    private static final String HASH = "ab".repeat(32);
    private static final String OTHER = "cd".repeat(32);

    @TempDir Path home;
    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2030-01-02T03:04:05Z"));

    private ContentStore store() {
        return new ContentStore(home.resolve("data/adapters"), now::get);
    }

    private static Path staged(ContentStore store, String content) throws IOException {
        var folder = store.stage();
        Files.writeString(folder.resolve("adapter_config.json"), content);
        return folder;
    }

    @Test
    void writesNothingBeforeItIsUsed() throws IOException {
        try (var store = store()) {
            store.clean();
            assertThat(store.hashes()).isEmpty();
        }
        assertThat(home).isEmptyDirectory();
    }

    @Test
    void publishedFolderHasTheNameOfItsHash() throws IOException {
        try (var store = store()) {
            var folder = staged(store, "one");
            try (var stored = store.publish(folder, HASH, _ -> true)) {
                assertThat(stored.path()).isEqualTo(store.folder().resolve(HASH));
                assertThat(stored.path().resolve("adapter_config.json")).hasContent("one");
                assertThat(folder).doesNotExist();
                stored.keep();
            }
            assertThat(store.hashes()).containsExactly(HASH);
        }
        assertThat(Files.getPosixFilePermissions(home.resolve("data/adapters"))).hasSize(3);
        assertThat(home.resolve("data/adapters"))
                .isDirectoryNotContaining(file -> file.toString().contains("staging"));
    }

    @Test
    void folderThatIsNotKeptIsRemoved() throws IOException {
        try (var store = store()) {
            store.publish(staged(store, "one"), HASH, _ -> true).close();
            assertThat(store.hashes()).isEmpty();
        }
    }

    @Test
    void folderThatWasThereIsReusedAndNeverRemoved() throws IOException {
        try (var store = store()) {
            publishKept(store, HASH, "one");
            now.set(now.get().plusSeconds(60));
            store.publish(staged(store, "two"), HASH, _ -> true).close();
            assertThat(store.folder().resolve(HASH).resolve("adapter_config.json"))
                    .hasContent("one");
        }
    }

    @Test
    void folderThatAnotherStoreReusesMeanwhileIsNotRemoved() throws IOException {
        try (var first = store();
                var second = store()) {
            var created = first.publish(staged(first, "one"), HASH, _ -> true);
            now.set(now.get().plusSeconds(60));
            publishKept(second, HASH, "two");
            created.close();
            assertThat(second.hashes()).containsExactly(HASH);
        }
    }

    @Test
    void damagedFolderIsReplaced() throws IOException {
        try (var store = store()) {
            publishKept(store, HASH, "damaged");
            try (var stored = store.publish(staged(store, "whole"), HASH, _ -> false)) {
                assertThat(stored.path().resolve("adapter_config.json")).hasContent("whole");
                stored.keep();
            }
        }
        assertThat(home.resolve("data/adapters").resolve(HASH).resolve("adapter_config.json"))
                .hasContent("whole");
    }

    @Test
    void contentsNeitherReferencedNorHeldAreRemoved() throws IOException {
        var third = "ef".repeat(32);
        try (var store = store()) {
            publishKept(store, HASH, "one");
            publishKept(store, OTHER, "two");
            try (var held = store.publish(staged(store, "three"), third, _ -> true)) {
                assertThat(store.removeUnreferenced("mine", () -> Set.of(HASH)))
                        .containsExactly(OTHER);
                assertThat(store.hashes()).containsExactly(HASH, third);
                held.keep();
            }
            assertThat(store.removeUnreferenced("mine", () -> Set.of()))
                    .containsExactly(HASH, third);
            assertThat(store.hashes()).isEmpty();
        }
    }

    @Test
    void nothingIsRemovedWhileAnotherProcessUsesTheStore() throws IOException {
        try (var store = store()) {
            publishKept(store, HASH, "one");
            try (var other = store()) {
                other.join();
                assertThat(store.removeUnreferenced("mine", Set::of)).isEmpty();
            }
            assertThat(store.removeUnreferenced("mine", Set::of)).containsExactly(HASH);
        }
    }

    @Test
    void nothingIsRemovedFromAStoreOfSeveralCatalogues() throws IOException {
        try (var store = store()) {
            publishKept(store, HASH, "one");
            publishKept(store, OTHER, "two");
            assertThat(store.removeUnreferenced("mine", () -> Set.of(HASH))).containsExactly(OTHER);
            assertThat(store.removeUnreferenced("yours", Set::of)).isEmpty();
            assertThat(store.removeUnreferenced("mine", Set::of)).isEmpty();
            assertThat(store.hashes()).containsExactly(HASH);
        }
    }

    @Test
    void joinCreatesNoStore() throws IOException {
        try (var store = store()) {
            store.join();
        }
        assertThat(home).isEmptyDirectory();
    }

    @Test
    void foldersOfOthersStay() throws IOException {
        try (var store = store()) {
            publishKept(store, HASH, "one");
            var foreign = Files.createDirectory(store.folder().resolve("mine"));
            assertThat(store.hashes()).containsExactly(HASH);
            assertThat(store.removeUnreferenced("mine", () -> Set.of())).containsExactly(HASH);
            assertThat(foreign).exists();
        }
    }

    @Test
    void leftoversOfEndedProcessesAreRemovedAndThoseOfLiveOnesStay() throws IOException {
        try (var live = store()) {
            var kept = staged(live, "in work");
            var left = Files.createDirectory(live.folder().resolve(".staging-dead"));
            Files.writeString(left.resolve("lock"), "");
            Files.createDirectories(left.resolve("job/files"));
            Files.createDirectory(live.folder().resolve(".staging-without-lock"));
            try (var next = store()) {
                next.clean();
                assertThat(next.folder())
                        .isDirectoryNotContaining(file -> file.toString().contains("dead"))
                        .isDirectoryNotContaining(file -> file.toString().contains("without"));
            }
            assertThat(kept.resolve("adapter_config.json")).hasContent("in work");
        }
    }

    private static void publishKept(ContentStore store, String hash, String content)
            throws IOException {
        try (var stored = store.publish(staged(store, content), hash, _ -> true)) {
            stored.keep();
        }
    }
}
