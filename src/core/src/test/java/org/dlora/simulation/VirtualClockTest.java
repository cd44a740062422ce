package org.dlora.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** The order of events in virtual time. */
class VirtualClockTest {
    @Test
    void eventsRunByTimeAndThenByEntry() {
        var timeline = new VirtualClock();
        var order = new ArrayList<String>();
        timeline.at(2, () -> order.add("c at " + timeline.now()));
        timeline.at(1, () -> order.add("a at " + timeline.now()));
        timeline.at(1, () -> order.add("b at " + timeline.now()));
        while (timeline.advance()) {}
        assertThat(order).containsExactly("a at 1.0", "b at 1.0", "c at 2.0");
    }

    @Test
    void anEventOfThePastRunsNow() {
        var timeline = new VirtualClock();
        var times = new ArrayList<Double>();
        timeline.at(5, () -> timeline.at(1, () -> times.add(timeline.now())));
        while (timeline.advance()) {}
        assertThat(times).containsExactly(5.0);
    }
}
