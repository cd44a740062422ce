package org.dlora.console.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.dlora.catalogue.history.VersionedRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VersionSharesTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private static VersionedRequest request(@Nullable Integer number, Duration ago) {
        return new VersionedRequest(NOW.minus(ago), number);
    }

    @Test
    void countsByVersionWithTheLastMinutesForThemselves() {
        var requests = new ArrayList<VersionedRequest>();
        for (int i = 0; i < 9; i++) {
            requests.add(request(1, Duration.ofMinutes(1)));
        }
        requests.add(request(2, Duration.ofMinutes(10)));
        requests.add(request(null, Duration.ofMinutes(11)));
        requests.add(request(1, Duration.ofMinutes(12)));
        var shares = VersionShares.of(requests, NOW);
        assertThat(shares.recent()).isEqualTo(10);
        assertThat(shares.recentShare(2)).isEqualTo(0.1);
        assertThat(shares.of(1)).isEqualTo(new VersionShares.Counts(10, 9));
        assertThat(shares.share(1)).isEqualTo(10.0 / 11);
        assertThat(shares.of(3)).isEqualTo(new VersionShares.Counts(0, 0));
        assertThat(shares.hasAll()).isTrue();
    }

    @Test
    void withoutRequestsThereAreNoShares() {
        assertThat(VersionShares.NONE.share(1)).isNaN();
        var many = Collections.nCopies(VersionShares.MOST, request(1, Duration.ofHours(1)));
        assertThat(VersionShares.of(List.copyOf(many), NOW).hasAll()).isFalse();
        assertThat(VersionShares.of(many, NOW).recentShare(1)).isNaN();
    }
}
