package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ResidencyReasonsTest {
    @Test
    void aLoadAndItsVictimsAreExplained() {
        assertThat(new ResidencySketch(3).idle("a", 4, 0.0123).waiting("new", 5, 1.25).reasons())
                .isEqualTo(
                        Map.of(
                                "new",
                                "is loaded, as 1 request has waited 1.3 s: it needs 5.0 MB, 3.0 MB is free and 4.0 MB is evicted",
                                "a",
                                "is evicted for new: it is idle and costs least to bring back (demand 0.012, 1.00 s to load 4.0 MB)"));
    }

    @Test
    void victimsAndWaitingAdaptersAreExplained() {
        assertThat(
                        new ResidencySketch(3)
                                .inUse("a", 4, 0.5)
                                .pinned("pin", 2)
                                .waiting("new", 6, 5)
                                .waiting("never", 8, 9)
                                .waiting("young", 2, 0)
                                .pinnedAbsent("later", 2)
                                .reasons())
                .isEqualTo(
                        Map.of(
                                "never",
                                "needs 8.0 MB, at most 7.0 MB can be made free: pinned adapters take 2.0 MB",
                                "a",
                                "takes no new requests, so that new gets room after a wait of 5.0 s: idle adapters do not suffice, and it costs least to bring back (demand 0.50, 1.00 s to load 4.0 MB, 1 request running)",
                                "new",
                                "1 request has waited 5.0 s: it needs 6.0 MB, 3.0 MB is kept for it and 3.0 MB comes when others have left",
                                "young",
                                "1 request has waited 0.0 s: it needs 2.0 MB, and 0.0 MB is free or idle for it; from 5.0 s on adapters in use make room",
                                "later",
                                "it is pinned: it needs 2.0 MB, and 0.0 MB is free or idle for it"));
    }

    @Test
    void adaptersWaitingForLoadsAreExplained() {
        assertThat(
                        new ResidencySketch(9)
                                .loading("a", 4)
                                .waiting("b", 4, 6)
                                .waiting("c", 4, 1)
                                .reasons())
                .isEqualTo(
                        Map.of(
                                "a",
                                "1 request has waited 0.5 s: it has been loading for 0.5 s of 1.0 s",
                                "b",
                                "1 request has waited 6.0 s: it is loaded after the load in progress",
                                "c",
                                "1 request has waited 1.0 s: it is loaded after the load in progress"));
        assertThat(new ResidencySketch(1).loading("a", 4).waiting("b", 5, 6).reasons())
                .containsEntry(
                        "b",
                        "1 request has waited 6.0 s: it needs 5.0 MB, and adapters that are loading hold a part of that");
    }

    /** Issue 15: loads ahead and by hand were counted as requests, with a wait of -Infinity s. */
    @Test
    void loadsThatNoRequestWaitsForAreNamedAsWhatTheyAre() {
        var inf = Double.POSITIVE_INFINITY;
        assertThat(
                        new ResidencySketch(1)
                                .inUse("a", 9, 0.5)
                                .wanted("ahead", 4, 1, inf, 0, inf)
                                .wanted("hand", 4, 1, 3, 0, inf)
                                .wanted("both", 4, 2, 3, 1, 1)
                                .reasons())
                .isEqualTo(
                        Map.of(
                                "ahead",
                                "it is wanted for requests to come: it needs 4.0 MB, and 1.0 MB is free or idle for it",
                                "hand",
                                "its load was ordered: it needs 4.0 MB, and 1.0 MB is free or idle for it; from 5.0 s on adapters in use make room",
                                "both",
                                "1 request has waited 1.0 s: it needs 4.0 MB, and 1.0 MB is free or idle for it; from 5.0 s on adapters in use make room"));
        assertThat(new ResidencySketch(9).wanted("ahead", 4, 1, inf, 0, inf).reasons())
                .containsEntry(
                        "ahead",
                        "is loaded, as it is wanted for requests to come: it needs 4.0 MB, 9.0 MB is free and 0.0 MB is evicted");
    }
}
