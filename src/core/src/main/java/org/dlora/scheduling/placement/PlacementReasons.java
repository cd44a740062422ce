package org.dlora.scheduling.placement;

import java.util.Locale;

/** The sentences that explain a placement. */
final class PlacementReasons {
    private static final double MB = 1 << 20;

    private final PlacementSettings settings;

    PlacementReasons(PlacementSettings settings) {
        this.settings = settings;
    }

    String first(AdapterDemand adapter) {
        return "%s of requests ask for it, and no memory has it".formatted(share(adapter.share()));
    }

    String further(AdapterDemand adapter, double before, double after) {
        return "%s of requests ask for it, and with fewer copies KV memory limits its bursts first: its tolerance grows from %s to %s"
                .formatted(share(adapter.share()), size(before), size(after));
    }

    String faded(AdapterDemand adapter) {
        return "%s of requests ask for it, less than %s"
                .formatted(share(adapter.share()), share(settings.keepShare()));
    }

    String spare(double own, double least) {
        return "the bursts of others need the memory: without the copy its tolerance is %s, the least of all is %s"
                .formatted(size(own), size(least));
    }

    String room(AdapterDemand winner) {
        return "makes room for %s, of which no memory has a copy".formatted(winner.id());
    }

    String onDemand(AdapterDemand adapter, long room) {
        return "is loaded on demand: it needs %s, a memory has at most %s beside the least KV"
                .formatted(size((double) adapter.bytes()), size((double) Math.max(0, room)));
    }

    /** Explains an adapter that has room in memories alone that get no copy of it. */
    String barred() {
        return "is loaded on demand: it was evicted or moved by hand, so no copy of it is made for a while where there is room";
    }

    private static String share(double share) {
        return String.format(Locale.ROOT, share < 0.01 ? "%.2g %%" : "%.1f %%", 100 * share);
    }

    private static String size(double bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / MB);
    }
}
