package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Kept responses are there for their team alone. */
class ResponsesIT extends AccessServer {
    private static final String PATH = "/v1/responses";
    private static final String CALL = "{\"input\": \"hello\", \"max_output_tokens\": 4%s}";

    private String keyOf(String team) throws Exception {
        return issueOf(team).get("key").asString();
    }

    private JsonNode issueOf(String team) throws Exception {
        var members = team.isEmpty() ? "" : ", \"team\": \"" + team + "\"";
        return issue("\"name\": \"responses\", \"scopes\": [\"inference\"]" + members);
    }

    private String create(String key) throws Exception {
        return ask(200, "POST", PATH, key, CALL.formatted("")).get("id").asString();
    }

    private void assertVisible(String id, String key) throws Exception {
        ask(200, "GET", PATH + "/" + id, key, null);
        ask(200, "GET", PATH + "/" + id + "/input_items", key, null);
        ask(200, "POST", PATH, key, after(id));
    }

    private void assertHidden(String id, String key) throws Exception {
        var error = ask(404, "GET", PATH + "/" + id, key, null).get("error");
        assertThat(error.get("message").asString())
                .isEqualTo("Response with id '" + id + "' not found.");
        ask(404, "GET", PATH + "/" + id + "/input_items", key, null);
        ask(404, "DELETE", PATH + "/" + id, key, null);
        var refused = ask(400, "POST", PATH, key, after(id)).get("error");
        assertThat(refused.get("code").asString()).isEqualTo("previous_response_not_found");
    }

    private static String after(String id) {
        return CALL.formatted(", \"previous_response_id\": \"" + id + "\"");
    }

    @Test
    void aTeamSeesItsOwnResponsesAlsoThoseOfARevokedKey() throws Exception {
        ask(201, "POST", "/admin/teams", ADMIN, "{\"name\": \"violet\"}");
        ask(201, "POST", "/admin/teams", ADMIN, "{\"name\": \"strangers\"}");
        var issued = issueOf("violet");
        var id = create(issued.get("key").asString());
        var colleague = keyOf("violet");
        assertVisible(id, colleague);
        for (var stranger : new String[] {keyOf("strangers"), keyOf(""), ADMIN}) {
            assertHidden(id, stranger);
        }
        ask(200, "DELETE", "/admin/keys/" + issued.get("id").asString(), ADMIN, null);
        ask(401, "GET", PATH + "/" + id, issued.get("key").asString(), null);
        assertVisible(id, colleague);
        ask(200, "DELETE", PATH + "/" + id, colleague, null);
        assertHidden(id, colleague);
    }

    @Test
    void theResponseOfAKeyWithoutATeamIsForThatKeyAlone() throws Exception {
        var issued = issueOf("");
        var key = issued.get("key").asString();
        var id = create(key);
        assertVisible(id, key);
        assertHidden(id, keyOf(""));
        ask(200, "DELETE", "/admin/keys/" + issued.get("id").asString(), ADMIN, null);
        ask(401, "GET", PATH + "/" + id, key, null);
        assertHidden(id, ADMIN);
    }
}
