package org.dlora.console.firstrun;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;

class ExampleCallTest {
    private static final URI SERVER = URI.create("http://127.0.0.1:8080/console/first-run?a=b");

    @Test
    void callNamesTheServerAsTheBrowserDoes() {
        assertThat(ExampleCall.curl(SERVER, "rot13", true))
                .isEqualTo(
                        "curl 'http://127.0.0.1:8080/v1/chat/completions' -H 'Content-Type: application/json' -d '{\"model\":\"rot13\",\"messages\":[{\"role\":\"user\",\"content\":\"The quick brown fox\"}],\"temperature\":0}'");
    }

    @Test
    void modelWithoutAChatTemplateCompletes() {
        assertThat(ExampleCall.curl(SERVER, "base", false))
                .contains("/v1/completions'", "\"prompt\":\"The quick brown fox\"");
    }

    @Test
    void quotesInNamesDoNotEndTheWord() {
        assertThat(ExampleCall.curl(SERVER, "it's \"mine\"", true))
                .contains("\"model\":\"it'\\''s \\\"mine\\\"\"");
    }
}
