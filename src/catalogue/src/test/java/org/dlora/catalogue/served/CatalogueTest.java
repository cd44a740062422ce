package org.dlora.catalogue.served;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import org.dlora.catalogue.LazyAdapter;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.testing.AllocatedBytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Names of requests, and the versions that they stand for. */
class CatalogueTest {
    private final Catalogue catalogue = new Catalogue("base", List.of());

    private static ServedAdapter registered(String id, String name, String content) {
        return new ServedAdapter(id, new LazyAdapter(name, content), Instant.EPOCH);
    }

    private static ServedAdapter ready(String id, String name, String content) {
        var adapter = registered(id, name, content);
        var _ = adapter.source().validate();
        return adapter;
    }

    /** Serves versions 1, 2, … of {@code name}; the name alone is the first. */
    private CatalogueEntry serve(String name, String... contents) {
        var entry = CatalogueEntry.of(ready(name + "#1", name, contents[0]));
        for (int number = 2; number <= contents.length; number++) {
            var adapter = ready(name + "#" + number, name, contents[number - 1]);
            entry = entry.with(version(number, adapter), adapter);
        }
        catalogue.put(entry);
        return entry;
    }

    private static VersionRecord version(int number, ServedAdapter adapter) {
        return CatalogueEntry.version(
                number, adapter.source(), Instant.EPOCH, VersionDefaults.NONE, "f" + number);
    }

    private void route(String name, String alias, Map<Integer, Integer> weights, boolean sticky) {
        var entry = catalogue.entry(name).orElseThrow();
        var route = new AliasRoute(new TreeMap<>(weights), sticky);
        catalogue.put(entry.with(entry.record().routed(alias, route)));
    }

    private int chosen(String model) {
        return chosen(model, null, () -> 0);
    }

    private int chosen(String model, @Nullable String user, DoubleSupplier draw) {
        return catalogue.choose(model, user, draw).orElseThrow().version().number();
    }

    @Test
    void namesVersionsAndAliasesAreFound() {
        serve("sql", "aa", "bb", "cc");
        route("sql", "champion", Map.of(2, 1), false);
        assertThat(chosen("sql")).isEqualTo(1);
        assertThat(chosen("sql@3")).isEqualTo(3);
        assertThat(chosen("sql@champion")).isEqualTo(2);
        var choice = catalogue.choose("sql@champion", null, () -> 0).orElseThrow();
        assertThat(choice.alias()).isEqualTo("champion");
        assertThat(choice.adapter()).isEqualTo("sql");
        assertThat(choice.served().id()).isEqualTo("sql#2");
        for (var unknown : List.of("law", "law@1", "@1", "sql@", "@")) {
            assertThat(catalogue.choose(unknown, null, () -> 0)).isEmpty();
        }
        for (var suffix : List.of("4", "0", "01", "-1", "1e3", "99999999999", "contender")) {
            assertThatExceptionOfType(NoSuchAdapterException.class)
                    .as(suffix)
                    .isThrownBy(() -> chosen("sql@" + suffix))
                    .withMessage(
                            "Adapter 'sql' has no version or alias '%s' that is served", suffix);
        }
    }

    @Test
    void aChangeCopiesNoOtherEntry() {
        for (int i = 0; i < 10_000; i++) {
            serve("a" + i, "aa");
        }
        var next = CatalogueEntry.of(ready("next", "next", "bb"));
        var other = CatalogueEntry.of(ready("other", "a5000", "cc"));
        // A copy of the map alone has 10,000 nodes of 40 bytes and more.
        assertThat(AllocatedBytes.of(() -> catalogue.put(next))).isLessThan(10_000);
        assertThat(AllocatedBytes.of(() -> catalogue.put(other))).isLessThan(10_000);
        assertThat(AllocatedBytes.of(() -> catalogue.remove("a1"))).isLessThan(10_000);
        var names = catalogue.entries().stream().map(CatalogueEntry::name).toList();
        assertThat(names).hasSize(10_000).startsWith("a0", "a2").endsWith("a9999", "next");
        assertThat(names.get(4999)).isEqualTo("a5000");
        assertThat(catalogue.adapters().get(4999).id()).isEqualTo("other");
        assertThat(catalogue.adapters()).isSameAs(catalogue.adapters());
    }

    @Test
    void anExactNameComesFirst() {
        serve("sql", "aa", "bb");
        serve("sql@2", "cc");
        serve("sql@2@2", "dd", "ee");
        assertThat(catalogue.choose("sql@2", null, () -> 0).orElseThrow().adapter())
                .isEqualTo("sql@2");
        assertThat(catalogue.choose("sql@2@1", null, () -> 0).orElseThrow().adapter())
                .isEqualTo("sql@2");
        assertThat(chosen("sql@2@2@2")).isEqualTo(2);
        assertThat(chosen("sql@1")).isEqualTo(1);
    }

    @Test
    void weightsAreDrawnAndUsersStayWhereTheRouteIsSticky() {
        serve("sql", "aa", "bb");
        route("sql", "", Map.of(1, 90, 2, 10), false);
        assertThat(chosen("sql", "ann", () -> 0.899)).isEqualTo(1);
        assertThat(chosen("sql", "ann", () -> 0.901)).isEqualTo(2);
        route("sql", "", Map.of(1, 50, 2, 50), true);
        var counts = new HashMap<Integer, Integer>();
        for (int i = 0; i < 100; i++) {
            var user = "user " + i;
            int version = chosen("sql", user, () -> 0);
            assertThat(chosen("sql", user, () -> 0.99)).isEqualTo(version);
            counts.merge(version, 1, Integer::sum);
        }
        assertThat(counts).containsOnlyKeys(1, 2);
        assertThat(chosen("sql", null, () -> 0)).isEqualTo(1);
        assertThat(chosen("sql", null, () -> 0.99)).isEqualTo(2);
    }

    @Test
    void retiredVersionsAreRefusedWithTheReasonAndLeaveRoutes() {
        var entry = serve("sql", "aa", "bb");
        route("sql", "", Map.of(1, 50, 2, 50), false);
        route("sql", "old", Map.of(1, 1), false);
        catalogue.put(catalogue.entry("sql").orElseThrow().retired("sql#1", "it was too old"));
        assertThat(chosen("sql", null, () -> 0)).isEqualTo(2);
        for (var name : List.of("sql@1", "sql@old")) {
            assertThatExceptionOfType(NoSuchAdapterException.class)
                    .isThrownBy(() -> chosen(name))
                    .withMessage("Version 1 of adapter 'sql' is not served: it was too old");
        }
        assertThat(entry.registrations()).containsOnlyKeys("sql#1", "sql#2");
    }

    @Test
    void aNumberIsCertainOnceTheContentIsValidated() {
        catalogue.put(CatalogueEntry.of(registered("sql#1", "sql", "aa")));
        var choice = catalogue.choose("sql", null, () -> 0).orElseThrow();
        assertThat(catalogue.label(choice)).isEmpty();
        assertThat(choice.served().version()).isEmpty();
        assertThat(chosen("sql@1")).isEqualTo(1);
        assertThat(choice.served().version()).contains("aa");
        assertThat(catalogue.entry("sql").orElseThrow().record().version(1).orElseThrow().hash())
                .contains("aa");
    }

    @Test
    void contentThatIsNotWhatWasRecordedIsANewVersion() {
        var recorded = serve("sql", "a".repeat(64), "b".repeat(64));
        var changed = registered("sql#3", "sql", "c".repeat(64));
        catalogue.put(
                new CatalogueEntry(
                        recorded.record(),
                        new TreeMap<>(Map.of(1, changed, 2, recorded.served().get(2)))));
        var before = catalogue.choose("sql", null, () -> 0).orElseThrow();
        assertThatExceptionOfType(NoSuchAdapterException.class)
                .isThrownBy(() -> chosen("sql@1"))
                .withMessage(
                        "Version 1 of adapter 'sql' is not served: the files in its folder have changed since");
        assertThat(chosen("sql")).isEqualTo(3);
        assertThat(chosen("sql@3")).isEqualTo(3);
        assertThat(chosen("sql@2")).isEqualTo(2);
        assertThat(catalogue.label(before)).contains("sql@3 " + "c".repeat(12));
    }

    @Test
    void contentThatTheAdapterHasHadIsThatVersionAgain() {
        var recorded = serve("sql", "a".repeat(64), "b".repeat(64));
        var again = registered("sql#3", "sql", "a".repeat(64));
        var unknown = recorded.with(version(3, again), again);
        catalogue.put(unknown.with(unknown.record().routed("", AliasRoute.to(3))));
        again.source().validate();
        assertThat(chosen("sql")).isEqualTo(1);
        assertThat(catalogue.entry("sql").orElseThrow().record().versions()).containsOnlyKeys(1, 2);
    }

    @Test
    void contentThatCannotBeServedIsSaid() {
        catalogue.put(CatalogueEntry.of(registered("sql#1", "sql", "")));
        assertThatIllegalStateException()
                .isThrownBy(() -> chosen("sql@1"))
                .withMessage("Adapter 'sql' cannot be served: it holds NaN");
    }

    @Test
    void aChoiceHoldsUntilItsRegistrationEnds() {
        var entry = serve("sql", "aa", "bb");
        var byName = catalogue.choose("sql", null, () -> 0).orElseThrow();
        var byNumber = catalogue.choose("sql@1", null, () -> 0).orElseThrow();
        route("sql", "", Map.of(2, 1), false);
        assertThat(byName.current().id()).isEqualTo("sql#1");
        var left = entry.retired("sql#1", "it went");
        catalogue.put(left.with(left.record().routed("", AliasRoute.to(2))));
        assertThat(byName.current().id()).isEqualTo("sql#2");
        assertThat(byName.served().id()).isEqualTo("sql#2");
        assertThatExceptionOfType(NoSuchAdapterException.class)
                .isThrownBy(() -> byNumber.current());
        catalogue.remove("sql");
        assertThatExceptionOfType(NoSuchAdapterException.class).isThrownBy(() -> byName.current());
    }
}
