package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.entry;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.ClusterResidency;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.Residence;
import org.dlora.scheduling.residency.ResidencySettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests of an administrator's changes to the adapters of two memories at once. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClusterResidencyTest {
    private static final long SMALL = ScriptedMemory.bytes(ScriptedMemory.SMALL);

    private static final MemoryLedger HOST = new MemoryLedger(10 * SMALL);

    private final ScriptedMemory first = memory("0");
    private final ScriptedMemory second = memory("1");
    private final GatedAdapter inFirst = first.register("a", ScriptedMemory.SMALL);
    private final Catalogue catalogue =
            new Catalogue(
                    "base",
                    List.of(
                            new ServedAdapter("a", inFirst, Instant.EPOCH),
                            TinyAdapter.served("gone", "gone")));
    private final ResidencyService both = service(first, second);

    private static ScriptedMemory memory(String name) {
        var ledger = new MemoryLedger(SMALL);
        var server = new ScriptedMemory(name, ledger, ResidencySettings.DEFAULT, List.of(name));
        server.policy(new CostAwareResidency());
        return server;
    }

    private ResidencyService service(ScriptedMemory... memories) {
        return new ClusterResidency(
                catalogue,
                List.of(memories).stream().map(one -> one.memory).toList(),
                Map.of("host", HOST),
                List::of,
                (_, _, effect) -> effect.run());
    }

    @BeforeEach
    void registerInTheOther() {
        second.register("a", ScriptedMemory.SMALL);
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
    }

    @Test
    void loadsAndEvictionsAreDoneInEveryMemory() {
        both.load("a").join();
        assertThat(List.of(first.residence("a"), second.residence("a")))
                .containsOnly(Residence.RESIDENT);
        both.evict("a").join();
        assertThat(List.of(first.residence("a"), second.residence("a")))
                .containsOnly(Residence.ABSENT);
    }

    @Test
    void refusedEvictionSaysWhatWasDoneInWhichMemory() {
        both.load("a").join();
        second.memory.pin("a", true);
        assertThatIllegalStateException()
                .isThrownBy(() -> both.evict("a"))
                .withMessage(
                        "Memory 1: Adapter 'a' is pinned; unpin it first. The adapter is evicted in 0");
        first.awaitResidence("a", Residence.ABSENT);
        assertThat(second.residence("a")).isEqualTo(Residence.RESIDENT);
        first.memory.pin("a", true);
        assertThatIllegalStateException()
                .isThrownBy(() -> both.evict("a"))
                .withMessageStartingWith("Memory 0: Adapter 'a' is ")
                .withMessageEndingWith("Memory 1: Adapter 'a' is pinned; unpin it first");
    }

    @Test
    void failedLoadSaysWhatWasDoneInWhichMemory() {
        inFirst.gate(() -> {
            throw new IllegalStateException("a test");
        });
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> both.load("a").join())
                .havingCause()
                .isInstanceOf(IllegalStateException.class)
                .withMessage(
                        "Memory 0: Adapter 'a' could not be loaded: see the server's log. Try again shortly. The adapter is loaded in 1");
        assertThat(second.residence("a")).isEqualTo(Residence.RESIDENT);
    }

    /** Issue 15: a load was a failure of the server, and a pin did not say in which memory. */
    @Test
    void pinAndLoadThatDoNotFitAreRefusedWithTheSameFigures() {
        var words = "Memory 1: There is not enough memory for adapter 'a': ";
        try (var _ = second.ledger.reserve(MemoryUse.BUFFERS, SMALL)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> both.pin("a", true))
                    .withMessageStartingWith(words)
                    .withMessageContaining("at most 0KB can be made free for adapters");
            assertThat(first.status("a").pinned()).isFalse();
            assertThatIllegalStateException()
                    .isThrownBy(() -> both.load("a"))
                    .withMessageStartingWith(words)
                    .withMessageContaining("at most 0KB can be made free for adapters");
        }
        first.awaitResidence("a", Residence.RESIDENT);
    }

    @Test
    void memoriesAreListedInConfiguredOrderWithTheirPlans() {
        both.load("a").join();
        assertThat(both.memories())
                .extracting(MemoryReport::name)
                .containsExactly("0", "1", "host");
        assertThat(both.memories().getLast().limit()).isEqualTo(HOST.limit());
        assertThat(both.memories().subList(0, 2))
                .extracting(MemoryReport::lastPlan)
                .doesNotContainNull()
                .extracting(planned -> planned.plan().load())
                .containsOnly(List.of("a"));
    }

    @Test
    void theOnlyMemoryIsNotNamed() {
        first.memory.pin("a", true);
        first.awaitResidence("a", Residence.RESIDENT);
        assertThatIllegalStateException()
                .isThrownBy(() -> service(first).evict("a"))
                .withMessage("Adapter 'a' is pinned; unpin it first");
    }

    @Test
    void adapterThatWentAwayMeanwhileIsNotServed() {
        for (ThrowingCallable change :
                List.<ThrowingCallable>of(
                        () -> both.load("gone").join(),
                        () -> both.evict("gone").join(),
                        () -> both.pin("gone", true),
                        () -> both.pin("gone", false))) {
            assertThatExceptionOfType(NoSuchAdapterException.class).isThrownBy(change);
        }
    }

    /** Issue 18: figures left out what ran with other versions than the main one. */
    @Test
    void figuresAreThoseOfAllVersionsThatRequestsRunWith() {
        long large = ScriptedMemory.bytes(ScriptedMemory.LARGE);
        var ids = List.of("a#1", "a#2", "a#0");
        try (var server = new ScriptedMemory(new MemoryLedger(3 * large), "0")) {
            server.policy(new CostAwareResidency());
            var main = served("a#1", server.register("a#1", "a", ScriptedMemory.SMALL));
            var other = served("a#2", server.register("a#2", "a", ScriptedMemory.LARGE));
            server.register("a#0", "a", ScriptedMemory.SMALL);
            var second =
                    CatalogueEntry.version(
                            2, other.source(), Instant.EPOCH, VersionDefaults.NONE, "folder");
            var versions = CatalogueEntry.of(main).with(second, other);
            var residency =
                    new ClusterResidency(
                            Catalogue.of("base", List.of(versions)),
                            List.of(server.memory),
                            Map.of("host", HOST),
                            List::of,
                            (_, _, effect) -> effect.run());
            for (var id : ids) {
                server.makeResident(id);
                server.ask("with " + id, id);
            }
            var ended = server.memory.retire("a#0");

            var report = residency.report("a").orElseThrow();
            assertThat(residency.reports()).containsExactly(report);
            var at = report.memories().getFirst();
            assertThat(at.weights()).extracting(AdapterStatus::id).containsExactlyElementsOf(ids);
            assertThat(at.status().running()).isEqualTo(3);
            assertThat(at.status().bytes()).isEqualTo(2 * SMALL + large);
            assertThat(at.status().loads()).isEqualTo(3);
            assertThat(at.status().residence()).isEqualTo(Residence.RESIDENT);
            assertThat(residency.registered())
                    .containsExactly(
                            entry(
                                    server.memory.name(),
                                    new RegisteredSizes(2, SMALL + large, large)));

            server.replica().end("with a#0");
            ended.join();
            assertThat(residency.held().getFirst().weights())
                    .extracting(AdapterStatus::id)
                    .containsExactlyInAnyOrder("a#1", "a#2");
            assertThat(residency.report("other")).isEmpty();
        }
    }

    private static ServedAdapter served(String id, GatedAdapter source) {
        return new ServedAdapter(id, source, Instant.EPOCH);
    }

    @Test
    void idleAdaptersAreNotHeld() {
        first.register("idle", ScriptedMemory.SMALL);
        both.load("a").join();
        assertThat(both.held())
                .extracting(memory -> memory.weights().stream().map(AdapterStatus::id).toList())
                .containsExactly(List.of("a"), List.of("a"));
    }
}
