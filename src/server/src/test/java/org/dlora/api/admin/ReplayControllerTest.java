package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.dlora.api.openai.ServedBuilder;
import org.dlora.catalogue.replay.TestRows;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.IdleService;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.requests.QueueFullException;
import org.dlora.cluster.requests.Submission;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.TokenLogprobs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;

@Import({ReplayControllerTest.WithHistory.class, ForeignAdapterTest.Callers.class})
class ReplayControllerTest extends AdminServer {
    private static final String WEIGHTS = "ab".repeat(32);
    private static final String CHAT =
            "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}], \"seed\": 7}";

    @TestConfiguration
    static class WithHistory {
        @Bean
        FakeHistory history() {
            return new FakeHistory();
        }
    }

    @Autowired FakeHistory history;
    @Autowired ClusterEvents events;
    private final BlockingQueue<Submission> submitted = new LinkedBlockingQueue<>();
    private boolean isFull;

    /** Answers each request with the tokens 8 and 9. */
    private final class Speaking extends IdleService {
        @Override
        public void submit(List<Submission> call) {
            if (isFull) {
                throw new QueueFullException(1, 1);
            }
            submitted.addAll(call);
            for (var one : call) {
                for (int token : new int[] {8, 9}) {
                    var own = new TokenLogprobs.Entry(token, -0.25f);
                    one.listener()
                            .on(
                                    new GenerationEvent.Token(
                                            token, "", new TokenLogprobs(own, List.of(own))));
                }
                one.listener()
                        .on(
                                new GenerationEvent.Finished(
                                        FinishReason.LENGTH, "", null, SequenceUsage.NONE));
            }
        }
    }

    @BeforeEach
    void reset() {
        history.requests.clear();
        history.isAway = false;
        submitted.clear();
        isFull = false;
        serve(models("sql").scheduling(new IdleScheduling()));
    }

    private ServedBuilder models(String adapter) {
        var served =
                new ServedAdapter(
                        adapter + "#1",
                        new TinyAdapter(adapter, Optional.of(WEIGHTS), Path.of("f")),
                        Instant.EPOCH);
        return new ServedBuilder(
                new ServedModels(base, 64, new Catalogue("demo", List.of(served)), Instant.EPOCH),
                new Speaking());
    }

    private JsonNode replay(String id, String body, HttpStatus status) {
        return post("/admin/requests/" + id + "/replay", body, status);
    }

    private int[] chat(String text) {
        var prompt =
                base.chat()
                        .orElseThrow()
                        .render(
                                List.of(Map.of("role", "user", "content", text)),
                                true,
                                Map.of(),
                                Clock.systemUTC());
        return base.tokenizer().encode(prompt, false);
    }

    @Test
    void aRequestWhosePromptIsKeptIsReplayedWithoutABody() {
        var row = TestRows.of("cmpl-1-0", new int[] {40, 41}, 8, 9).withAdapter("sql", 1, WEIGHTS);
        history.requests.add(row.withText(new int[] {40, 41}, 8, 9).row());
        var seen = new LinkedBlockingQueue<ClusterEvent>();
        var unwatch = events.watch(seen::add);

        var answer = replay("cmpl-1-0", "{}", HttpStatus.OK);
        unwatch.run();

        assertThat(answer.get("verdict").asString()).isEqualTo("identical");
        assertThat(answer.get("identical").asBoolean()).isTrue();
        assertThat(answer.get("first_difference").isNull()).isTrue();
        assertThat(answer.get("noise").isNull()).isTrue();
        assertThat(answer.get("adapter").asString()).isEqualTo("sql");
        assertThat(answer.get("version").asInt()).isEqualTo(1);
        assertThat(answer.get("weights_hash").asString()).isEqualTo(WEIGHTS);
        assertThat(answer.get("notes").toString()).contains("other arithmetic");
        var one = submitted.remove();
        assertThat(one.request().background()).isTrue();
        assertThat(one.request().exact()).isTrue();
        assertThat(one.request().prompt()).containsExactly(40, 41);
        assertThat(one.request().sampling().seed()).hasValue(7);
        var action = (ClusterEvent.AdminAction) seen.remove();
        assertThat(action.action()).isEqualTo("request.replay");
        assertThat(action.subject()).isEqualTo("cmpl-1-0");
        assertThat(String.valueOf(action.after())).isEqualTo("{verdict=identical}");
    }

    @Test
    void theCachedPrefixesOfAReplayAreItsCallers() {
        history.requests.add(
                TestRows.of("cmpl-1-0", new int[] {40}, 8, 9).withText(new int[] {40}, 8, 9).row());
        var _ =
                json(
                        client().post()
                                .uri("/admin/requests/cmpl-1-0/replay")
                                .header(ForeignAdapterTest.WHO, "viewer")
                                .contentType(MediaType.APPLICATION_JSON)
                                .bodyValue("{}")
                                .exchange(),
                        HttpStatus.OK);
        assertThat(submitted.remove().request().prefixOwner())
                .isEqualTo(PrefixOwner.ofKey("user:ann"));
    }

    @Test
    void theFirstDifferenceIsReportedWithBothTokens() {
        history.requests.add(
                TestRows.of("cmpl-1-0", new int[] {40}, 8, 72)
                        .withText(new int[] {40}, 8, 72)
                        .withLogprobs(-0.5f, -0.75f)
                        .row());
        var answer = replay("cmpl-1-0", "{}", HttpStatus.OK);
        assertThat(answer.get("verdict").asString()).isEqualTo("different");
        var difference = answer.get("first_difference");
        assertThat(difference.get("index").asInt()).isEqualTo(1);
        var original = difference.get("original");
        assertThat(original.get("id").asInt()).isEqualTo(72);
        assertThat(original.get("text").asString())
                .isEqualTo(base.tokenizer().decode(new int[] {72}, false));
        assertThat(original.get("logprob").asDouble()).isEqualTo(-0.75);
        assertThat(original.get("replay_logprob").isNull()).isTrue();
        assertThat(difference.get("replay").get("id").asInt()).isEqualTo(9);
        assertThat(difference.get("replay").get("replay_logprob").asDouble()).isEqualTo(-0.25);
    }

    @Test
    void aPromptThatIsNotKeptIsSentAgain() {
        history.requests.add(
                TestRows.of("chatcmpl-1-0", chat("Hi"), 8, 9).withAdapter("sql", 1, WEIGHTS).row());
        assertThat(message(replay("chatcmpl-1-0", "{}", HttpStatus.BAD_REQUEST)))
                .contains("is not kept", "send the body of the request again");
        var answer = replay("chatcmpl-1-0", CHAT.formatted("sql", "Hi"), HttpStatus.OK);
        assertThat(answer.get("identical").asBoolean()).isTrue();
        assertThat(replay("chatcmpl-1-0", CHAT.formatted("sql@1", "Hi"), HttpStatus.OK))
                .isEqualTo(answer);
        assertThat(
                        message(
                                replay(
                                        "chatcmpl-1-0",
                                        CHAT.formatted("sql", "Ho"),
                                        HttpStatus.BAD_REQUEST)))
                .contains("does not have the hash of the request's prompt");
        assertThat(
                        message(
                                replay(
                                        "chatcmpl-1-0",
                                        CHAT.formatted("demo", "Hi"),
                                        HttpStatus.BAD_REQUEST)))
                .contains("The request was for the model 'sql', but 'model' is 'demo'");
    }

    @Test
    void eachPromptOfACallIsFound() {
        int[] second = base.tokenizer().encode("world", true);
        history.requests.add(TestRows.of("cmpl-1-3", second, 8, 9).row());
        var body = "{\"model\": \"tiny\", \"prompt\": [\"hello\", \"world\"], \"n\": 2}";
        assertThat(replay("cmpl-1-3", body, HttpStatus.OK).get("identical").asBoolean()).isTrue();
        history.requests.set(0, TestRows.of("cmpl-1-4", second, 8, 9).row());
        assertThat(message(replay("cmpl-1-4", body, HttpStatus.BAD_REQUEST)))
                .contains("prompt 3 of its call, but the body has 2");
    }

    /** The prompt that was answered is what truncation has left. */
    @Test
    void aCutPromptIsCutAgain() {
        int[] whole = base.tokenizer().encode("world", true);
        int[] kept = Arrays.copyOfRange(whole, whole.length - 2, whole.length);
        history.requests.add(TestRows.of("cmpl-1-0", kept, 8, 9).row());
        var body = "{\"model\": \"tiny\", \"prompt\": \"world\"%s}";
        assertThat(
                        replay(
                                        "cmpl-1-0",
                                        body.formatted(", \"truncate_prompt_tokens\": 2"),
                                        HttpStatus.OK)
                                .get("identical")
                                .asBoolean())
                .isTrue();
        replay("cmpl-1-0", body.formatted(""), HttpStatus.BAD_REQUEST);
    }

    @Test
    void unreplayableRequestsAreRefusedInWords() {
        int[] prompt = {40};
        assertThat(message(replay("no", "{}", HttpStatus.NOT_FOUND)))
                .contains("No ended request has the id 'no'");
        history.requests.add(
                TestRows.of("a", prompt).ended("shutting_down").withText(prompt).row());
        assertThat(message(replay("a", "{}", HttpStatus.CONFLICT)))
                .contains("Request 'a' cannot be run anew: it has no output token");
        history.requests.set(
                0,
                TestRows.of("b", prompt, 8)
                        .withAdapter("law", 1, WEIGHTS)
                        .withText(prompt, 8)
                        .row());
        assertThat(message(replay("b", "{}", HttpStatus.CONFLICT)))
                .contains("Adapter 'law' is not loaded")
                .contains("Load it again");
        history.requests.set(
                0,
                TestRows.of("c", prompt, 8)
                        .withAdapter("sql", 2, "cd".repeat(32))
                        .withText(prompt, 8)
                        .row());
        assertThat(message(replay("c", "{}", HttpStatus.GONE))).contains("no version has the hash");
        history.requests.set(0, TestRows.of("d", prompt, 8).withText(prompt, 8).row());
        isFull = true;
        replay("d", "{}", HttpStatus.TOO_MANY_REQUESTS);
        history.isAway = true;
        assertThat(
                        replay("d", "{}", HttpStatus.SERVICE_UNAVAILABLE)
                                .get("error")
                                .get("code")
                                .asString())
                .isEqualTo("store_unavailable");
    }

    @Test
    void closedAdministrationAndStrangersAreRefused() {
        assertGuarded("/admin/requests/r/replay");
        serve(models("sql"));
        replay("r", "{}", HttpStatus.FORBIDDEN);
    }
}
