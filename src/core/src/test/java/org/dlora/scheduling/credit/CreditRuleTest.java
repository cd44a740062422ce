package org.dlora.scheduling.credit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.CreditTraces;
import org.dlora.scheduling.CreditTraces.Iteration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rule decides as the reference does, decision by decision. */
class CreditRuleTest {
    private final Map<Long, Integer> left = new HashMap<>();
    private List<CreditRule.Request> queue = new ArrayList<>();

    @ParameterizedTest
    @MethodSource("traces")
    void followsTheTrace(CreditTraces trace) {
        assertThat(trace.iterations()).hasSizeGreaterThanOrEqualTo(60);
        var state = trace.start();
        for (int i = 0; i < trace.iterations().size(); i++) {
            var expected = trace.iterations().get(i);
            arrive(expected);
            var outcome = CreditRule.apply(trace.constants(), state, snapshot(trace));
            state = outcome.next();
            assertSame("iteration " + i, expected, outcome);
            outcome.selected().forEach(r -> left.merge(r.id(), -1, Integer::sum));
            queue.removeIf(r -> left.getOrDefault(r.id(), 0) == 0);
        }
    }

    /** A snapshot shows a batch of each adapter and of all, and counts the rest. */
    @ParameterizedTest
    @MethodSource("traces")
    void sequencesThatASnapshotDoesNotShowMakeNoDifference(CreditTraces trace) {
        var state = trace.start();
        for (var expected : trace.iterations()) {
            arrive(expected);
            var whole = CreditRule.apply(trace.constants(), state, snapshot(trace));
            var window = CreditRule.apply(trace.constants(), state, window(trace));
            assertThat(window).isEqualTo(whole);
            state = whole.next();
            whole.selected().forEach(r -> left.merge(r.id(), -1, Integer::sum));
            queue.removeIf(r -> left.getOrDefault(r.id(), 0) == 0);
        }
    }

    static Stream<CreditTraces> traces() {
        return CreditTraces.all();
    }

    private void arrive(Iteration iteration) {
        for (var arrival : iteration.arrivals()) {
            queue.add(new CreditRule.Request(arrival.id(), arrival.adapter()));
            left.put(arrival.id(), arrival.length());
        }
    }

    private CreditRule.Queue snapshot(CreditTraces trace) {
        var counts = new HashMap<AdapterRef, Integer>();
        queue.forEach(r -> counts.merge(r.adapter(), 1, Integer::sum));
        return new CreditRule.Queue(queue, trace.adapters(), counts, trace.unmergeable());
    }

    private CreditRule.Queue window(CreditTraces trace) {
        var all = snapshot(trace);
        int batch = trace.constants().maxBatch();
        var shown = new ArrayList<>(queue.subList(0, Math.min(batch, queue.size())));
        trace.adapters().stream().flatMap(a -> all.of(a, batch).stream()).forEach(shown::add);
        var requests = queue.stream().filter(shown::contains).toList();
        return new CreditRule.Queue(requests, all.adapters(), all.unfinished(), all.unmergeable());
    }

    private static void assertSame(
            String iteration, Iteration expected, CreditRule.Outcome outcome) {
        var state = outcome.next();
        assertThat(outcome.selected().stream().map(CreditRule.Request::id))
                .as(iteration)
                .containsExactlyElementsOf(expected.selected());
        assertThat(state.merged()).as(iteration).isEqualTo(expected.mode());
        assertThat(state.starving()).as(iteration).isEqualTo(expected.starving());
        assertThat(state.period()).as(iteration).isEqualTo(expected.period());
        assertClose(iteration, state.alpha(), expected.alpha());
        assertClose(iteration, state.beta(), expected.beta());
        assertThat(state.credits()).hasSameSizeAs(expected.credits());
        expected.credits()
                .forEach((adapter, credit) ->
                        assertClose(
                                iteration,
                                state.credits().getOrDefault(adapter, Double.NaN),
                                credit));
    }

    private static void assertClose(String iteration, double actual, double expected) {
        assertThat(actual)
                .as(iteration)
                .isCloseTo(expected, within(1e-9 * Math.max(1, Math.abs(expected))));
    }
}
