package org.dlora.device.cpu.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ScratchTest {
    @Test
    void growsAtLeastTwofoldAndNeverShrinks() {
        try (var scratch = new Scratch()) {
            long first = scratch.atLeast(100).byteSize();
            assertThat(first).isBetween(100L, 128L);
            var same = scratch.atLeast(first);
            assertThat(same.byteSize()).isEqualTo(first);
            assertThat(scratch.atLeast(first + 1).byteSize()).isEqualTo(2 * first);
            assertThat(same.scope().isAlive()).isFalse();
            assertThat(scratch.atLeast(1000).byteSize()).isEqualTo(1000);
            assertThat(scratch.atLeast(1)).isEqualTo(scratch.segment());
            assertThat(scratch.segment().byteSize()).isEqualTo(1000);
        }
    }

    @Test
    void addressesOfFreedMemoryAreRefused() {
        var account = new MemoryAccount();
        var memory = Memory.allocate(64, account);
        var rows = new FloatRows(memory.segment(), 8, 16);
        assertThat(rows.address()).isEqualTo(memory.address() + 8);
        assertThat(rows.from(2).address()).isEqualTo(memory.address() + 8 + 32);
        assertThat(rows.row(3)).isEqualTo(56);
        memory.close();
        assertThatThrownBy(rows::address).hasMessage("the memory was freed");
        assertThatThrownBy(memory::address).hasMessage("the memory was freed");
    }

    @Test
    void adoptedMemoryIsCountedUntilItIsClosedAndStaysItsHolders() {
        var account = new MemoryAccount();
        try (var holder = Memory.allocate(96)) {
            var adopted = Memory.adopted(holder.segment(), account);
            assertThat(account.bytes()).isEqualTo(96);
            assertThat(adopted.address()).isEqualTo(holder.address());
            adopted.close();
            adopted.close();
            assertThat(account.bytes()).isZero();
            assertThat(account.frees()).isEqualTo(1);
            assertThat(holder.segment().scope().isAlive()).isTrue();
        }
    }
}
