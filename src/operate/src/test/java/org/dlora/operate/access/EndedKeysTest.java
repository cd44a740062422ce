package org.dlora.operate.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.FakeKeyStore;
import org.dlora.security.KeyRing;
import org.dlora.security.KeyService;
import org.dlora.security.KeySettings;
import org.dlora.security.RingSettings;
import org.dlora.security.Scope;
import org.dlora.security.SecretSource;
import org.junit.jupiter.api.Test;

/** Removal of ended keys by the server itself. */
class EndedKeysTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final KeySettings ADMIN =
            new KeySettings("root", null, Set.of(Scope.ADMIN), AdapterPatterns.ALL, null);

    private final ClusterEvents events = new ClusterEvents(() -> NOW);
    private final KeyService keys =
            new KeyService(
                    new KeyRing(new RingSettings(Optional.empty(), false, false), () -> NOW),
                    new FakeKeyStore(),
                    SecretSource.inMemory(),
                    () -> NOW);
    private final KeyCommands commands = new KeyCommands(keys, events);

    @Test
    void watchersAreNotifiedOnceOfRemovedKeys() {
        keys.issue(ADMIN);
        var ended = keys.issue(ADMIN).key().id();
        keys.revoke(ended);
        List<ClusterEvent> told = new ArrayList<>();
        var _ = events.watch(told::add);
        commands.forgetEnded(NOW);
        assertThat(told).isEmpty();
        commands.forgetEnded(NOW.plusSeconds(1));
        commands.forgetEnded(NOW.plusSeconds(1));
        assertThat(told)
                .containsExactly(
                        new ClusterEvent.AdminAction(
                                NOW, "server", "key.purge", "keys", Map.of(ended, "root"), null));
        assertThat(keys.keys()).hasSize(1);
    }
}
