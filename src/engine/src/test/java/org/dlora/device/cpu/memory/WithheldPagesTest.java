package org.dlora.device.cpu.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.natives.LargePages;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

/** Blocks of a KV cache whose memory goes back to the system, and comes again. */
class WithheldPagesTest {
    /** Bytes that the rest of the process may take or give back meanwhile; a tenth of the cache. */
    private static final long NOISE = 15L << 20;

    /** A block has 12 KB in a layer, as that of SmolLM2-135M, whose layers are fewer here. */
    private static final KvLayout REAL = new KvLayout(4, 3, 64, 3000, DType.BF16);

    private static final Pattern RANGE = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) ");

    private final MemoryAccount account = new MemoryAccount();

    @Test
    void memoryOfWithheldBlocksGoesBackToTheSystemAndComesAgain() {
        assumeThat(Path.of("/proc/self/statm")).exists();
        // Blocks here and there, in large pages and between blocks that stay.
        var some = IntStream.range(0, 3000).filter(i -> i % 3 != 1).boxed().toList();
        long bytes = some.size() * REAL.bytesPerBlock();
        try (var cache = new CpuKvCache(REAL, "float32", account)) {
            assumeThat(cache.mostBytesPerBlock()).isEqualTo(REAL.bytesPerBlock());
            long all = resident();
            cache.withhold(some);
            long less = resident();
            assertThat(all - less).isBetween(bytes - NOISE, bytes + NOISE);
            assertThat(account.bytes()).isEqualTo(cache.bytes()).isEqualTo(1000 * 49152L);
            cache.restore(some);
            assertThat(resident() - less).isBetween(bytes - NOISE, bytes + NOISE);
            assertThat(account.bytes()).isEqualTo(cache.bytes()).isEqualTo(3000 * 49152L);
        }
        assertThat(account.bytes()).isZero();
    }

    @Test
    void blocksThatAreWithheldFromTheStartHaveNoMemoryUntilTheyAreRestored() {
        assumeThat(Path.of("/proc/self/statm")).exists();
        assumeThat(WithheldPages.areKnown()).isTrue();
        long before = resident();
        try (var cache = new CpuKvCache(REAL, 1000, "float32", account)) {
            assertThat(resident() - before).isBetween(cache.bytes() - NOISE, cache.bytes() + NOISE);
            assertThat(account.bytes()).isEqualTo(cache.bytes()).isEqualTo(1000 * 49152L);
            fill(cache, 0);
            fill(cache, 999);
            cache.restore(IntStream.range(1000, 3000).boxed().toList());
            assertThat(resident() - before).isGreaterThan(cache.bytes() - NOISE);
            assertThat(account.bytes()).isEqualTo(cache.bytes()).isEqualTo(3000 * 49152L);
            check(cache, 0);
            check(cache, 999);
        }
        assertThat(account.bytes()).isZero();
    }

    @Test
    void blocksOfASmallCacheCanBeWithheldFromTheStart() {
        assumeThat(WithheldPages.areKnown()).isTrue();
        for (int usable = 0; usable <= 9; usable++) {
            var layout = new KvLayout(2, 1, 5, 9, DType.F32);
            try (var cache = new CpuKvCache(layout, usable, "float32", account)) {
                IntStream.range(0, usable).forEach(block -> fill(cache, block));
                assertThat(cache.bytes())
                        .isBetween(usable * layout.bytesPerBlock(), 9 * layout.bytesPerBlock());
                cache.restore(IntStream.range(usable, 9).boxed().toList());
                IntStream.range(0, usable).forEach(block -> check(cache, block));
                assertThat(cache.bytes()).isEqualTo(9 * layout.bytesPerBlock());
            }
        }
    }

    @Test
    void onlyStretchesWithGapsHaveOrdinaryPagesAlone() {
        assumeThat(Path.of("/proc/self/smaps")).exists();
        assumeThat(WithheldPages.areKnown()).isTrue();
        try (var cache = new CpuKvCache(REAL, 1000, "float32", account)) {
            var some = IntStream.range(500, 700).boxed().toList();
            checkAdvice(cache, block -> block >= 1000);
            cache.withhold(some);
            checkAdvice(cache, block -> block >= 1000 || (block >= 500 && block < 700));
            cache.restore(some);
            checkAdvice(cache, block -> block >= 1000);
            cache.restore(IntStream.range(1000, 3000).boxed().toList());
            checkAdvice(cache, _ -> false);
        }
    }

    /** Checks which large pages of the cache Linux may make. */
    private static void checkAdvice(CpuKvCache cache, IntPredicate isWithheld) {
        var ordinary = ordinary();
        long stretches = cache.segment().byteSize() / LargePages.PAGE;
        for (long i = 0; i < stretches; i++) {
            long first = i * LargePages.PAGE;
            boolean gap = false;
            for (long at = first; at < first + LargePages.PAGE; at += 4096) {
                gap |= isWithheld.test((int) (at / cache.blockBytes() % REAL.blocks()));
            }
            long address = cache.address() + first;
            boolean found =
                    ordinary.stream().anyMatch(part -> part[0] <= address && address < part[1]);
            assertThat(found).as("stretch %d", i).isEqualTo(gap);
        }
    }

    /** Returns the addresses of all memory that is advised to have ordinary pages alone. */
    private static List<long[]> ordinary() {
        try {
            var found = new ArrayList<long[]>();
            long[] now = {0, 0};
            for (var line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
                var range = RANGE.matcher(line);
                if (range.lookingAt()) {
                    now =
                            new long[] {
                                Long.parseUnsignedLong(range.group(1), 16),
                                Long.parseUnsignedLong(range.group(2), 16)
                            };
                } else if (line.startsWith("VmFlags:") && line.contains(" nh")) {
                    found.add(now);
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void memoryIsThereBeforeTheFirstWrite() {
        assumeThat(Path.of("/proc/self/statm")).exists();
        long before = resident();
        try (var cache = new CpuKvCache(REAL, "float32", account)) {
            assertThat(resident() - before).isGreaterThan(cache.bytes() - NOISE);
        }
    }

    @Property(tries = 60)
    void otherBlocksKeepTheirContentAndAllBytesAreCounted(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int headDim) {
        assumeThat(WithheldPages.areKnown()).isTrue();
        var random = new Random(seed);
        var layout = new KvLayout(1 + random.nextInt(3), 2, headDim, 50, DType.F32);
        var held = new MemoryAccount();
        try (var cache = new CpuKvCache(layout, "float32", held)) {
            Set<Integer> there = new HashSet<>(IntStream.range(0, 50).boxed().toList());
            there.forEach(block -> fill(cache, block));
            for (int i = 0; i < 20; i++) {
                var some = drawn(random, there);
                cache.withhold(some);
                some.forEach(there::remove);
                there.forEach(block -> check(cache, block));
                long least = there.size() * layout.bytesPerBlock();
                assertThat(cache.bytes())
                        .isEqualTo(held.bytes())
                        .isBetween(least, 50 * layout.bytesPerBlock());
                var absent = new HashSet<>(IntStream.range(0, 50).boxed().toList());
                absent.removeAll(there);
                var back = drawn(random, absent);
                long before = cache.bytes();
                cache.restore(back);
                assertThat(cache.bytes() - before)
                        .isBetween(0L, back.size() * cache.mostBytesPerBlock());
                back.forEach(block -> fill(cache, block));
                there.addAll(back);
                there.forEach(block -> check(cache, block));
            }
        }
        assertThat(held.bytes()).isZero();
    }

    @Test
    void aBlockOfWholePagesGoesBackAlone() {
        assumeThat(LargePages.pageBytes()).isEqualTo(4096);
        try (var cache = new CpuKvCache(REAL, "float32", account)) {
            assertThat(cache.isElastic()).isTrue();
            for (int block : List.of(7, 999, 0, 500)) {
                long before = cache.bytes();
                cache.withhold(List.of(block));
                assertThat(before - cache.bytes()).isEqualTo(REAL.bytesPerBlock());
            }
        }
    }

    @Test
    void aBlockIsWithheldOnceAndRestoredOnce() {
        assumeThat(WithheldPages.areKnown()).isTrue();
        try (var cache = new CpuKvCache(REAL, "float32", account)) {
            cache.withhold(List.of(3));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> cache.withhold(List.of(3)))
                    .withMessage("KV block 3 is withheld");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> cache.restore(List.of(4)))
                    .withMessage("KV block 4 is not withheld");
        }
    }

    private static List<Integer> drawn(Random random, Set<Integer> blocks) {
        var all = new ArrayList<>(blocks);
        all.removeIf(block -> random.nextInt(3) == 0);
        return all;
    }

    private static void fill(CpuKvCache cache, int block) {
        each(cache, block, at -> cache.segment().set(JAVA_BYTE, at, content(block, at)));
    }

    private static void check(CpuKvCache cache, int block) {
        each(
                cache,
                block,
                at -> {
                    if (cache.segment().get(JAVA_BYTE, at) != content(block, at)) {
                        throw new AssertionError("block " + block + " lost byte " + at);
                    }
                });
    }

    private static byte content(int block, long at) {
        return (byte) (1 + block + at % 7);
    }

    private static void each(CpuKvCache cache, int block, LongConsumer use) {
        for (int layer = 0; layer < cache.layout().layers(); layer++) {
            long first = cache.keys(layer, block, 0);
            for (long at = first; at < first + cache.blockBytes(); at += 61) {
                use.accept(at);
            }
        }
    }

    private static long resident() {
        try {
            var fields = Files.readString(Path.of("/proc/self/statm")).split(" ", -1);
            return Long.parseLong(fields[1]) * LargePages.pageBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
