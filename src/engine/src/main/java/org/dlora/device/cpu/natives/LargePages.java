package org.dlora.device.cpu.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Memory for which Linux is asked for pages of 2 MB (transparent huge pages). Every step reads
 * weights and caches from one end to the other. With pages of 4 KB much of that time goes into
 * looking up addresses. The constants are those of x86-64 and arm64.
 */
public final class LargePages {
    public static final long PAGE = 2L << 20;

    private static final int READ_WRITE = 3;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;
    private static final int MADV_NOHUGEPAGE = 15;
    private static final int MADV_POPULATE_WRITE = 23;

    private static final @Nullable LargePages LINUX = find();

    private final MethodHandle mmap;
    private final MethodHandle munmap;
    private final MethodHandle madvise;

    /** Bytes of an ordinary page: 4 KB to 64 KB. */
    private final long basePage;

    private LargePages(
            MethodHandle mmap, MethodHandle munmap, MethodHandle madvise, long basePage) {
        this.mmap = mmap;
        this.munmap = munmap;
        this.madvise = madvise;
        this.basePage = basePage;
    }

    /**
     * Zeroed memory on a boundary of 2 MB, freed with {@code arena}; empty if it is too small for
     * such a page, the system is another or has none.
     */
    public static Optional<MemorySegment> allocate(long bytes, Arena arena) {
        return LINUX == null || bytes < PAGE ? Optional.empty() : LINUX.map(bytes, arena);
    }

    /**
     * Does {@link #allocate} for any number of bytes. Large pages hold no more than {@code bytes};
     * the rest has ordinary ones, so that no memory is there which nobody asked for.
     */
    public static Optional<MemorySegment> exactly(long bytes, Arena arena) {
        if (LINUX == null) {
            return Optional.empty();
        }
        var memory = LINUX.map(bytes, arena);
        memory.map(whole -> whole.asSlice(bytes / PAGE * PAGE))
                .filter(rest -> rest.byteSize() > 0)
                .ifPresent(rest -> allow(rest, /* large= */ false));
        return memory;
    }

    /**
     * Asks for large pages for memory of a mapped file: where the file is not in memory yet, Linux
     * then reads it into such.
     */
    @SuppressWarnings("restricted")
    public static void advise(MemorySegment mapped) {
        if (LINUX != null) {
            long first = mapped.address() / LINUX.basePage * LINUX.basePage;
            long end = mapped.address() + mapped.byteSize();
            LINUX.advise(MemorySegment.ofAddress(first), end - first, MADV_HUGEPAGE);
        }
    }

    /** Gives back the ordinary pages that lie wholly in memory of {@link #allocate}. */
    @SuppressWarnings("restricted")
    public static void discard(MemorySegment memory) {
        if (LINUX != null) {
            long first = Math.ceilDiv(memory.address(), LINUX.basePage) * LINUX.basePage;
            long end = (memory.address() + memory.byteSize()) / LINUX.basePage * LINUX.basePage;
            if (first < end) {
                LINUX.advise(MemorySegment.ofAddress(first), end - first, MADV_DONTNEED);
            }
        }
    }

    /** Returns the bytes of an ordinary page; 0 if the system is another. */
    public static long pageBytes() {
        return LINUX == null ? 0 : LINUX.basePage;
    }

    /**
     * Lets {@code memory} have large pages, or ordinary ones alone. With large pages the system may
     * fill up what was given back around a page that is there.
     */
    public static void allow(MemorySegment memory, boolean large) {
        if (LINUX != null) {
            LINUX.advise(whole(memory), large ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
        }
    }

    /**
     * Touches all pages of {@code memory}, so that later writes find them there. A page that was
     * not there is zeroed; the others keep their content.
     *
     * @return false if the system cannot; Linux can from 5.14 on
     */
    public static boolean populate(MemorySegment memory) {
        return LINUX != null && LINUX.advise(whole(memory), MADV_POPULATE_WRITE);
    }

    /** Returns the pages that {@code memory} lies in. */
    @SuppressWarnings("restricted")
    private static MemorySegment whole(MemorySegment memory) {
        long first = memory.address() / pageBytes() * pageBytes();
        long end = Math.ceilDiv(memory.address() + memory.byteSize(), pageBytes()) * pageBytes();
        return MemorySegment.ofAddress(first).reinterpret(end - first);
    }

    private static @Nullable LargePages find() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return null;
        }
        try {
            return new LargePages(
                    function(
                            "mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
                            JAVA_LONG),
                    function("munmap", JAVA_INT, ADDRESS, JAVA_LONG),
                    function("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT),
                    basePage());
        } catch (IllegalStateException | IllegalCallerException _) {
            return null;
        }
    }

    private static long basePage() {
        try {
            return (int) function("getpagesize", JAVA_INT).invokeExact();
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(
            String name, MemoryLayout result, MemoryLayout... arguments) {
        var linker = Linker.nativeLinker();
        var address =
                linker.defaultLookup()
                        .find(name)
                        .orElseThrow(() -> new IllegalStateException("no " + name));
        return linker.downcallHandle(address, FunctionDescriptor.of(result, arguments));
    }

    private Optional<MemorySegment> map(long bytes, Arena arena) {
        long size = Math.ceilDiv(bytes, basePage) * basePage;
        MemorySegment whole = mapped(size + PAGE);
        if (whole.address() == -1) {
            return Optional.empty();
        }
        long first = Math.ceilDiv(whole.address(), PAGE) * PAGE - whole.address();
        unmap(whole.address(), first);
        unmap(whole.address() + first + size, PAGE - first);
        return Optional.of(owned(whole.address() + first, size, arena).asSlice(0, bytes));
    }

    @SuppressWarnings("restricted")
    private MemorySegment owned(long address, long size, Arena arena) {
        var memory = MemorySegment.ofAddress(address);
        advise(memory, size, MADV_HUGEPAGE);
        return memory.reinterpret(size, arena, _ -> unmap(address, size));
    }

    private MemorySegment mapped(long size) {
        try {
            return (MemorySegment)
                    mmap.invokeExact(
                            MemorySegment.NULL, size, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /** Advice that is not taken leaves the pages as they are. */
    private void advise(MemorySegment memory, long size, int advice) {
        boolean _ = isTaken(memory, size, advice);
    }

    private boolean advise(MemorySegment memory, int advice) {
        return isTaken(memory, memory.byteSize(), advice);
    }

    private boolean isTaken(MemorySegment memory, long size, int advice) {
        try {
            return (int) madvise.invokeExact(memory, size, advice) == 0;
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    private void unmap(long address, long size) {
        if (size == 0) {
            return;
        }
        try {
            int failed = (int) munmap.invokeExact(MemorySegment.ofAddress(address), size);
            if (failed != 0) {
                throw new IllegalStateException("munmap of " + size + " bytes failed");
            }
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }
}
