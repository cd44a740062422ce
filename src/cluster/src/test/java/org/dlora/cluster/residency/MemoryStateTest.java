package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.residency.HeldAdapter.State;
import org.dlora.scheduling.residency.Residence;
import org.dlora.scheduling.residency.ResidencySettings;
import org.dlora.scheduling.residency.ResidencySnapshot;
import org.junit.jupiter.api.Test;

class MemoryStateTest {
    private final MemoryState state = new MemoryState();
    private final HeldAdapter held =
            new HeldAdapter("a", new TinyAdapter("a", Optional.of("1"), Path.of("a")), 0);

    private ResidencySnapshot snapshot(long available) {
        return state.snapshot(1, available, 0, ResidencySettings.DEFAULT);
    }

    /** Plans must not load it twice, nor count its bytes twice. */
    @Test
    void adapterThatIsWantedAgainWhileItIsEvictedIsPlannedOnce() {
        long bytes = held.bytes();
        state.add(held);
        held.enter(State.EVICTING, 0);
        state.add(held, Waiter.ofOperator(0, new CompletableFuture<>()));
        assertThat(state.isLoadWanted()).isTrue();
        assertThat(snapshot(5).freeBytes()).isEqualTo(5 + bytes);
        assertThat(snapshot(5).adapters().getFirst().residence()).isEqualTo(Residence.ABSENT);

        state.queue("a", 1);
        assertThat(state.isLoadWanted()).isFalse();
        assertThat(snapshot(5).freeBytes()).isEqualTo(5);
        assertThat(snapshot(5).adapters().getFirst().residence()).isEqualTo(Residence.LOADING);
        assertThat(state.isAnyEvicting()).isTrue();

        held.enter(State.ABSENT, 2);
        state.unqueue(held);
        assertThat(state.isAnyEvicting()).isFalse();
        assertThat(snapshot(5).freeBytes()).isEqualTo(5);
        assertThat(snapshot(5).adapters().getFirst().residence()).isEqualTo(Residence.ABSENT);
    }

    /** The room for an adapter is asked for each request, and hundreds may be registered. */
    @Test
    void adaptersThatNobodyUsesCostAnAdmissionNothing() {
        for (int i = 0; i < 1000; i++) {
            var idle = new HeldAdapter("idle" + i, held.source, 0);
            state.add(idle);
            idle.pinned = true; // Without a touch: the room would be less if it were looked at.
        }
        state.add(held);
        assertThat(state.most(5, held)).isEqualTo(5);
    }

    /** A request waits twice where its move waits and its replica fails meanwhile. */
    @Test
    void allWaitersOfARequestAreTakenAndThoseOfOperatorsStay() {
        state.add(held);
        var operator = Waiter.ofOperator(0, new CompletableFuture<>());
        var move = waiter("r");
        var rescue = waiter("r");
        List.of(move, operator, rescue).forEach(waiter -> state.add(held, waiter));

        assertThat(state.takeRequests()).containsExactly(move, rescue);

        assertThat(held.waiters).containsExactly(operator);
        assertThat(state.waiting()).isZero();
        assertThat(state.waits("r")).isFalse();
        assertThat(state.takeRequests()).isEmpty();
    }

    @Test
    void allWaitersOfOneRequestAreRemovedWhereverTheyWait() {
        var other = new HeldAdapter("b", new TinyAdapter("b", Optional.of("1"), Path.of("b")), 0);
        state.add(held);
        state.add(other);
        var move = waiter("r");
        var rescue = waiter("r");
        var elsewhere = waiter("r");
        state.add(held, move);
        state.add(other, elsewhere);
        state.add(held, rescue);
        state.add(held, waiter("s"));

        assertThat(state.takeWaiters(other)).containsExactly(elsewhere);
        assertThat(state.waits("r")).isTrue();
        assertThat(state.waiting()).isEqualTo(2);

        assertThat(state.remove("r")).containsExactlyInAnyOrder(move, rescue);
        assertThat(state.waits("r")).isFalse();
        assertThat(state.waiting()).isEqualTo(1);
        assertThat(held.waiters).hasSize(1);
        assertThat(state.remove("r")).isEmpty();
    }

    private static Waiter waiter(String request) {
        return new Waiter(request, 0, () -> {}, _ -> {}, () -> {});
    }
}
