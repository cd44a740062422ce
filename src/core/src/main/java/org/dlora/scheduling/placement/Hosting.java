package org.dlora.scheduling.placement;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The copies in a plan that is being made, and the bytes that they leave for KV blocks. All sums
 * are integers, so they depend on the copies alone and not on the order in which these came.
 *
 * <p>Memories and adapters are named by their index.
 */
final class Hosting {
    static final int NONE = -1;

    /** Units in which shares of arrivals are summed. */
    private static final double UNITS = 1e12;

    private final List<AdapterDemand> adapters;
    private final double keepShare;
    private final boolean[][] hosts;

    /** Whether a memory gets no copy of an adapter, by adapter and memory. */
    private final boolean[][] barred;

    private final int[] copies;

    /** KV bytes of each memory. */
    private final long[] kv;

    /** KV bytes of the memories that host each adapter, summed. */
    private final long[] reach;

    /** Shares of arrivals that each memory gets if adapters' requests spread over their copies. */
    private final long[] arrivals;

    private final long[] leastKv;

    /** Creates the hosting of a snapshot's adapters in {@code memories}. */
    Hosting(PlacementSnapshot snapshot, List<HostMemory> memories) {
        adapters = snapshot.adapters();
        keepShare = snapshot.settings().keepShare();
        hosts = new boolean[adapters.size()][memories.size()];
        barred = new boolean[adapters.size()][memories.size()];
        copies = new int[adapters.size()];
        reach = new long[adapters.size()];
        arrivals = new long[memories.size()];
        kv = memories.stream().mapToLong(m -> m.bytes() - m.reservedBytes()).toArray();
        leastKv = memories.stream().mapToLong(HostMemory::leastKvBytes).toArray();
        Map<String, Integer> index = new HashMap<>();
        for (int memory = 0; memory < memories.size(); memory++) {
            index.put(memories.get(memory).id(), memory);
        }
        for (int adapter = 0; adapter < adapters.size(); adapter++) {
            for (int memory = 0; memory < memories.size(); memory++) {
                barred[adapter][memory] =
                        adapters.get(adapter).barred().contains(memories.get(memory).id());
            }
            for (var host : adapters.get(adapter).hosts()) {
                if (index.containsKey(host)) {
                    add(adapter, index.get(host));
                }
            }
        }
    }

    private Hosting(Hosting other) {
        adapters = other.adapters;
        keepShare = other.keepShare;
        hosts = Arrays.stream(other.hosts).map(boolean[]::clone).toArray(boolean[][]::new);
        barred = other.barred;
        copies = other.copies.clone();
        kv = other.kv.clone();
        reach = other.reach.clone();
        arrivals = other.arrivals.clone();
        leastKv = other.leastKv;
    }

    Hosting copy() {
        return new Hosting(this);
    }

    int memories() {
        return kv.length;
    }

    int adapters() {
        return copies.length;
    }

    boolean has(int adapter, int memory) {
        return hosts[adapter][memory];
    }

    /** Returns whether {@code memory} gets no copy of {@code adapter}. */
    boolean isBarred(int adapter, int memory) {
        return barred[adapter][memory];
    }

    int copies(int adapter) {
        return copies[adapter];
    }

    long kv(int memory) {
        return kv[memory];
    }

    /** Returns the bytes for copies that {@code memory} has beside the least KV. */
    long room(int memory) {
        return kv[memory] - leastKv[memory];
    }

    long arrivals(int memory) {
        return arrivals[memory];
    }

    void add(int adapter, int memory) {
        long bytes = adapters.get(adapter).bytes();
        spread(adapter, -1);
        change(memory, -bytes);
        hosts[adapter][memory] = true;
        copies[adapter]++;
        reach[adapter] += kv[memory];
        spread(adapter, 1);
    }

    void remove(int adapter, int memory) {
        long bytes = adapters.get(adapter).bytes();
        spread(adapter, -1);
        reach[adapter] -= kv[memory];
        copies[adapter]--;
        hosts[adapter][memory] = false;
        change(memory, bytes);
        spread(adapter, 1);
    }

    private void change(int memory, long bytes) {
        kv[memory] += bytes;
        for (int adapter = 0; adapter < reach.length; adapter++) {
            if (hosts[adapter][memory]) {
                reach[adapter] += bytes;
            }
        }
    }

    private void spread(int adapter, int sign) {
        if (copies[adapter] > 0) {
            long each = (long) (adapters.get(adapter).share() * UNITS) / copies[adapter];
            for (int memory = 0; memory < kv.length; memory++) {
                arrivals[memory] += hosts[adapter][memory] ? sign * each : 0;
            }
        }
    }

    /** Returns whether an adapter counts for the burst tolerance: in demand, and placed. */
    boolean counts(int adapter) {
        return copies[adapter] > 0 && adapters.get(adapter).share() >= keepShare;
    }

    /** Returns the KV bytes for each unit of an adapter's share of arrivals. */
    double tolerance(int adapter) {
        return reach[adapter] / adapters.get(adapter).share();
    }

    /** Returns the tolerance of an adapter once its copy in {@code memory} is given back. */
    double toleranceWithout(int adapter, int memory) {
        return (reach[adapter] - kv[memory]) / adapters.get(adapter).share();
    }

    /** Returns the adapter of least tolerance among those that count, or {@link #NONE}. */
    int bottleneck() {
        int least = NONE;
        for (int adapter = 0; adapter < copies.length; adapter++) {
            if (counts(adapter) && (least == NONE || tolerance(adapter) < tolerance(least))) {
                least = adapter;
            }
        }
        return least;
    }

    /** Returns the burst tolerance; infinite if no adapter counts. */
    double tolerance() {
        int least = bottleneck();
        return least == NONE ? Double.POSITIVE_INFINITY : tolerance(least);
    }
}
