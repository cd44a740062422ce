package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlora.adapter.AdapterRoots.Scan;
import org.dlora.adapter.content.Adapter;
import org.dlora.model.BaseModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterRootsTest {
    @TempDir Path folder;
    private Path first;
    private Path second;
    private BaseModel base;

    @BeforeEach
    void open() throws IOException {
        first = Files.createDirectory(folder.resolve("first"));
        second = Files.createDirectory(folder.resolve("second"));
        base = BaseModel.open(AdapterFolders.BASE);
    }

    @AfterEach
    void close() {
        base.close();
    }

    @Test
    void loadsSubFoldersInNameOrderRootByRoot() {
        write(first, "b");
        write(first, "a");
        write(second, "0 with a blank");
        var scan = scan(first, second);
        assertThat(scan.problems()).isEmpty();
        assertThat(names(scan)).containsExactly("a", "b", "0 with a blank");
    }

    @Test
    void badFolderStopsNoOther() throws IOException {
        write(first, "a");
        Files.createDirectory(first.resolve("empty"));
        Files.writeString(write(first, "broken").resolve("adapter_config.json"), "{");
        write(first, "z");
        var scan = scan(first);
        assertThat(names(scan)).containsExactly("a", "z");
        assertThat(scan.problems())
                .extracting(AdapterRoots.Problem::folder)
                .containsExactly(first.resolve("broken"), first.resolve("empty"));
        assertThat(scan.problems().getLast().error())
                .hasMessageContaining("adapter_config.json: missing from");
    }

    @Test
    void skipsFilesAndHiddenFolders() throws IOException {
        Files.createDirectory(first.resolve(".git"));
        Files.writeString(first.resolve("README.md"), "adapters");
        write(first, ".hidden-adapter");
        var scan = scan(first);
        assertThat(scan.problems()).isEmpty();
        assertThat(names(scan)).containsExactly(".hidden-adapter");
    }

    @Test
    void secondAdapterOfANameIsAProblem() {
        write(first, "a");
        write(second, "a");
        var scan = scan(first, second);
        assertThat(names(scan)).containsExactly("a");
        assertThat(scan.adapters().getFirst().folder()).isEqualTo(first.resolve("a"));
        assertThat(scan.problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.folder()).isEqualTo(second.resolve("a"));
                    assertThat(problem.error())
                            .hasMessageContainingAll("taken", first.resolve("a").toString());
                });
    }

    @Test
    void namesWithControlCharactersAreAProblem() {
        write(first, "tab\there");
        assertThat(scan(first).problems())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.error())
                                .hasMessageContainingAll("tab?here", "control characters"));
    }

    @Test
    void missingOrUnusableRootIsAProblem() {
        write(first, "a");
        var scan = scan(folder.resolve("nowhere"), first.resolve("a"), first);
        assertThat(names(scan)).containsExactly("a");
        assertThat(scan.problems())
                .satisfiesExactly(
                        missing ->
                                assertThat(missing.error())
                                        .hasMessageContainingAll("nowhere", "does not exist"),
                        itself ->
                                assertThat(itself.error())
                                        .hasMessageContaining("is an adapter itself"));
    }

    private Scan<Adapter> scan(Path... roots) {
        var scan = AdapterRoots.scan(List.of(roots), base);
        scan.adapters().forEach(Adapter::close);
        return scan;
    }

    private static List<String> names(Scan<Adapter> scan) {
        return scan.adapters().stream().map(Adapter::name).toList();
    }

    private static Path write(Path root, String name) {
        return AdapterFolders.write(
                root.resolve(name), AdapterFolders.config(), AdapterFolders.tensors());
    }
}
