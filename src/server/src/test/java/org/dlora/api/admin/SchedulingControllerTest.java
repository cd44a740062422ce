package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.SchedulingService;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.RecordedStep;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.TeamRef;
import org.dlora.scheduling.TeamStanding;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;

@ExtendWith(OutputCaptureExtension.class)
class SchedulingControllerTest extends AdminServer {
    private static final String PATH = "/admin/scheduling";
    private static final ServedAdapter SQL = TinyAdapter.served("sql#1", "sql");

    private final FakeScheduling scheduling = new FakeScheduling();

    @BeforeEach
    void serve() {
        serve(demo(SQL).scheduling(scheduling));
    }

    @Test
    void showsTheModeAndTheDecisionsOfEachReplica() {
        var replica = ask("?steps=1", HttpStatus.OK).get("replicas").get(0);
        assertThat(replica)
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"replica": "0", "policy": "unmerged", "slo": {"ttft": null, "tpot": null}, "shares": {},
                                 "mode": "merged(sql)", "ready": ["sql"], "building": {"adapter": "bee", "progress": 0.25},
                                 "steps": [{"number": 7, "age": 2.0, "seconds": 0.5, "predicted": null, "sequences": 3, "rows": 4,
                                   "corrected_rows": 1, "shape": {"prefill_rows": 1, "decode_rows": 3, "context": 5, "prefill_context": 6,
                                     "groups": [{"rank": 16, "elements": 400, "rows": 3}]}, "policy": "dlora", "mode": "mixed(sql)", "target": "merged(bee)", "chosen": "mixed", "why": "it is fast",
                                   "candidates": [{"name": "mixed", "target": "merged(bee)", "tokens_per_second": 12.5, "step": 0.1,
                                     "merge": null, "horizon": null, "refused": "no"}],
                                   "standing": {"base": 3.0},
                                   "teams": [{"team": "", "share": 1.0, "lead": 0.0, "adapters": {}},
                                     {"team": "red", "share": 2.0, "lead": 7.5, "adapters": {"sql": 3.0}}]}]}
                                """));
    }

    @Test
    void changesPolicyAndPromisedTimesTogetherOrAlone() {
        assertThat(put("{\"policy\": \"dlora-paper\", \"slo\": {\"tpot\": 0.05}}", HttpStatus.OK))
                .isNotNull();
        assertThat(scheduling.settings.policy().name()).isEqualTo("dlora-paper");
        assertThat(scheduling.settings.slo().tpot()).isEqualTo(0.05);
        assertThat(scheduling.settings.slo().ttft()).isInfinite();
        var policy = scheduling.settings.policy();
        var answer = put("{\"slo\": {\"ttft\": 2}, \"policy\": \"dlora-paper\"}", HttpStatus.OK);
        assertThat(scheduling.settings.policy()).isEqualTo(policy);
        assertThat(answer.get("replicas").get(0).get("slo").get("ttft").doubleValue()).isEqualTo(2);
    }

    @Test
    void changesTheSharesOfModelsThatAreNamedAndShowsThemByName() {
        put("{\"shares\": {\"sql\": 2, \"demo\": 0.5}}", HttpStatus.OK);
        assertThat(scheduling.settings.weights().byName()).isEqualTo(Map.of("sql", 2.0, "", 0.5));
        var answer = put("{\"shares\": {\"sql\": null}}", HttpStatus.OK);
        assertThat(answer.get("replicas").get(0).get("shares"))
                .isEqualTo(JSON.readTree("{\"demo\": 0.5}"));
    }

    @Test
    void takesPromisesInSecondsOrWithAUnitAndClearsThemByZeroAndNull() {
        put("{\"slo\": {\"ttft\": \"2s\", \"tpot\": \"50ms\"}}", HttpStatus.OK);
        assertThat(scheduling.settings.slo()).isEqualTo(new SloLimits(2, 0.05));
        put("{\"slo\": {\"ttft\": \"3\", \"tpot\": 0}}", HttpStatus.OK);
        assertThat(scheduling.settings.slo()).isEqualTo(new SloLimits(3, Double.POSITIVE_INFINITY));
        put("{\"slo\": {\"ttft\": null, \"tpot\": 0.5}}", HttpStatus.OK);
        assertThat(scheduling.settings.slo())
                .isEqualTo(new SloLimits(Double.POSITIVE_INFINITY, 0.5));
        put("{\"slo\": null}", HttpStatus.OK);
        assertThat(scheduling.settings.slo()).isEqualTo(SloLimits.NONE);
    }

    @Test
    void nullClearsAllShares() {
        put("{\"shares\": {\"sql\": 2}}", HttpStatus.OK);
        put("{\"policy\": \"dlora\"}", HttpStatus.OK);
        assertThat(scheduling.settings.weights().of("sql")).isEqualTo(2);
        put("{\"shares\": null}", HttpStatus.OK);
        assertThat(scheduling.settings.weights()).isEqualTo(ServiceWeights.EQUAL);
    }

    @Test
    void logsWhoChangedWhat(CapturedOutput output) {
        put("{\"policy\": \"dlora\", \"slo\": {\"tpot\": \"50ms\"}}", HttpStatus.OK);
        assertThat(output)
                .contains(
                        "Scheduling changed by 127.0.0.1: {\"policy\":\"dlora\",\"slo\":{\"tpot\":\"50ms\"}}");
    }

    @Test
    void refusesSharesOfUnknownModelsAndOutsideTheirLimits() {
        assertThat(message(put("{\"shares\": {\"sqk\": 2}}", HttpStatus.BAD_REQUEST)))
                .contains("'sqk', which is not served");
        assertThat(message(put("{\"shares\": {\"sql\": 0}}", HttpStatus.BAD_REQUEST)))
                .contains("'sql' is 0.0: expected a number from 0.01 to 100");
        assertThat(message(put("{\"shares\": {\"sql\": \"2\"}}", HttpStatus.BAD_REQUEST)))
                .contains("'shares.sql' must be a number, or null for 1, but is \"2\"");
        assertThat(message(put("{\"shares\": 2}", HttpStatus.BAD_REQUEST)))
                .contains("must be an object");
    }

    @Test
    void refusesUnknownMembersAndValues() {
        var before = scheduling.settings;
        assertThat(message(put("{\"policy\": \"fast\"}", HttpStatus.BAD_REQUEST)))
                .contains("\"fast\"", "unmerged, merged, dlora-paper, dlora");
        assertRefused("{\"slo\": {\"tpot\": -1}}", "slo.tpot", "not negative");
        assertRefused("{\"slo\": {\"ttft\": \"-5ms\"}}", "slo.ttft", "but is \"-5ms\"");
        assertRefused("{\"slo\": {\"ttft\": \"soon\"}}", "slo.ttft", "such as \"50ms\"");
        assertRefused("{\"slo\": {\"tpott\": 1}}", "slo.tpott", "Known here: tpot, ttft.");
        assertRefused("{\"slo\": 1}", "slo", "must be an object");
        assertRefused("{\"shares\": {\"sql\": 1000}}", "shares.sql", "from 0.01 to 100");
        assertRefused("{\"policy\": null}", "policy", "but is null");
        assertRefused(
                "{\"polcy\": \"dlora\"}", "polcy", "'polcy'. Known here: policy, shares, slo.");
        assertRefused("[]", null, "must be a JSON object");
        assertRefused("", null, "The body is empty; send a JSON object.");
        assertRefused(ask("?steps=1000", HttpStatus.BAD_REQUEST), "steps", "from 0 to 256");
        assertRefused(ask("?steps=all", HttpStatus.BAD_REQUEST), "steps", "but is 'all'");
        assertRefused(ask("?step=3", HttpStatus.BAD_REQUEST), "step", "Known here: steps.");
        client().put()
                .uri(PATH)
                .contentType(MediaType.TEXT_PLAIN)
                .bodyValue("{}")
                .exchange()
                .expectStatus()
                .isEqualTo(HttpStatus.UNSUPPORTED_MEDIA_TYPE);
        assertThat(scheduling.settings).isSameAs(before);
    }

    @Test
    void showsTwentyStepsUnlessAnotherNumberIsGiven() {
        ask("", HttpStatus.OK);
        assertThat(scheduling.asked).isEqualTo(20);
        ask("?steps=256", HttpStatus.OK);
        assertThat(scheduling.asked).isEqualTo(256);
        assertThat(ask("?steps=0", HttpStatus.OK).at("/replicas/0/steps")).isEmpty();
        assertThat(scheduling.asked).isZero();
        put("{}", HttpStatus.OK);
        assertThat(scheduling.asked).isZero();
        for (var wrong : List.of("257", "-1", "", "1&steps=2", "99999999999", "1.0")) {
            assertRefused(ask("?steps=" + wrong, HttpStatus.BAD_REQUEST), "steps", "from 0 to 256");
        }
    }

    /** A name that is in both kinds of settings: the base is "" in weights and "demo" in bodies. */
    @Test
    void sharesOfTheBaseModelAreUnderItsServedName() {
        put("{\"shares\": {\"demo\": 3}}", HttpStatus.OK);
        assertThat(scheduling.settings.weights().of("")).isEqualTo(3);
        assertThat(ask("", HttpStatus.OK).at("/replicas/0/shares").toString())
                .isEqualTo("{\"demo\":3.0}");
        assertRefused("{\"shares\": {\"\": 3}}", "shares.", "'', which is not served");
    }

    @Test
    void aChangeThatFailsIsADefectAndNotLoggedAsDone(CapturedOutput output) {
        scheduling.failure = new IllegalStateException("a test");
        assertThat(message(put("{\"policy\": \"merged\"}", HttpStatus.INTERNAL_SERVER_ERROR)))
                .doesNotContain("a test");
        assertThat(output).doesNotContain("{\"policy\":\"merged\"}");
    }

    @Test
    void isClosedOnOpenNetworksAndBeforeThereIsAModel() {
        serve(demo(SQL));
        assertThat(message(ask("", HttpStatus.FORBIDDEN))).contains("dlora.allow-open-network");
        put("{\"policy\": \"dlora\"}", HttpStatus.FORBIDDEN);
        serving.end();
        administration.end();
        ask("", HttpStatus.SERVICE_UNAVAILABLE);
    }

    private void assertRefused(String body, @Nullable String param, String why) {
        assertRefused(put(body, HttpStatus.BAD_REQUEST), param, why);
    }

    private static void assertRefused(JsonNode answer, @Nullable String param, String why) {
        assertThat(message(answer)).contains(why);
        assertThat(answer.get("error").get("param").asString(null)).isEqualTo(param);
    }

    private JsonNode ask(String query, HttpStatus status) {
        return get(PATH + query, status);
    }

    private JsonNode put(String body, HttpStatus status) {
        return json(
                client().put()
                        .uri(PATH)
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(body)
                        .exchange(),
                status);
    }

    /** Settings of one replica. */
    private static final class FakeScheduling implements SchedulingService {
        private SchedulingSettings settings = SchedulingSettings.DEFAULT;
        private int asked = -1;
        private @Nullable RuntimeException failure;

        @Override
        public List<JudgedAdapter> adapters() {
            return List.of();
        }

        @Override
        public List<SchedulingReport> scheduling(int lastSteps) {
            asked = lastSteps;
            var sql = Mode.merged("sql");
            var candidate =
                    new StepDecision.Candidate(
                            "mixed", Mode.merged("bee"), 12.5, 0.1, Double.NaN, Double.NaN, "no");
            var decision =
                    new StepDecision(
                            "dlora",
                            "mixed",
                            "it is fast",
                            sql,
                            Mode.merged("bee"),
                            List.of(candidate),
                            0.4,
                            Map.of(AdapterRef.base(), 3.0),
                            List.of(
                                    new TeamStanding(TeamRef.NONE, 1, 0, Map.of()),
                                    new TeamStanding(
                                            new TeamRef("red"),
                                            2,
                                            7.5,
                                            Map.of(AdapterRef.of("sql"), 3.0))));
            var group = new StepShape.Group(new LoraFacts(16, 400, 0, 0), 3);
            var shape = new StepShape(1, 3, 5, 6, List.of(group));
            var step = new RecordedStep(7, 10, 0.5, Double.NaN, shape, 3, 4, 1, decision);
            var merge =
                    new MergeView(
                            sql, Set.of("sql"), new MergeView.Build("bee", 0.25), 0.2, 1 << 20);
            return List.of(
                    new SchedulingReport(
                            "0",
                            settings.policy().name(),
                            settings.slo(),
                            settings.weights(),
                            merge,
                            12,
                            List.of(step).subList(0, Math.min(1, lastSteps))));
        }

        @Override
        public List<DispatchRecord> dispatch(int last) {
            return List.of();
        }

        @Override
        public CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
            if (failure != null) {
                return CompletableFuture.failedFuture(failure);
            }
            settings = change.apply(settings);
            return CompletableFuture.completedFuture(null);
        }
    }
}
