package org.dlora.scheduling.placement;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.dlora.scheduling.placement.PlacementPlan.Copy;
import org.dlora.scheduling.placement.PlacementPlan.GiveBack;
import org.dlora.scheduling.placement.PlacementPlan.OnDemand;
import org.jspecify.annotations.Nullable;

/** The difference between the copies before and after a draft, with its reasons. */
final class PlacementDifference {
    private final PlacementSnapshot snapshot;
    private final List<HostMemory> memories;
    private final Hosting before;
    private final Hosting after;
    private final PlacementDraft draft;
    private final PlacementReasons reasons;
    private final List<GiveBack> give = new ArrayList<>();
    private final List<Copy> copy = new ArrayList<>();
    private final List<OnDemand> onDemand = new ArrayList<>();

    PlacementDifference(
            PlacementSnapshot snapshot,
            List<HostMemory> memories,
            Hosting before,
            Hosting after,
            PlacementDraft draft) {
        this.snapshot = snapshot;
        this.memories = memories;
        this.before = before;
        this.after = after;
        this.draft = draft;
        reasons = new PlacementReasons(snapshot.settings());
    }

    PlacementPlan plan() {
        for (int adapter : draft.byShare()) {
            var given = new HashSet<String>();
            for (int memory = 0; memory < memories.size(); memory++) {
                if (before.has(adapter, memory) && !after.has(adapter, memory)) {
                    give(adapter, memory);
                    given.add(memories.get(memory).id());
                }
            }
            copies(adapter, given);
            onDemand(adapter);
        }
        return new PlacementPlan(give, copy, onDemand, toleranceBefore(), after.tolerance());
    }

    private void give(int adapter, int memory) {
        var demand = snapshot.adapters().get(adapter);
        int winner = draft.madeRoomFor(adapter, memory);
        String why;
        if (demand.share() < snapshot.settings().keepShare()) {
            why = reasons.faded(demand);
        } else if (winner != Hosting.NONE) {
            why = reasons.room(snapshot.adapters().get(winner));
        } else {
            why = reasons.spare(after.tolerance(adapter), after.tolerance());
        }
        give.add(new GiveBack(demand.id(), memories.get(memory).id(), why));
    }

    private void copies(int adapter, Set<String> given) {
        var demand = snapshot.adapters().get(adapter);
        var source = source(demand, given);
        double seconds = source == null ? demand.diskSeconds() : demand.copySeconds();
        var further = reasons.further(demand, before.tolerance(adapter), after.tolerance(adapter));
        boolean isFirst = before.copies(adapter) == 0;
        for (int memory = 0; memory < memories.size(); memory++) {
            if (after.has(adapter, memory) && !before.has(adapter, memory)) {
                var why = isFirst ? reasons.first(demand) : further;
                copy.add(new Copy(demand.id(), memories.get(memory).id(), source, seconds, why));
                isFirst = false;
            }
        }
    }

    /** Returns the memory to copy from, if that is no slower than a load from disk. */
    private @Nullable String source(AdapterDemand demand, Set<String> given) {
        if (demand.copySeconds() > demand.diskSeconds()) {
            return null;
        }
        return snapshot.memories().stream()
                .map(HostMemory::id)
                .filter(id -> demand.hosts().contains(id) && !given.contains(id))
                .findFirst()
                .orElse(null);
    }

    private void onDemand(int adapter) {
        var demand = snapshot.adapters().get(adapter);
        if (demand.share() >= snapshot.settings().placeShare() && after.copies(adapter) == 0) {
            long room = IntStream.range(0, memories.size()).mapToLong(after::room).max().orElse(0);
            var why =
                    room >= demand.bytes() && !demand.barred().isEmpty()
                            ? reasons.barred()
                            : reasons.onDemand(demand, room);
            onDemand.add(new OnDemand(demand.id(), why));
        }
    }

    private double toleranceBefore() {
        return IntStream.range(0, before.adapters())
                .filter(after::counts)
                .mapToDouble(a -> before.copies(a) == 0 ? 0 : before.tolerance(a))
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }
}
