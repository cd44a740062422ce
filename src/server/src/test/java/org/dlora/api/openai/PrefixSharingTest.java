package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import org.dlora.api.openai.call.PrefixSharing;
import org.dlora.cluster.facts.Arrival;
import org.dlora.replica.request.PrefixOwner;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the owners whose cached prefixes a call finds. */
class PrefixSharingTest extends ApiTest {
    private static final String CHAT = "/v1/chat/completions";
    private final Arrival open = Arrival.now(Clock.systemUTC(), null);

    @BeforeEach
    void answer() {
        engine.answer(request -> Events.saying("ok", request.prompt().length));
    }

    private PrefixOwner owner(String path, String body) {
        ask(path, body);
        return engine.submitted.getLast().prefixOwner();
    }

    private PrefixOwner ownerOfChat(String members) {
        return owner(CHAT, ChatCompletionsTest.chat("demo", members));
    }

    @Test
    void allCallersOfAnOpenServerShareUnlessASaltSetsThemApart() {
        assertThat(ownerOfChat("")).isEqualTo(PrefixOwner.SHARED);
        assertThat(ownerOfChat(", \"cache_salt\": null")).isEqualTo(PrefixOwner.SHARED);
        var salted = PrefixOwner.SHARED.salted("ann");
        var member = ", \"cache_salt\": \"ann\"";
        assertThat(salted).isNotIn(PrefixOwner.SHARED, PrefixOwner.SHARED.salted("bob"));
        assertThat(ownerOfChat(member)).isEqualTo(salted);
        assertThat(
                        owner(
                                "/v1/completions",
                                "{\"model\": \"demo\", \"prompt\": \"a\"" + member + "}"))
                .isEqualTo(salted);
    }

    @Test
    void choicesOfOneCallHaveOneOwner() {
        ask(CHAT, ChatCompletionsTest.chat("demo", ", \"n\": 3, \"cache_salt\": \"ann\""));
        assertThat(engine.submitted)
                .hasSize(3)
                .allMatch(one -> one.prefixOwner().equals(PrefixOwner.SHARED.salted("ann")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "1", "true", "[]", "{}"})
    void aSaltIsAStringThatIsNotEmpty(String value) {
        post(CHAT, ChatCompletionsTest.chat("demo", ", \"cache_salt\": " + value))
                .expectStatus()
                .isBadRequest()
                .expectBody()
                .jsonPath("$.error.param")
                .isEqualTo("cache_salt");
        assertThat(engine.submitted).isEmpty();
    }

    @Test
    void aKeysOwnerIsItsTeamAndElseTheKey() {
        assertThat(PrefixSharing.TEAM.owner(open.with("k", "red"), null))
                .isEqualTo(PrefixSharing.TEAM.owner(open.with("other", "red"), null))
                .isEqualTo(PrefixOwner.ofTeam("red"));
        assertThat(PrefixSharing.TEAM.owner(open.with("k", null), null))
                .isEqualTo(PrefixOwner.ofKey("k"))
                .isNotEqualTo(PrefixOwner.ofTeam("k"));
    }

    @Test
    void aSaltSetsApartWithinAnOwnerOnly() {
        var red = PrefixSharing.TEAM.owner(open.with("k", "red"), "x");
        assertThat(red)
                .isNotEqualTo(PrefixSharing.TEAM.owner(open.with("k", "red"), null))
                .isNotEqualTo(PrefixSharing.TEAM.owner(open.with("k", "blue"), "x"))
                .isEqualTo(PrefixSharing.TEAM.owner(open.with("k", "red"), "x"));
    }

    @Test
    void aServerMayShareForAll() {
        assertThat(PrefixSharing.SERVER.owner(open.with("k", "red"), null))
                .isEqualTo(PrefixOwner.SHARED);
        assertThat(PrefixSharing.SERVER.owner(open.with("k", "red"), "x"))
                .isEqualTo(PrefixOwner.SHARED.salted("x"));
    }
}
