package org.dlora.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dlora.adapter.content.AdapterShape;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GatePrompt;
import org.dlora.catalogue.versions.GatePrompt.GateMessage;
import org.dlora.catalogue.versions.GatePrompt.RecordedTokens;
import org.dlora.catalogue.versions.GateResult;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionFacts;
import org.dlora.catalogue.versions.VersionRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The catalogue on H2 and on PostgreSQL. */
abstract class CatalogueContract {
    private static final Instant THEN = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final String LONG = "é'; drop table adapter; -- <b>".repeat(300);

    @TempDir Path home;

    /** Returns the one database of a test, once it is open. */
    abstract Database open();

    private static VersionRecord version(int number, VersionDefaults defaults) {
        return new VersionRecord(
                number,
                number == 1 ? Optional.empty() : Optional.of("ab".repeat(32)),
                number == 1 ? "" : "cd".repeat(32),
                defaults,
                "team/sql",
                "hf:org/sql@main",
                THEN.plusSeconds(number),
                number == 1
                        ? VersionFacts.UNKNOWN
                        : new VersionFacts(
                                new AdapterShape(List.of(4, 16), List.of("down_proj", "q_proj")),
                                OptionalLong.of(1L << 40),
                                List.of(LONG, "it was trained on another base"),
                                Optional.of("127.0.0.1")),
                number == 1 ? Optional.of(LONG) : Optional.empty());
    }

    private static AdapterRecord full(String name) {
        var parameters =
                new ParameterDefaults(
                        OptionalDouble.of(0.1),
                        OptionalDouble.of(0.2),
                        OptionalInt.of(3),
                        OptionalDouble.of(0.4),
                        OptionalDouble.of(-0.5),
                        OptionalDouble.of(0.6),
                        OptionalDouble.of(1.7),
                        OptionalInt.of(8));
        return AuditedAction.call(
                "dlora_1 (team é)", "adapter.route", () -> full(name, parameters));
    }

    private static AdapterRecord full(String name, ParameterDefaults parameters) {
        return AdapterRecord.of(name, version(1, VersionDefaults.NONE))
                .with(version(2, new VersionDefaults(Optional.of(LONG), parameters)))
                .with(version(3, VersionDefaults.NONE))
                .routed("", AliasRoute.to(2))
                .routed("", route(Map.of(2, 90, 3, 10)))
                .routed("champion", AliasRoute.to(3))
                .shadowed("champion", OptionalInt.of(2))
                .gated(Optional.of(gate()))
                .gated(result(Optional.of(LONG)))
                .with(
                        new AdapterDetails(
                                LONG,
                                new TreeSet<>(List.of("a b", "ä, \"c\"")),
                                "ann",
                                Optional.of(false)));
    }

    private static Gate gate() {
        return new Gate(
                List.of(
                        new GatePrompt(
                                List.of(new GateMessage("user", LONG + "\u0000\uD800")),
                                "",
                                8,
                                Optional.of("é\n"),
                                Optional.empty()),
                        new GatePrompt(
                                List.of(),
                                "2 + 2 =",
                                1,
                                Optional.empty(),
                                Optional.of(
                                        new RecordedTokens(
                                                List.of(3, 4), List.of(-0.25, -1e-9), 0.1)))));
    }

    private static GateResult result(Optional<String> problem) {
        return new GateResult(
                "ef".repeat(32),
                gate().hash(),
                THEN,
                List.of(
                        new GateResult.Finding(
                                problem,
                                LONG,
                                OptionalInt.of(3),
                                OptionalDouble.of(-0.5),
                                OptionalDouble.of(-1.5),
                                OptionalDouble.empty()),
                        new GateResult.Finding(
                                Optional.empty(),
                                "",
                                OptionalInt.empty(),
                                OptionalDouble.empty(),
                                OptionalDouble.empty(),
                                OptionalDouble.of(0.125))));
    }

    private static AliasRoute route(Map<Integer, Integer> weights) {
        return new AliasRoute(new TreeMap<>(weights), true);
    }

    @Test
    void everyMemberIsThereAfterTheNextStart() {
        var records =
                List.of(
                        full("sql"),
                        full("org/ünïcode '\"<>&;@3"),
                        full("n".repeat(255)),
                        full("gone").unloaded(true));
        try (var database = open()) {
            var store = new DatabaseCatalogue(database, "base 1");
            assertThat(store.read()).isEqualTo(CatalogueContent.EMPTY);
            records.forEach(store::write);
            store.writeShares(Map.of(), Map.of("", 0.5, "sql", 2.0));
            var other = new DatabaseCatalogue(database, "base 2");
            other.write(full("other"));
            other.write(AdapterRecord.of("away", version(2, VersionDefaults.NONE).in("a/b", "c")));
            var retired = version(2, VersionDefaults.NONE).in("old", "c").retire("it is old");
            other.write(AdapterRecord.of("old", retired));
            var folders = store.folders().orElseThrow();
            assertThat(folders.folders()).containsExactlyInAnyOrder("team/sql", "a/b");
            assertThat(folders.catalogue()).isNotBlank();
        }
        try (var database = open()) {
            var kept = new DatabaseCatalogue(database, "base 1").read();
            assertThat(kept.adapters().getFirst().gate().gate().orElseThrow().hash())
                    .isEqualTo(gate().hash());
            assertThat(kept.adapters()).containsExactlyInAnyOrderElementsOf(records);
            assertThat(kept.adapters().getFirst().alias("champion").orElseThrow().shadowOwner())
                    .hasValue("dlora_1 (team é)");
            assertThat(kept.shares()).isEqualTo(Map.of("", 0.5, "sql", 2.0));
        }
    }

    @Test
    void aChangeReplacesTheFormerRecord() {
        try (var database = open()) {
            var store = new DatabaseCatalogue(database, "base 1");
            store.write(full("sql"));
            var changed =
                    full("sql")
                            .rolledBack("")
                            .orElseThrow()
                            .withoutAlias("champion")
                            .gated(result(Optional.empty()))
                            .shadowed("", OptionalInt.of(3))
                            .with(version(4, VersionDefaults.NONE))
                            .with(version(3, VersionDefaults.NONE).retire("it is old"))
                            .with(AdapterDetails.NONE);
            store.write(changed);
            assertThat(store.read().adapters()).containsExactly(changed);
            var ungated = changed.gated(Optional.empty()).shadowed("", OptionalInt.empty());
            store.write(ungated);
            assertThat(store.read().adapters()).containsExactly(ungated);
            store.writeShares(Map.of(), Map.of("sql", 2.0, "law", 3.0));
            store.writeShares(Map.of("sql", 2.0, "law", 3.0), Map.of("sql", 4.0));
            assertThat(store.read().shares()).isEqualTo(Map.of("sql", 4.0));
            store.delete(ungated);
            store.delete(ungated);
            assertThat(store.read().adapters()).isEmpty();
            store.write(full("sql"));
            assertThat(store.read().adapters()).containsExactly(full("sql"));
        }
    }

    @Test
    void aDatabaseThatIsAwayIsSaid() {
        var database = open();
        database.close();
        var store = new DatabaseCatalogue(database, "base 1");
        assertThatExceptionOfType(CatalogueUnavailableException.class)
                .isThrownBy(() -> store.write(full("sql")))
                .withMessage(
                        "The change was not made, because it cannot be kept: The database cannot be reached: the server is shutting down");
    }
}
