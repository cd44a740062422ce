package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlora.adapter.content.MergeFidelity;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentMemoTest {
    private static final double INFINITY = Double.POSITIVE_INFINITY;
    private static final int LIMIT = 20_000;

    @TempDir Path folder;
    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("adapters.json");
    }

    @Test
    void outlastsTheProcess() {
        var memo = ContentMemo.open(file);
        memo.remember("files", "version");
        memo.remember("version F32", new MergeFidelity(0.1, 0.3, 0.25));
        memo.remember("version BF16", new MergeFidelity(1, 0, INFINITY));
        memo.save();
        assertThat(files()).containsExactly("adapters.json");

        var next = ContentMemo.open(file);
        assertThat(next.version("files")).contains("version");
        assertThat(next.version("version")).isEmpty();
        assertThat(next.fidelity("version F32")).contains(new MergeFidelity(0.1, 0.3, 0.25));
        assertThat(next.fidelity("version BF16")).contains(new MergeFidelity(1, 0, INFINITY));
        assertThat(next.fidelity("version")).isEmpty();
    }

    @Test
    void nothingNewWritesNothing() throws IOException {
        ContentMemo.open(file).save();
        assertThat(file).doesNotExist();
        var memo = ContentMemo.open(file);
        memo.remember("a", "1");
        memo.remember("k", new MergeFidelity(1, 0, 0));
        memo.save();
        Files.delete(file);
        memo.save();
        memo.remember("a", "1");
        memo.remember("k", new MergeFidelity(1, 0, 0));
        memo.save();
        assertThat(file).doesNotExist();
        memo.remember("a", "2");
        memo.save();
        assertThat(ContentMemo.open(file).version("a")).contains("2");
        assertThat(ContentMemo.open(file).fidelity("k")).isPresent();
    }

    @Test
    void memoWithoutAFileRemembersForTheProcess() {
        var memo = ContentMemo.none();
        memo.remember("a", "1");
        memo.save();
        assertThat(memo.version("a")).contains("1");
        assertThat(files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "{}",
                "{\"format\": 2, \"versions\": {\"a\": \"old\"}}",
                "{\"format\": \"1\", \"versions\": 1, \"fidelities\": []}",
                "{\"versions\": {\"a\": \"old\"}}",
                "{\"format\": 1, \"format\": 1, \"versions\": {\"a\": \"old\"}}",
                "{\"format\": 1, \"versions\": {\"a\": 7, \"c\": null, \"d\": {}}, \"fidelities\":"
                        + " {\"k\": [], \"l\": [1], \"m\": [\"1\", 2, 3], \"n\": 4, \"o\": null}}"
            })
    void damagedFilesAndThoseOfAnotherFormatAreIgnoredAndReplaced(String text) throws IOException {
        Files.writeString(file, text);
        var memo = ContentMemo.open(file);
        for (var key : List.of("a", "b", "c", "d")) {
            assertThat(memo.version(key)).isEmpty();
        }
        for (var key : List.of("k", "l", "m", "n", "o")) {
            assertThat(memo.fidelity(key)).isEmpty();
        }
        assertThat(file).content().isEqualTo(text);
        memo.remember("b", "1");
        memo.save();
        assertThat(ContentMemo.open(file).version("b")).contains("1");
        assertThat(ContentMemo.open(file).version("a")).isEmpty();
    }

    @Test
    void soundEntriesBesideDamagedOnesAreKept() throws IOException {
        Files.writeString(
                file,
                "{\"format\": 1, \"more\": 1, \"versions\": {\"a\": 7, \"b\": \"1\"},"
                        + " \"fidelities\": {\"k\": 0, \"l\": [0.5, 0.25]}}");
        var memo = ContentMemo.open(file);
        assertThat(memo.version("b")).contains("1");
        assertThat(memo.fidelity("l")).contains(new MergeFidelity(0.5, 0.25, INFINITY));
    }

    @Test
    void entriesOfSeveralWritersAreKept() {
        var one = ContentMemo.open(file);
        var other = ContentMemo.open(file);
        one.remember("a", "1");
        one.remember("both", "old");
        one.remember("k", new MergeFidelity(1, 0, 0));
        other.remember("b", "2");
        other.remember("both", "new");
        other.remember("l", new MergeFidelity(0, 1, 1));
        one.save();
        other.save();
        var next = ContentMemo.open(file);
        assertThat(next.version("a")).contains("1");
        assertThat(next.version("b")).contains("2");
        assertThat(next.version("both")).contains("new");
        assertThat(next.fidelity("k")).isPresent();
        assertThat(next.fidelity("l")).isPresent();
        assertThat(other.version("a")).as("found while saving").contains("1");
    }

    @Test
    void oldestEntriesAreForgotten() {
        var memo = ContentMemo.open(file);
        for (int i = 0; i < LIMIT + 2; i++) {
            memo.remember("files" + i, "v");
            memo.remember("key" + i, new MergeFidelity(1, 0, 0));
        }
        memo.save();
        for (var known : List.of(memo, ContentMemo.open(file))) {
            assertThat(known.version("files1")).isEmpty();
            assertThat(known.version("files2")).contains("v");
            assertThat(known.version("files" + (LIMIT + 1))).contains("v");
            assertThat(known.fidelity("key1")).isEmpty();
            assertThat(known.fidelity("key2")).isPresent();
        }
    }

    @Test
    void accuracyThatIsNoNumberIsNotRememberedBeyondTheProcess() {
        var memo = ContentMemo.open(file);
        memo.remember("a", "1");
        memo.remember("nan", new MergeFidelity(Double.NaN, 0, 0));
        memo.remember("infinite", new MergeFidelity(1, INFINITY, 0));
        memo.remember("sound", new MergeFidelity(1, 0, 0));
        memo.save();
        var next = ContentMemo.open(file);
        assertThat(next.version("a")).contains("1");
        assertThat(next.fidelity("nan")).isEmpty();
        assertThat(next.fidelity("infinite")).isEmpty();
        assertThat(next.fidelity("sound")).isPresent();
    }

    @Test
    void fileThatCannotBeWrittenCostsNothingElse() throws IOException {
        var nowhere = ContentMemo.open(folder.resolve("missing/adapters.json"));
        nowhere.remember("a", "1");
        nowhere.save();
        assertThat(nowhere.version("a")).contains("1");

        Files.createDirectories(file.resolve("in/the/way"));
        var memo = ContentMemo.open(file);
        memo.remember("a", "1");
        memo.save();
        assertThat(memo.version("a")).contains("1");
        assertThat(files()).containsExactly("adapters.json");
        Files.delete(file.resolve("in/the/way"));
        Files.delete(file.resolve("in/the"));
        Files.delete(file.resolve("in"));
        Files.delete(file);
        memo.save();
        assertThat(ContentMemo.open(file).version("a")).contains("1");
    }

    private List<String> files() {
        try (var files = Files.list(folder)) {
            return files.map(one -> one.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
