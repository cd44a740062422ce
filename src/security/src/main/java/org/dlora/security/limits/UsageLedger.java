package org.dlora.security.limits;

import java.time.LocalDate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Usage of one owner by day (UTC), in this run of the server. Not thread-safe. */
final class UsageLedger {
    private final NavigableMap<LocalDate, UsageCount> days = new TreeMap<>();
    private final Set<LocalDate> unwritten = new HashSet<>();

    void add(LocalDate day, UsageCount count) {
        days.merge(day, count, UsageCount::plus);
        unwritten.add(day);
    }

    boolean isEmpty() {
        return days.isEmpty() && unwritten.isEmpty();
    }

    /** Returns the sum from a day on. */
    UsageCount since(LocalDate first) {
        return sum(days.tailMap(first, true));
    }

    static UsageCount sum(Map<LocalDate, UsageCount> days) {
        return days.values().stream().reduce(UsageCount.NONE, UsageCount::plus);
    }

    /** Returns the counts that have changed since the last call, and forgets days before one. */
    Map<LocalDate, UsageCount> takeUnwritten(LocalDate oldest) {
        var taken = new HashMap<LocalDate, UsageCount>();
        for (var day : unwritten) {
            taken.put(day, days.getOrDefault(day, UsageCount.NONE));
        }
        unwritten.clear();
        days.headMap(oldest, false).clear();
        return taken;
    }

    /** Gives back a count that could not be written. */
    void giveBack(LocalDate day, UsageCount count) {
        days.putIfAbsent(day, count);
        unwritten.add(day);
    }
}
