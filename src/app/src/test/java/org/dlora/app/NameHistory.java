package org.dlora.app;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Contents that a name has had. A change takes effect at some moment between its call and its
 * answer, so two contents are possible in between. Thread-safe.
 */
final class NameHistory {
    /** Content of a name that no adapter has. */
    static final String ABSENT = "";

    private final List<Period> periods = new ArrayList<>();

    /**
     * @param from first moment at which the content is possible
     * @param to last such moment
     */
    private record Period(String content, long from, long to) {
        private Period until(long end) {
            return new Period(content, from, end);
        }
    }

    NameHistory(String content) {
        periods.add(new Period(content, Long.MIN_VALUE, Long.MAX_VALUE));
    }

    /** Returns the content now; no change may be running. */
    synchronized String now() {
        return periods.getLast().content();
    }

    /**
     * Notes that a change begins.
     *
     * @param time before the call is sent
     */
    synchronized void changes(String content, long time) {
        periods.add(new Period(content, time, Long.MAX_VALUE));
    }

    /** Notes that the change has been answered at {@code time}. */
    synchronized void changed(long time) {
        int before = periods.size() - 2;
        periods.set(before, periods.get(before).until(time));
    }

    /** Returns the contents of which a request may be that was accepted between two moments. */
    synchronized Set<String> possible(long sent, long accepted) {
        var contents = new HashSet<String>();
        for (var period : periods) {
            if (period.from() <= accepted && sent <= period.to()) {
                contents.add(period.content());
            }
        }
        return contents;
    }
}
