package org.dlora.device.cpu.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.device.cpu.natives.LargePages;

/**
 * Zeroed memory off the heap, on a cache-line boundary, that any thread may use until it is freed.
 */
public record Memory(Arena arena, MemorySegment segment, MemoryAccount account, long bytes)
        implements AutoCloseable {
    public static final long CACHE_LINE = 64;

    /** Allocates memory that no device accounts for: a replica's buffers. */
    public static Memory allocate(long bytes) {
        return allocate(bytes, new MemoryAccount());
    }

    /** Allocates memory that {@code account} counts until it is freed. */
    public static Memory allocate(long bytes, MemoryAccount account) {
        return allocate(bytes, account, arena -> LargePages.allocate(bytes, arena));
    }

    /**
     * Does {@link #allocate(long, MemoryAccount)}, in the account's {@link Regions} where it fits.
     */
    public static Memory forWeights(long bytes, MemoryAccount account) {
        return allocate(
                bytes,
                account,
                arena ->
                        account.regions()
                                .allocate(bytes, arena)
                                .or(() -> LargePages.allocate(bytes, arena)));
    }

    @SuppressWarnings("MustBeClosedChecker") // The record owns the arena.
    private static Memory allocate(
            long bytes, MemoryAccount account, Function<Arena, Optional<MemorySegment>> large) {
        var arena = Arena.ofShared();
        try {
            var segment =
                    large.apply(arena)
                            .orElseGet(
                                    () -> arena.allocate(Math.max(bytes, CACHE_LINE), CACHE_LINE));
            account.add(bytes);
            return new Memory(arena, segment, account, bytes);
        } catch (OutOfMemoryError | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /**
     * Returns memory that somebody else holds at least until this is closed. {@code account} counts
     * it until then.
     */
    @SuppressWarnings({"MustBeClosedChecker", "restricted"}) // The record owns the arena.
    public static Memory adopted(MemorySegment bytes, MemoryAccount account) {
        var arena = Arena.ofShared();
        account.add(bytes.byteSize());
        return new Memory(arena, bytes.reinterpret(arena, null), account, bytes.byteSize());
    }

    /**
     * Returns the address of the memory, for code that cannot check whether it still is there.
     *
     * @throws IllegalStateException if it was freed
     */
    public long address() {
        if (!isOpen()) {
            throw new IllegalStateException("the memory was freed");
        }
        return segment.address();
    }

    boolean isOpen() {
        return arena.scope().isAlive();
    }

    /**
     * Frees the memory; later access throws {@link IllegalStateException}. Closing again does
     * nothing.
     */
    @Override
    public void close() {
        if (isOpen()) {
            arena.close();
            account.remove(bytes);
        }
    }
}
