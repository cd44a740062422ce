package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.catalogue.served.BrokenAdapter;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.Registrations;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.MemoryCatalogueStore;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.device.MemoryLedger;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.request.GenerationEvent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Adapters after a restart. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CatalogueRestoreTest {
    private final MemoryCatalogueStore store = new MemoryCatalogueStore();
    @TempDir Path root;

    @BeforeEach
    void fill() throws IOException {
        for (var name : List.of("r8-all", "dora", "r4-qv")) {
            copy(name, root.resolve("pool").resolve(name));
        }
    }

    private static void copy(String adapter, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(TinyServer.ADAPTERS.resolve(adapter))) {
            for (var file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private TinyServer start() {
        return new TinyServer(List.of(root), store);
    }

    private void change() {
        try (var server = start()) {
            server.register("sql", "pool/r8-all", false);
            server.register("sql", "pool/dora", true);
            server.service().route("sql", "champion", AliasRoute.to(1));
            server.residency().pin("sql", true);
            server.register("law", "pool/r4-qv", false);
            server.register("gone", "pool/r4-qv", false);
            server.unregister("gone").join();
        }
    }

    @Test
    void servedAdaptersAreServedAgain() throws Exception {
        List<List<GenerationEvent>> expected;
        try (var server = new TinyServer()) {
            expected = RuntimeAdaptersTest.expected(server, "r8-all", "dora");
        }
        change();
        var kept = store.read();
        try (var server = start()) {
            server.adapters.restore(kept, List.of("law"));
            assertThat(server.service().entries().stream().map(CatalogueEntry::record))
                    .containsExactlyInAnyOrderElementsOf(
                            kept.adapters().stream().filter(one -> !one.unloaded()).toList());
            assertThat(store.read()).isEqualTo(kept);
            assertThat(server.ask("a", "sql", 1, 20).await()).isEqualTo(expected.get(1));
            var champion = server.catalogue.choose("sql@champion", null, () -> 0).orElseThrow();
            assertThat(server.catalogue.label(champion).orElseThrow()).startsWith("sql@1 ");
            for (var name : List.of("sql", "law")) {
                var id = server.catalogue.find(name).orElseThrow().id();
                assertThat(server.memory.status(id).orElseThrow().pinned()).isTrue();
            }
            server.register("gone", "pool/r8-all", false);
            assertThat(server.service().find("gone").orElseThrow().record().route())
                    .isEqualTo(AliasRoute.to(2));
        }
    }

    @Test
    void aFolderThatHasOtherContentIsNotServedAsWhatItWas() throws IOException {
        change();
        delete(root.resolve("pool/dora"));
        copy("r4-qv", root.resolve("pool/dora"));
        delete(root.resolve("pool/r4-qv"));
        try (var server = start()) {
            server.adapters.restore(store.read(), List.of());
            // Its pin has it loaded, which validates the content.
            await().until(() -> server.adapters.broken().size() == 2);
            assertThat(server.adapters.broken())
                    .extracting(BrokenAdapter::name)
                    .containsExactlyInAnyOrder("law", "sql");
            assertThat(server.adapters.broken())
                    .extracting(BrokenAdapter::problem)
                    .anySatisfy(problem ->
                            assertThat(problem)
                                    .contains("have changed since adapter sql was registered"));
        }
    }

    /** Roots are found as they are: content that is not what was recorded is a new version. */
    @Test
    void aRootsFolderCountsAsItIs() throws IOException {
        copy("r8-all", root.resolve("sql"));
        var first = record(start("sql"), "sql");
        assertThat(first.route()).isEqualTo(AliasRoute.to(1));
        store.write(first);
        assertThat(record(start("sql"), "sql")).isEqualTo(first);
        delete(root.resolve("sql"));
        copy("dora", root.resolve("sql"));
        var changed = record(start("sql"), "sql");
        assertThat(changed.versions()).containsOnlyKeys(1, 2);
        assertThat(changed.route()).isEqualTo(AliasRoute.to(2));
        assertThat(changed.version(1).flatMap(VersionRecord::retired))
                .contains("the files in its folder have changed since");
        store.write(changed);
        delete(root.resolve("sql"));
        copy("r8-all", root.resolve("sql"));
        assertThat(record(start("sql"), "sql").route()).isEqualTo(AliasRoute.to(1));
        store.write(changed.unloaded(true));
        assertThat(start("sql").catalogue().entries()).isEmpty();
    }

    @Test
    void aRouteToOtherVersionsStaysBesideARootsFolder() throws IOException {
        copy("r8-all", root.resolve("sql"));
        var record = record(start("sql"), "sql");
        var fresh = version(record.version(1).orElseThrow(), 2);
        store.write(record.with(fresh).routed("", route(Map.of(1, 1, 2, 9))));
        var restored = start("sql").catalogue().entry("sql").orElseThrow();
        assertThat(restored.record().route()).isEqualTo(route(Map.of(1, 1, 2, 9)));
        assertThat(restored.main().orElseThrow().folder()).endsWith(Path.of("pool", "dora"));
    }

    private VersionRecord version(VersionRecord like, int number) {
        return new VersionRecord(
                number,
                Optional.of(hash("dora")),
                like.extras(),
                like.defaults(),
                "pool/dora",
                "pool/dora",
                like.created(),
                Optional.empty());
    }

    private String hash(String adapter) {
        try (var model = BaseModel.open(TinyServer.GOLDEN.resolve("models/qwen3"));
                var device = new CpuDevice()) {
            return RegisteredAdapter.of(
                            root.resolve("pool").resolve(adapter),
                            model,
                            uploader(device),
                            ContentMemo.none())
                    .validate();
        }
    }

    private static AdapterUploader uploader(CpuDevice device) {
        return new AdapterUploader(device, WeightPrecision.AUTO, MemoryLedger.unlimited());
    }

    private static AliasRoute route(Map<Integer, Integer> weights) {
        return new AliasRoute(new TreeMap<>(weights), false);
    }

    /** Returns what a start makes of a root's folder and the store, once content is validated. */
    private RestoredCatalogue start(String name) {
        try (var model = BaseModel.open(TinyServer.GOLDEN.resolve("models/qwen3"));
                var device = new CpuDevice()) {
            var uploader = uploader(device);
            var registrations = new Registrations(Clock.systemUTC(), 0);
            var registered =
                    registrations.next(
                            RegisteredAdapter.of(
                                    root.resolve(name), model, uploader, ContentMemo.none()));
            var restored =
                    RestoredCatalogue.of(
                            "tiny",
                            List.of(registered),
                            store.read(),
                            new AdapterSource(List.of(root), model, uploader, ContentMemo.none()),
                            registrations);
            restored.catalogue().registrations().stream()
                    .map(ServedAdapter::source)
                    .forEach(RegisteredAdapter::validate);
            return restored;
        }
    }

    private static AdapterRecord record(RestoredCatalogue restored, String name) {
        return restored.catalogue().entry(name).orElseThrow().record();
    }

    @Test
    void deletedAdaptersAreForgotten() {
        change();
        try (var server = start()) {
            server.adapters.restore(store.read(), List.of());
            server.service().delete("sql", false).join();
            assertThat(store.read().adapters())
                    .extracting(AdapterRecord::name)
                    .containsExactlyInAnyOrder("law", "gone");
            assertThatExceptionOfType(NoSuchAdapterException.class)
                    .isThrownBy(() -> server.ask("a", "sql", 1, 5));
        }
    }
}
