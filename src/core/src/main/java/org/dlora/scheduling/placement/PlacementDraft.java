package org.dlora.scheduling.placement;

import static java.util.Comparator.comparing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A plan in the making. Each change improves, in this order, the number of adapters placed and the
 * burst tolerance, which depend on the copies alone. So no plan undoes a change of the one before.
 */
final class PlacementDraft {
    private final List<AdapterDemand> adapters;
    private final PlacementSettings settings;
    private final Hosting hosting;

    /** Adapters for which copies made room, by the copy's adapter and memory. */
    private final int[][] madeRoomFor;

    /** Adapters by share of arrivals, the greatest first. */
    private final int[] byShare;

    private record Cell(int adapter, int memory) {}

    PlacementDraft(PlacementSnapshot snapshot, Hosting hosting) {
        this.hosting = hosting;
        adapters = snapshot.adapters();
        settings = snapshot.settings();
        madeRoomFor = new int[hosting.adapters()][hosting.memories()];
        Arrays.stream(madeRoomFor).forEach(row -> Arrays.fill(row, Hosting.NONE));
        byShare =
                IntStream.range(0, adapters.size())
                        .boxed()
                        .sorted(
                                Comparator.<Integer>comparingDouble(a -> -adapters.get(a).share())
                                        .thenComparing(comparing(a -> adapters.get(a).id())))
                        .mapToInt(Integer::intValue)
                        .toArray();
    }

    /** Changes the hosting until no change improves it. */
    void improve() {
        giveBackFaded();
        boolean isImproved;
        do {
            isImproved = placeMissing();
            isImproved |= addCopies();
            isImproved |= giveBackSpare();
        } while (isImproved);
    }

    int[] byShare() {
        return byShare;
    }

    int madeRoomFor(int adapter, int memory) {
        return madeRoomFor[adapter][memory];
    }

    private void giveBackFaded() {
        for (int adapter : byShare) {
            var demand = adapters.get(adapter);
            if (demand.share() < settings.keepShare() && !demand.isPinned()) {
                for (int memory = 0; memory < hosting.memories(); memory++) {
                    if (hosting.has(adapter, memory)) {
                        hosting.remove(adapter, memory);
                    }
                }
            }
        }
    }

    private boolean placeMissing() {
        boolean isPlaced = false;
        for (int adapter : byShare) {
            if (adapters.get(adapter).share() >= settings.placeShare()
                    && hosting.copies(adapter) == 0) {
                int memory = best(adapter);
                if (memory == Hosting.NONE) {
                    memory = makeRoom(adapter);
                }
                if (memory != Hosting.NONE) {
                    hosting.add(adapter, memory);
                    isPlaced = true;
                }
            }
        }
        return isPlaced;
    }

    /**
     * Returns the memory with room in which an adapter would have most KV bytes. Where the least
     * gain makes no difference, that with the least arrivals is chosen.
     */
    private int best(int adapter) {
        long most = Long.MIN_VALUE;
        for (int memory = 0; memory < hosting.memories(); memory++) {
            if (isRoomy(adapter, memory)) {
                most = Math.max(most, hosting.kv(memory));
            }
        }
        int best = Hosting.NONE;
        for (int memory = 0; memory < hosting.memories(); memory++) {
            if (isRoomy(adapter, memory)
                    && hosting.kv(memory) * (1 + settings.minGain()) >= most
                    && (best == Hosting.NONE || isCalmer(memory, best))) {
                best = memory;
            }
        }
        return best;
    }

    private boolean isRoomy(int adapter, int memory) {
        return !hosting.has(adapter, memory)
                && !hosting.isBarred(adapter, memory)
                && adapters.get(adapter).bytes() <= hosting.room(memory);
    }

    private boolean isCalmer(int memory, int other) {
        long less = hosting.arrivals(other) - hosting.arrivals(memory);
        return less > 0 || (less == 0 && hosting.kv(memory) > hosting.kv(other));
    }

    /** Gives back further copies of others for {@code adapter}; returns the memory with room. */
    private int makeRoom(int adapter) {
        long need = adapters.get(adapter).bytes();
        List<Cell> least = List.of();
        int best = Hosting.NONE;
        for (int memory = 0; memory < hosting.memories(); memory++) {
            var cells =
                    hosting.isBarred(adapter, memory)
                            ? List.<Cell>of()
                            : furtherCopies(memory, need - hosting.room(memory));
            if (!cells.isEmpty() && (best == Hosting.NONE || share(cells) < share(least))) {
                best = memory;
                least = cells;
            }
        }
        for (var cell : least) {
            hosting.remove(cell.adapter(), cell.memory());
            madeRoomFor[cell.adapter()][cell.memory()] = adapter;
        }
        return best;
    }

    /** Returns further copies in {@code memory} with {@code need} bytes in all; none if too few. */
    private List<Cell> furtherCopies(int memory, long need) {
        var cells = new ArrayList<Cell>();
        long bytes = 0;
        for (int i = byShare.length - 1; i >= 0 && bytes < need; i--) {
            int adapter = byShare[i];
            if (hosting.has(adapter, memory) && isFurther(adapter)) {
                cells.add(new Cell(adapter, memory));
                bytes += adapters.get(adapter).bytes();
            }
        }
        return bytes < need ? List.of() : cells;
    }

    private boolean isFurther(int adapter) {
        return hosting.copies(adapter) > 1 && !adapters.get(adapter).isPinned();
    }

    private double share(List<Cell> cells) {
        return cells.stream().mapToDouble(cell -> adapters.get(cell.adapter()).share()).sum();
    }

    private boolean addCopies() {
        boolean isImproved = false;
        while (addUntilGain()) {
            isImproved = true;
        }
        return isImproved;
    }

    /**
     * Adds copies of whichever adapter is the bottleneck, at most one of each, until the tolerance
     * has grown by the least gain. One copy does not suffice where several adapters are about as
     * tight.
     */
    private boolean addUntilGain() {
        double wanted = withGain(hosting.tolerance());
        var added = new LinkedHashMap<Integer, Integer>();
        int adapter = hosting.bottleneck();
        while (adapter != Hosting.NONE && !added.containsKey(adapter)) {
            int memory =
                    hosting.copies(adapter) < settings.maxCopies() ? best(adapter) : Hosting.NONE;
            if (memory == Hosting.NONE) {
                break;
            }
            hosting.add(adapter, memory);
            added.put(adapter, memory);
            adapter = hosting.bottleneck();
            if (hosting.tolerance(adapter) > wanted) {
                return true;
            }
        }
        added.forEach(hosting::remove);
        return false;
    }

    /**
     * Gives back further copies that the tolerance does not need, beside whichever adapter is the
     * bottleneck, until the tolerance has grown by the least gain.
     */
    private boolean giveBackSpare() {
        double wanted = withGain(hosting.tolerance());
        var given = new ArrayList<Cell>();
        int bottleneck = hosting.bottleneck();
        while (bottleneck != Hosting.NONE) {
            var spare = spareBeside(bottleneck);
            if (spare == null) {
                break;
            }
            hosting.remove(spare.adapter(), spare.memory());
            given.add(spare);
            bottleneck = hosting.bottleneck();
            if (hosting.tolerance(bottleneck) > wanted) {
                return true;
            }
        }
        given.forEach(cell -> hosting.add(cell.adapter(), cell.memory()));
        return false;
    }

    /** Returns a copy in a memory of {@code bottleneck} without which the tolerance is no less. */
    private @Nullable Cell spareBeside(int bottleneck) {
        double tolerance = hosting.tolerance(bottleneck);
        for (int i = byShare.length - 1; i >= 0; i--) {
            int adapter = byShare[i];
            for (int memory = 0; memory < hosting.memories(); memory++) {
                if (adapter != bottleneck
                        && hosting.has(bottleneck, memory)
                        && hosting.has(adapter, memory)
                        && isFurther(adapter)
                        && hosting.toleranceWithout(adapter, memory) >= tolerance) {
                    return new Cell(adapter, memory);
                }
            }
        }
        return null;
    }

    private double withGain(double tolerance) {
        return tolerance + settings.minGain() * Math.abs(tolerance);
    }
}
