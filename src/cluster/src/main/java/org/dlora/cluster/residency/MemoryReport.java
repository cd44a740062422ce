package org.dlora.cluster.residency;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.dlora.device.MemoryLedger;
import org.dlora.engine.KvStatus;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.jspecify.annotations.Nullable;

/**
 * An adapter memory at one moment: what takes its bytes, and what was decided last.
 *
 * @param replicas ids of the replicas that share the memory
 * @param limit bytes of all uses together
 * @param available bytes that nothing has taken
 * @param sparable bytes that KV caches and copies of merged weights can give up to a load
 * @param bytes bytes that are taken or planned, by use
 * @param lastPlan the last plan that changed something or gave reasons; null before the first
 * @param kv the KV caches that share the memory
 * @param copies the copies of merged weights that share the memory
 */
public record MemoryReport(
        String name,
        List<String> replicas,
        long limit,
        long available,
        long sparable,
        SortedMap<String, Long> bytes,
        @Nullable Planned lastPlan,
        List<Cache> kv,
        List<Copies> copies) {

    /**
     * Returns the report of a device's memory where each of its replicas has a memory of its own,
     * so that no adapters share it.
     */
    public static MemoryReport ofMachine(String name, MemoryLedger books) {
        return of(name, List.of(), books, 0, null, List.of(), List.of());
    }

    /**
     * Returns the report of a memory.
     *
     * @param books of the memory
     * @param sparable bytes that can be given up to a load
     */
    static MemoryReport of(
            String name,
            List<String> replicas,
            MemoryLedger books,
            long sparable,
            @Nullable Planned lastPlan,
            List<Cache> kv,
            List<Copies> copies) {
        var bytes = new TreeMap<String, Long>();
        books.takenByUse()
                .forEach((use, taken) -> bytes.put(use.name().toLowerCase(Locale.ROOT), taken));
        return new MemoryReport(
                name,
                replicas,
                books.limit(),
                books.available(),
                sparable,
                bytes,
                lastPlan,
                kv,
                copies);
    }

    /**
     * A plan that was made.
     *
     * @param age seconds since then
     */
    public record Planned(double age, ResidencyPlan plan) {}

    /**
     * The copies of merged weights of one replica.
     *
     * @param usedBytes bytes of those in effect or being built
     * @param idleBytes bytes of those that are kept for later merges
     * @param wantedBytes bytes that were missing for a build that waits for memory
     * @param kept id of the adapter that the idle ones hold as a whole
     */
    public record Copies(
            String replica,
            long usedBytes,
            long idleBytes,
            long wantedBytes,
            Optional<String> kept) {}

    /**
     * The KV cache of one replica.
     *
     * @param least blocks that it keeps
     * @param status at the replica's last step
     */
    public record Cache(String replica, int least, KvStatus status) {
        /** Returns the number of usable blocks. */
        public int usable() {
            return status.counts().total();
        }

        /** Returns the number of all blocks, withheld ones among them. */
        public int most() {
            return status.counts().most();
        }

        /** Returns the number of blocks that sequences hold. */
        public int held() {
            return status.counts().total() - status.counts().available();
        }

        /** Returns the number of usable blocks that are neither held nor cached. */
        public int free() {
            return status.counts().available() - status.counts().cached();
        }

        /** Returns the number of blocks with cached prefixes that no sequence holds. */
        public int cached() {
            return status.counts().cached();
        }
    }
}
