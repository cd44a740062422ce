package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.SchedulingService;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.dispatch.AdapterPresence;
import org.dlora.scheduling.dispatch.DispatchDecision;
import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.dlora.scheduling.dispatch.Prospect;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;

class DispatchControllerTest extends AdminServer {
    private final Decided decided = new Decided();

    @BeforeEach
    void serve() {
        serve(demo().scheduling(decided));
    }

    private JsonNode ask(String query, HttpStatus status) {
        return get("/admin/dispatch" + query, status);
    }

    @Test
    void showsWhatWasPredictedForEachReplicaAndWhy() {
        var fast = prospect("0", new AdapterPresence.Resident(), 0, null);
        var slow = prospect("1", new AdapterPresence.Absent(2), 2, null);
        decided.add("cmpl-1-0", fast, List.of(fast, slow), DispatchPolicy.PREDICTED_FINISH);
        assertThat(ask("?decisions=1", HttpStatus.OK))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"decisions": [{"request": "cmpl-1-0", "model": "sql", "policy": "predicted-finish", "chosen": "0",
                                  "replicas": [
                                    {"replica": "0", "finish": 0.5, "start": 0.0, "prompt": 0.125, "answer": 0.375, "others": 0.5,
                                     "unfinished": 2, "adapter": "resident", "cached_tokens": 16,
                                     "reason": "is chosen: it ends the request in 0.5 s, 0.1 s for the prompt but 16 cached tokens and 0.4 s for the answer; it delays 2 others by 0.5 s in all"},
                                    {"replica": "1", "finish": 2.5, "start": 2.0, "prompt": 0.125, "answer": 0.375, "others": 0.5,
                                     "unfinished": 2, "adapter": "absent", "cached_tokens": 16,
                                     "reason": "it ends the request in 2.5 s, 0.1 s for the prompt but 16 cached tokens and 0.4 s for the answer, after 2.0 s for a load of its adapter; it delays 2 others by 0.5 s in all; 2.0 s more than on 0"}]}]}
                                """));
    }

    @Test
    void nothingPredictedIsNullAndNoReplicaToo() {
        var full =
                prospect(
                        "0",
                        new AdapterPresence.Impossible(2, 1),
                        Double.NaN,
                        "the adapter is too large");
        decided.add("cmpl-1-0", null, List.of(full), DispatchPolicy.LEAST_LOADED);
        assertThat(ask("", HttpStatus.OK))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"decisions": [{"request": "cmpl-1-0", "model": "sql", "policy": "least-loaded", "chosen": null,
                                  "replicas": [
                                    {"replica": "0", "finish": null, "start": null, "prompt": 0.125, "answer": 0.375, "others": 0.5,
                                     "unfinished": 2, "adapter": "impossible", "cached_tokens": 16,
                                     "reason": "is not offered: the adapter is too large"}]}]}
                                """));
    }

    @ParameterizedTest
    @CsvSource({"'', 20", "?decisions=0, 0", "?decisions=256, 256"})
    void asksForAsManyAsAreWanted(String query, int expected) {
        ask(query, HttpStatus.OK);
        assertThat(decided.asked).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ?decisions=257             | must be an integer from 0 to 256, but is '257'
                    ?decisions=-1              | must be an integer from 0 to 256, but is '-1'
                    ?decisions=many            | but is 'many'
                    ?decisions=1&decisions=2   | but is '1,2'
                    ?steps=3                   | steps
                    """)
    void refusesOtherNumbersAndParameters(String query, String why) {
        assertThat(message(ask(query, HttpStatus.BAD_REQUEST))).contains(why);
        assertThat(decided.asked).isEqualTo(-1);
    }

    @Test
    void isClosedOnOpenNetworks() {
        serve(demo());
        assertThat(message(ask("", HttpStatus.FORBIDDEN))).contains("dlora.allow-open-network");
    }

    private static Prospect prospect(
            String replica, AdapterPresence presence, double load, @Nullable String refused) {
        return new Prospect(
                replica, 2, presence, 16, load, 0, 0, false, 0.125, 0.375, 0.5, refused);
    }

    /** The dispatch of a cluster that was given its decisions. */
    private static final class Decided implements SchedulingService {
        private final List<DispatchRecord> decisions = new ArrayList<>();
        private int asked = -1;

        void add(
                String request,
                @Nullable Prospect chosen,
                List<Prospect> prospects,
                DispatchPolicy policy) {
            var decision = new DispatchDecision(chosen, prospects, policy.rule());
            decisions.add(new DispatchRecord(request, "sql", decision));
        }

        @Override
        public List<DispatchRecord> dispatch(int last) {
            asked = last;
            return decisions.stream().limit(last).toList();
        }

        @Override
        public List<SchedulingReport> scheduling(int lastSteps) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<JudgedAdapter> adapters() {
            throw new UnsupportedOperationException();
        }
    }
}
