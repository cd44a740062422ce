package org.dlora.console.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.page.SubjectLink;
import org.junit.jupiter.api.Test;

class EntriesTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @Test
    void changesAreSentencesWithLinks() {
        var failed = Entries.of(new ClusterEvent.AdapterFailed(NOW, "host", "sql", "NaN in q"));
        assertThat(failed.text())
                .isEqualTo("Adapter sql could not be loaded into memory host: NaN in q");
        assertThat(failed.badge()).isEqualTo("bad");
        assertThat(failed.adapter()).isEqualTo("sql");

        var fenced = Entries.of(new ClusterEvent.ReplicaFenced(NOW, "1", "its thread has ended"));
        assertThat(fenced.text()).contains("Replica 1 is fenced", "its thread has ended.");
        assertThat(fenced.replica()).isEqualTo("1");
        assertThat(Entries.of(new ClusterEvent.ReplicaRestarted(NOW, "1")).badge())
                .isEqualTo("good");

        var moved =
                Entries.of(
                        new ClusterEvent.RequestMoved(
                                NOW, "r", "sql", "0", "1", 0.5, 2_000_000, "moved", null));
        assertThat(moved.text())
                .isEqualTo(
                        "A request of sql moved from replica 0 to 1 in 500 ms, with 2.0 MB of KV.");
        assertThat(moved.request()).isEqualTo("r");
        var recomputed =
                Entries.of(
                        new ClusterEvent.RequestMoved(
                                NOW, "r", "sql", "0", "1", 0.5, 0, "moved", null));
        assertThat(recomputed.text()).endsWith("in 500 ms, and computed its KV again.");
        var full =
                Entries.of(
                        new ClusterEvent.RequestMoved(
                                NOW, "r", "sql", "0", "1", 0.5, 0, "failed", "it is full"));
        assertThat(full.kind()).isEqualTo("move failed");
        assertThat(full.text()).endsWith("could not move from replica 0 to 1: it is full.");
    }

    /** Returns the names of a catalogue of one adapter. */
    private static RegistrationNames names(AdapterRecord only) {
        var entry = new CatalogueEntry(only, new TreeMap<>());
        return RegistrationNames.of(
                name -> Optional.of(entry).filter(one -> one.name().equals(name)));
    }

    @Test
    void loadsAndEvictionsNameTheVersion() {
        var first = version(1, "h1");
        var record = AdapterRecord.of("sql", first);
        var one = names(record);
        var two = names(record.with(version(2, "h2")));
        var loaded =
                Entries.of(
                        new ClusterEvent.AdapterLoaded(
                                NOW,
                                "host",
                                "sql",
                                "h2",
                                10,
                                0.5,
                                "file",
                                "is loaded, as its load was ordered: it needs 1.0 MB"));
        assertThat(loaded.named(two).text())
                .startsWith("Adapter sql version 2 was loaded into memory host")
                .endsWith(
                        "(source: file). The decision: it is loaded, as its load was ordered: it needs 1.0 MB.");
        assertThat(loaded.named(one).text()).as("not known").startsWith("Adapter sql was loaded");
        var evicted =
                Entries.of(
                        new ClusterEvent.AdapterEvicted(
                                NOW, "host", "sql", "h1", 10, "is evicted for leet: it is idle"));
        assertThat(evicted.named(two).text())
                .startsWith("Adapter sql version 1 was evicted from")
                .endsWith("free again. The decision: it is evicted for leet: it is idle.");
        assertThat(evicted.named(one).text()).as("the only one").startsWith("Adapter sql was");
        assertThat(evicted.named(RegistrationNames.of(Map.of())).text())
                .as("an adapter that is gone")
                .startsWith("Adapter sql was evicted");
    }

    private static VersionRecord version(int number, String weights) {
        return new VersionRecord(
                number,
                Optional.of(weights),
                "",
                VersionDefaults.NONE,
                "folder",
                "folder",
                NOW,
                Optional.empty());
    }

    @Test
    void aFailedAcquisitionSaysWhyAndLeadsToItsJob() {
        var failed =
                Entries.of(
                        new ClusterEvent.AcquisitionFailed(
                                NOW, "j1", "sql", "upload", "adapter_config.json is missing"));
        assertThat(failed.text())
                .isEqualTo("Adapter sql from upload failed: adapter_config.json is missing.");
        assertThat(failed.badge()).isEqualTo("bad");
        assertThat(failed.adapter()).isNull();
        assertThat(failed.other()).isEqualTo(new SubjectLink("/console/adapter-job?id=j1", "job"));
        var unnamed = new ClusterEvent.AcquisitionFailed(NOW, "j2", null, "upload", "No files.");
        assertThat(Entries.of(unnamed).text())
                .isEqualTo("An adapter from upload failed: No files.");
    }

    @Test
    void actionsOfKeysTeamsAndUsersLeadToThem() {
        for (var one :
                Map.of(
                                "key.revoke", "/console/access/key?id=a%20b",
                                "team.update", "/console/access/team?name=a%20b",
                                "user.delete", "/console/access/user?name=a%20b",
                                "acquisition.cancel", "/console/adapter-job?id=a%20b")
                        .entrySet()) {
            var entry = Entries.of(new AuditRecord(1, "x", one.getKey(), "a b", null, null));
            assertThat(entry.other()).extracting(SubjectLink::path).isEqualTo(one.getValue());
        }
        for (var action : new String[] {"user.sign_in_failed", "adapter.load", "log.level"}) {
            assertThat(Entries.of(new AuditRecord(1, "x", action, "a", null, null)).other())
                    .isNull();
        }
    }

    @Test
    void switchesOfWeightsAreInPlainWords() {
        var line =
                Entries.of(
                        new ClusterEvent.ModeSwitched(
                                NOW,
                                "0",
                                "unmerged",
                                "merged(sql#1)",
                                "mixed:sql#1: 220.0 tokens/s over 0.40 s"));
        assertThat(line.named(RegistrationNames.of(Map.of("sql#1", "sql"))).text())
                .isEqualTo(
                        "Replica 0 went from unmerged to merged sql: merged sql with others beside it was predicted to give 220 tokens/s over the next 400 ms.");
    }

    @Test
    void aBudgetIsFullOrNearlySo() {
        var near = new ClusterEvent.BudgetAlert(NOW, "key", "dlora_1", "day", 80, 100);
        var full = new ClusterEvent.BudgetAlert(NOW, "team", "red", "month", 100, 100);
        assertThat(Entries.of(near).badge()).isEqualTo("warn");
        assertThat(Entries.of(full).badge()).isEqualTo("bad");
        assertThat(Entries.of(full).text())
                .isEqualTo(
                        "The team red has used 100 of the 100 tokens of its budget for the month.");
    }

    @Test
    void rowsOfTheHistoryAreTheSameSentences() {
        var row =
                new EventRecord(
                        5L << 20,
                        "gate_judged",
                        null,
                        "sql",
                        null,
                        "{\"adapter\": \"sql\", \"number\": 4, \"passed\": false, \"problem\": \"prompt 0\"}");
        var entry = Entries.of(row);
        assertThat(entry.text()).isEqualTo("Version 4 of sql did not pass its gate: prompt 0");
        assertThat(entry.at()).isEqualTo(Instant.ofEpochMilli(5));
        assertThat(entry.key()).isEqualTo(5L << 20);
    }

    @Test
    void actionsSayWhoDidWhat() {
        var roll =
                Entries.of(
                        new AuditRecord(
                                1, "user:ann", "adapter.roll_back", "sql", "{\"a\": 1}", null));
        assertThat(roll.text()).isEqualTo("ann rolled a route of sql back.");
        assertThat(roll.adapter()).isEqualTo("sql");
        assertThat(roll.detail()).isEqualTo("a: was 1");
        var failed =
                Entries.of(
                        new AuditRecord(1, "10.0.0.1", "user.sign_in_failed", "bob", null, null));
        assertThat(failed.badge()).isEqualTo("warn");
    }
}
