package org.dlora.console.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.junit.jupiter.api.Test;

class LatestChangesTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final ClusterEvents events = new ClusterEvents(InstantSource.fixed(NOW));
    private final LatestChanges changes = new LatestChanges(events);

    @Test
    void actionsAreForAdministratorsAndKeepNoChangeFromViewers() {
        events.publish(new ClusterEvent.ReplicaRestarted(NOW, "1"));
        events.publish(new ClusterEvent.ModeSwitched(NOW, "1", "unmerged", "merged(a)", "why"));
        for (int i = 0; i < 20; i++) {
            events.done("user:ann", "user.sign_in", "ann", null, Map.of("way", "password"));
        }
        assertThat(changes.last(false).stream().map(Entries::of))
                .extracting(Entry::text)
                .containsExactly("Replica 1 has begun anew and takes requests.");
        assertThat(changes.last(true).stream().map(Entries::of))
                .hasSize(10)
                .allSatisfy(entry -> {
                    assertThat(entry.text()).isEqualTo("ann signed in.");
                    assertThat(entry.detail()).isEqualTo("way: password");
                    assertThat(entry.at()).isEqualTo(NOW);
                });
    }
}
